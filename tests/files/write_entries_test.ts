import assert from "node:assert/strict";
import { join } from "node:path";
import { type PackedEntry, writeEntries } from "@/files/archive_entries.ts";
import { listTree } from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";

async function* read(entries: readonly (Omit<PackedEntry, "content"> & { text?: string })[]) {
  for (const { text = "", ...entry } of entries) {
    yield { ...entry, content: ReadableStream.from([...text].map((each) => encode(each))) };
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const limit = { bytes: 1000, isDiskSpace: false };

Deno.test("writeEntries() writes files and folders with plain modes", async () => {
  const folder = makeFolder();
  // The most secretive mask must make no difference.
  const mask = Deno.build.os === "windows" ? null : Deno.umask(0o077);
  const written = await writeEntries(
    read([
      { name: "a/", kind: "folder", bytes: 0 },
      { name: "b/c/d.txt", kind: "file", bytes: 3, text: "abc" },
      { name: "b/", kind: "folder", bytes: 0 },
      { name: "b/._d.txt", kind: "file", bytes: 3, text: "mac" },
      { name: "empty", kind: "file", bytes: 0 },
    ]),
    { archive: "x", folder, limit },
  ).finally(() => mask !== null && Deno.umask(mask));
  assert.deepEqual(written, { files: 2, bytes: 3 });
  const found = { "a/": "", "b/": "", "b/c/": "", "b/c/d.txt": "abc", empty: "" };
  assert.deepEqual(listTree(folder), found);
  if (Deno.build.os === "windows") return;
  for (const path of Object.keys(found)) {
    const mode = (await Deno.stat(join(folder, path))).mode! & 0o7777;
    assert.equal(mode, path.endsWith("/") ? 0o755 : 0o644, path);
  }
});

Deno.test("writeEntries() wants the bytes that an entry says", async () => {
  const write = (bytes: number) =>
    writeEntries(read([{ name: "a", kind: "file", bytes, text: "abc" }]), {
      archive: "x",
      folder: makeFolder(),
      limit,
    });
  await write(3);
  await assert.rejects(write(2), {
    name: "SyntaxError",
    message: 'Cannot extract "x": entry "a" must have the 2 bytes it says, got more',
  });
  await assert.rejects(write(4), {
    message: 'Cannot extract "x": entry "a" must have the 4 bytes it says, got 3',
  });
});

Deno.test("writeEntries() stops before the limit is passed", async () => {
  const folder = makeFolder();
  const entries = ["a", "b"].map((name) =>
    ({ name, kind: "file", bytes: 3, text: "abc" }) as const
  );
  const options = { archive: "x", folder, limit: { bytes: 5, isDiskSpace: false } };
  await assert.rejects(writeEntries(read(entries), options), {
    message: 'Cannot extract "x": its files up to "b" need 6 bytes, got 5 bytes allowed',
  });
  assert.deepEqual(listTree(folder), { a: "abc" });
  const enough = { ...options, folder: makeFolder(), limit: { bytes: 6, isDiskSpace: false } };
  assert.deepEqual(await writeEntries(read(entries), enough), { files: 2, bytes: 6 });
});

Deno.test("writeEntries() stops for a signal with its reason", async () => {
  const reason = new Error("enough");
  const stop = new AbortController();
  async function* content() {
    yield encode("a");
    stop.abort(reason);
    yield encode("b");
  }
  async function* entries() {
    yield { name: "a", kind: "file" as const, bytes: 2, content: content() };
  }
  const options = { archive: "x", folder: makeFolder(), limit, signal: stop.signal };
  await assert.rejects(writeEntries(entries(), options), (error) => error === reason);
});
