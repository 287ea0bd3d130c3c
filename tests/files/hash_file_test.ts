import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { hashFile, hashOpenFile } from "@/files/read.ts";
import { makeFolder } from "../helpers/folder.ts";

// A file or connection left open, or work that goes on, fails the test.
Deno.test.sanitizer({ ops: true, resources: true });

/** What the source reads at once. */
const block = 2 * 1024 ** 2;

/** A file whose blocks all differ. */
async function writeNumbers(size: number) {
  const words = Uint32Array.from({ length: Math.ceil(size / 4) }, (_, i) => i);
  const bytes = new Uint8Array(words.buffer, 0, size);
  const path = join(makeFolder(), "file");
  await Deno.writeFile(path, bytes);
  return { path, hash: createHash("sha256").update(bytes).digest("hex") };
}

Deno.test("hashFile() gives the hash of the whole at every length around its blocks", async () => {
  for (const size of [0, 1, block - 1, block, block + 1, 2 * block, 2 * block + 7]) {
    const { path, hash } = await writeNumbers(size);
    assert.equal(await hashFile(path), hash, `${size} bytes`);
  }
});

Deno.test("hashFile() gives the hash of a million letters a of the standard", async () => {
  // The third example for SHA-256 that NIST publishes with FIPS 180.
  const path = join(makeFolder(), "letters");
  await Deno.writeTextFile(path, "a".repeat(1_000_000));
  assert.equal(
    await hashFile(path),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  );
});

Deno.test("hashFile() tells after every block how far it is", async () => {
  const { path } = await writeNumbers(2 * block + 7);
  const calls: number[][] = [];
  await hashFile(path, { onProgress: (done, total) => calls.push([done, total]) });
  const total = 2 * block + 7;
  assert.deepEqual(calls, [[block, total], [2 * block, total], [total, total]]);
});

Deno.test("hashFile() stops where it is interrupted", async () => {
  const { path } = await writeNumbers(3 * block);
  const controller = new AbortController();
  let calls = 0;
  const onProgress = () => {
    calls++;
    controller.abort(new Error("enough"));
  };
  const { signal } = controller;
  await assert.rejects(hashFile(path, { onProgress, signal }), { message: "enough" });
  assert.equal(calls, 1);
  await assert.rejects(hashFile(path, { signal }), { message: "enough" });
});

Deno.test("hashFile() closes the file when the caller throws", async () => {
  const { path } = await writeNumbers(10);
  const onProgress = () => {
    throw new Error("not today");
  };
  await assert.rejects(hashFile(path, { onProgress }), { message: "not today" });
});

Deno.test("hashFile() refuses a file that is not there", async () => {
  await assert.rejects(hashFile(join(makeFolder(), "none")), Deno.errors.NotFound);
});

Deno.test("hashOpenFile() begins at the first byte and leaves the file open at its end", async () => {
  const { path, hash } = await writeNumbers(1000);
  using file = await Deno.open(path);
  await file.read(new Uint8Array(300));
  assert.equal(await hashOpenFile(file), hash);
  assert.equal(await file.seek(0, Deno.SeekMode.Current), 1000);
});
