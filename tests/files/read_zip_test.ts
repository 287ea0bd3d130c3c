import assert from "node:assert/strict";
import { join } from "node:path";
import { readZip } from "@/files/archive_formats.ts";
import { buildZip, type ZipEntry } from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";

const folder = makeFolder();

async function list(bytes: Uint8Array, { most = 1e9 } = {}) {
  const path = join(folder, "x.zip");
  await Deno.writeFile(path, bytes);
  using file = await Deno.open(path);
  const found: [string, string, string][] = [];
  let read = 0;
  const limit = { bytes: most, isDiskSpace: false };
  const onRead = (count: number) => read = count;
  for await (const { name, kind, content } of readZip(file, { archive: "x.zip", limit, onRead })) {
    let text = "";
    for await (const part of content) text += new TextDecoder().decode(part);
    found.push([name, kind, text]);
  }
  return { found, read };
}

const text = "abc".repeat(1000);
const entries: ZipEntry[] = [
  { name: "a/" },
  { name: "a/stored.txt", content: text },
  { name: "a/deflated.txt", content: text, isDeflated: true },
  { name: "ä.txt", content: "ä", mode: 0o100600 },
];

Deno.test("readZip() reads stored and deflated entries", async () => {
  const zip = buildZip(entries);
  const { found, read } = await list(zip);
  assert.deepEqual(found, [
    ["a/", "folder", ""],
    ["a/stored.txt", "file", text],
    ["a/deflated.txt", "file", text],
    ["ä.txt", "file", "ä"],
  ]);
  assert.ok(read > text.length && read <= zip.length, `${read} of ${zip.length}`);
});

Deno.test("readZip() tells kinds by the modes of Unix", async () => {
  const kinds: [number, string][] = [
    [0o120777, "symbolic link"],
    [0o020600, "device"],
    [0o060600, "device"],
    [0o010600, "FIFO"],
    [0o140600, "other"],
    [0o100644, "file"],
  ];
  for (const [mode, kind] of kinds) {
    const { found } = await list(buildZip([{ name: "a", content: "b", mode }]));
    assert.deepEqual(found, [["a", kind, "b"]]);
  }
  const hidden = await list(buildZip([{ name: "a/", mode: 0o120777 }]));
  assert.deepEqual(hidden.found, [["a/", "symbolic link", ""]]);
});

Deno.test("readZip() leaves judging names to its caller", async () => {
  const names = ["../a", "/a", "a\\..\\b", "C:\\a"];
  const { found } = await list(buildZip(names.map((name) => ({ name }))));
  assert.deepEqual(found.map(([name]) => name), names);
});

Deno.test("readZip() checks the CRC-32 of every entry", async () => {
  const zip = buildZip([{ name: "a", content: "abc", crc32: 1 }]);
  await assert.rejects(list(zip), {
    name: "SyntaxError",
    message: /^Cannot extract "x.zip": entry "a" must be undamaged, got ".*(?:CRC|signature)/i,
  });
});

Deno.test("readZip() refuses encrypted entries", async () => {
  await assert.rejects(list(buildZip([{ name: "a", content: "abc", isEncrypted: true }])), {
    name: "RangeError",
    message: 'Cannot extract "x.zip": entry "a" must not be encrypted',
  });
});

Deno.test("readZip() adds up what entries say before it reads the first", async () => {
  const zip = buildZip([{ name: "a", content: "abc" }, { name: "b", content: "", bytes: 2 ** 31 }]);
  await assert.rejects(list(zip), {
    name: "RangeError",
    message: 'Cannot extract "x.zip": its files need 2,147,483,651 bytes, ' +
      "got 1,000,000,000 bytes allowed",
  });
});

Deno.test("readZip() refuses entries that share their bytes, as in bombs of them", async () => {
  const zip = buildZip([{ name: "a", content: text }, { name: "b", content: text, sharesWith: 0 }]);
  await assert.rejects(
    list(zip),
    /^SyntaxError: Cannot extract "x.zip": entry "b" must be undamaged/,
  );
});

Deno.test("readZip() notices where a file was cut, and flipped bytes in its contents", async () => {
  const zip = buildZip(entries);
  for (let length = 4; length < zip.length; length += 97) {
    await assert.rejects(list(zip.subarray(0, length)), {
      name: "SyntaxError",
      message: /^Cannot extract "x.zip": its directory must be undamaged, got "/,
    }, `${length} of ${zip.length}`);
  }
  // From the first content to the last: 30 bytes of header and a name go before each.
  const start = 32 + 42, end = start + text.length;
  for (let i = start; i < end; i += 500) {
    const damaged = zip.slice();
    damaged[i]! ^= 1;
    await assert.rejects(list(damaged), /entry "a\/stored.txt" must be undamaged/, `byte ${i}`);
  }
});
