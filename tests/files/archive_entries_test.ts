import assert from "node:assert/strict";
import { join } from "node:path";
import {
  checkUnpackedBytes,
  createEntryGuard,
  type EntryKind,
  type PackedEntry,
  writeEntries,
} from "@/files/archive_entries.ts";
import { listTree } from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";

const guardOne = (name: string, kind: EntryKind = "file") => createEntryGuard("a")({ name, kind });

function refusal(name: string, kind: EntryKind, what: string): void {
  assert.throws(() => guardOne(name, kind), {
    name: "RangeError",
    message: `Cannot extract "a": entry ${JSON.stringify(name)} must ${what}`,
  });
}

Deno.test("createEntryGuard() makes slashes of backslashes and drops empty parts and dots", () => {
  assert.equal(guardOne("bottle/train/good/000.png"), "bottle/train/good/000.png");
  assert.equal(guardOne("./a//b/./c.png"), "a/b/c.png");
  assert.equal(guardOne("a\\b\\c.png"), "a/b/c.png");
  assert.equal(guardOne("a/b/", "folder"), "a/b");
  assert.equal(guardOne("./", "folder"), null);
  assert.equal(guardOne("a..b/..c/d...png"), "a..b/..c/d...png");
  assert.equal(guardOne(".hidden/Größe 1:1.png"), ".hidden/Größe 1:1.png");
});

Deno.test("createEntryGuard() refuses names that lead out of the folder", () => {
  const absolute = ["/a", "//host/a", "\\a", "\\\\host\\a", "C:\\a", "c:/a", "C:a"];
  for (const name of absolute) refusal(name, "file", "have a relative name");
  for (const name of ["..", "../a", "a/../b", "a/..", "a\\..\\b", "a/b\\../c"]) {
    refusal(name, "file", 'have no part ".."');
  }
  refusal("a/.. /b", "file", 'have no part ".. "');
  refusal("a/.../b", "folder", 'have no part "..."');
  refusal("a/ /b", "folder", 'have no part " "');
});

Deno.test("createEntryGuard() refuses names that are none", () => {
  refusal("", "file", "have a name");
  refusal("", "folder", "have a name");
  refusal(".", "file", "name a file");
  refusal("a/", "file", "name a file");
  refusal("a\0.png", "file", "have no control characters in its name");
  refusal("a\x1b[2J", "file", "have no control characters in its name");
  refusal("a\x7f", "file", "have no control characters in its name");
  refusal("a\ufffd", "file", "have a name in UTF-8");
});

Deno.test("createEntryGuard() refuses all but files and folders", () => {
  for (const kind of ["symbolic link", "hard link", "device", "FIFO"] as const) {
    refusal("a", kind, `be a file or a folder, got a ${kind}`);
  }
  refusal("a", "other", "be a file or a folder, got something else");
});

Deno.test("createEntryGuard() counts parts and bytes", () => {
  const deep = (parts: number) => Array(parts).fill("a").join("/");
  assert.equal(guardOne(deep(32)), deep(32));
  refusal(deep(33), "file", "have at most 32 parts, got 33");
  // "ä" has two bytes in UTF-8: 127 of them and one letter make 255.
  assert.equal(guardOne(`${"ä".repeat(127)}a`), `${"ä".repeat(127)}a`);
  refusal("ä".repeat(128), "file", "have at most 255 bytes in a part, got 256");
  const long = Array(5).fill("a".repeat(204)).join("/");
  assert.equal(guardOne(long), long);
  refusal(`${long}b`, "file", "have a name of at most 1024 bytes, got 1025");
});

Deno.test("createEntryGuard() refuses paths that collide", () => {
  const judge = (...names: string[]) => {
    const guard = createEntryGuard("a");
    return names.map((name) => guard({ name, kind: name.endsWith("/") ? "folder" : "file" }));
  };
  assert.deepEqual(judge("a/", "a/b", "a/", "a/B", "A/b"), ["a", "a/b", "a", "a/B", "A/b"]);
  const fails = (names: string[], what: string) =>
    assert.throws(() => judge(...names), {
      name: "RangeError",
      message: `Cannot extract "a": entry ${JSON.stringify(names.at(-1))} must ${what}`,
    });
  fails(["a/b", "a//b"], "have a path of its own, got that of a file before it");
  fails(["a/b", ".\\a\\b"], "have a path of its own, got that of a file before it");
  fails(["é", "e\u0301"], "have a path of its own, got that of a file before it");
  fails(["a/b", "a"], "have a path of its own, got that of a folder before it");
  fails(["a", "a/"], "have a path of its own, got that of a file before it");
  fails(["a", "a/b/c"], 'not lie in "a", which is a file');
});

Deno.test("createEntryGuard() writes nothing of what macOS adds, but judges it", () => {
  assert.equal(guardOne("__MACOSX/a/._b.png"), null);
  assert.equal(guardOne("__MACOSX/", "folder"), null);
  assert.equal(guardOne("a/._b.png"), null);
  assert.equal(guardOne("a/__MACOSX"), "a/__MACOSX");
  refusal("__MACOSX/../b", "file", 'have no part ".."');
  refusal("__MACOSX/a", "symbolic link", "be a file or a folder, got a symbolic link");
});

Deno.test("createEntryGuard() takes 250,000 entries and not one more", () => {
  const guard = createEntryGuard("a");
  for (let i = 0; i < 250_000; i++) guard({ name: "a/", kind: "folder" });
  assert.throws(() => guard({ name: "b", kind: "file" }), {
    message: 'Cannot extract "a": entry "b" must be one of at most 250000',
  });
});

Deno.test("checkUnpackedBytes() allows the limit and not one byte more", () => {
  const limit = { bytes: 1, isDiskSpace: false };
  checkUnpackedBytes(1, { archive: "a", entry: null, limit });
  assert.throws(() => checkUnpackedBytes(1000, { archive: "a", entry: 'b"', limit }), {
    name: "RangeError",
    message: 'Cannot extract "a": its files up to "b\\"" need 1,000 bytes, ' +
      "got 1 byte allowed",
  });
});

Deno.test("checkUnpackedBytes() says what the disk has", () => {
  const limit = { bytes: 0, isDiskSpace: true };
  assert.throws(() => checkUnpackedBytes(1, { archive: "a", entry: null, limit }), {
    name: "Error",
    message: 'Cannot extract "a": its files need 1 byte, got 0 bytes free on the disk',
  });
});

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
