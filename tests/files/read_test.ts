import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type ByteSource,
  hashFile,
  hashOpenFile,
  openFile,
  readFully,
  readFullySync,
  readStart,
  statIfExists,
} from "@/files/read.ts";
import { makeFolder, writeFile } from "../helpers/folder.ts";

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

/** Hands the numbers 1, 2, 3 … out, as many at once as `pieces` says, and then ends. */
function sourceOf(pieces: readonly number[]): ByteSource & { readonly asked: readonly number[] } {
  const left = [...pieces];
  const asked: number[] = [];
  let next = 1;
  return {
    asked,
    read: (target) => {
      asked.push(target.length);
      const count = left.shift();
      if (count === undefined) return Promise.resolve(null);
      for (let i = 0; i < count; i++) target[i] = next++;
      return Promise.resolve(count);
    },
  };
}

Deno.test("readFully() goes on where a read gave less than was asked for", async () => {
  const source = sourceOf([1, 3, 2, 9]);
  const target = new Uint8Array(6);
  assert.equal(await readFully(source, target), 6);
  assert.deepEqual([...target], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(source.asked, [6, 5, 2]); // never more than is missing
});

Deno.test("readFully() says how far the file went when it ends", async () => {
  const target = new Uint8Array(6);
  assert.equal(await readFully(sourceOf([2, 1]), target), 3);
  assert.deepEqual([...target], [1, 2, 3, 0, 0, 0]);
  assert.equal(await readFully(sourceOf([]), target), 0);
});

Deno.test("readFully() asks for nothing when there is nothing to fill", async () => {
  const source = sourceOf([1]);
  assert.equal(await readFully(source, new Uint8Array(0)), 0);
  assert.deepEqual(source.asked, []);
});

Deno.test("readFully() asks for no more than 64 MiB at once", async () => {
  const asked: number[] = [];
  const read = (target: Uint8Array) => Promise.resolve(asked.push(target.length) && target.length);
  assert.equal(await readFully({ read }, new Uint8Array(2 ** 26 + 1)), 2 ** 26 + 1);
  assert.deepEqual(asked, [2 ** 26, 1]);
});

Deno.test("readFullySync() fills a buffer piece by piece, as far as the file goes", () => {
  const pieces = [[1], [2, 3, 4], [5]];
  const readSync = (target: Uint8Array): number | null => {
    const piece = pieces.shift();
    if (piece === undefined) return null;
    target.set(piece);
    return piece.length;
  };
  const target = new Uint8Array(4);
  assert.equal(readFullySync({ readSync }, target), 4);
  assert.deepEqual([...target], [1, 2, 3, 4]);
  assert.equal(readFullySync({ readSync }, target), 1);
  assert.deepEqual([...target], [5, 2, 3, 4]);
});

Deno.test("readStart() reads as much as is wanted and there", async () => {
  const path = writeFile("a", Uint8Array.of(1, 2, 3));
  assert.deepEqual([...await readStart(path, 2)], [1, 2]);
  assert.deepEqual([...await readStart(path, 3)], [1, 2, 3]);
  assert.deepEqual([...await readStart(path, 9)], [1, 2, 3]);
  assert.deepEqual([...await readStart(writeFile("b", ""), 9)], []);
});

Deno.test("openFile() opens a file, and says why anything else is none", async () => {
  const folder = makeFolder();
  const path = join(folder, "a");
  await Deno.writeTextFile(path, "123");
  using file = await openFile(path);
  assert.equal((await file.stat()).size, 3);
  for (
    const [other, what] of [
      [join(folder, "none"), "the file must exist"],
      [folder, "it must be a file, got a folder"],
      ["/dev/null", "it must be a file, got a device or pipe"],
    ] as const
  ) {
    await assert.rejects(openFile(other), { message: `Cannot read "${other}": ${what}` });
  }
  await assert.rejects(openFile(join(path, "below")), (error: Error) => {
    assert.ok(error.cause instanceof Deno.errors.NotADirectory);
    return error.message.startsWith(
      `Cannot read "${join(path, "below")}": it must be readable, got `,
    );
  });
});

Deno.test("readStart() passes on that there is no such file", async () => {
  await assert.rejects(readStart("no-such-file", 1), Deno.errors.NotFound);
});

Deno.test("statIfExists() tells a file, a folder and nothing apart", async () => {
  const folder = makeFolder();
  const file = join(folder, "a");
  assert.equal(await statIfExists(file), null);
  await Deno.writeTextFile(file, "123");
  assert.equal((await statIfExists(file))!.size, 3);
  assert.equal((await statIfExists(folder))!.isDirectory, true);
});

Deno.test("statIfExists() passes on every fault but absence", async () => {
  const file = join(makeFolder(), "a");
  await Deno.writeTextFile(file, "");
  await assert.rejects(statIfExists(join(file, "below")), Deno.errors.NotADirectory);
});
