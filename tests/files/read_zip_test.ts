import assert from "node:assert/strict";
import { join } from "node:path";
import { readZip } from "@/files/archive_formats.ts";
import { buildZip, type ZipEntry } from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";

const folder = makeFolder();

async function list(bytes: Uint8Array, { most = 1e9 } = {}) {
  const path = join(folder, "x.zip");
  await Deno.writeFile(path, bytes);
  const found: [string, string, string][] = [];
  let read = 0;
  const limit = { bytes: most, isDiskSpace: false };
  const onRead = (count: number) => read = count;
  for await (const { name, kind, content } of readZip(path, { archive: "x.zip", limit, onRead })) {
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

Deno.test("readZip() reads sizes and places of eight bytes, as they are above 4 GB", async () => {
  assert.deepEqual(
    (await list(buildZip(entries, { isZip64: true }))).found,
    (await list(buildZip(entries))).found,
  );
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
  const dos = await list(buildZip([{ name: "a", attributes: 0x10 }]));
  assert.deepEqual(dos.found, [["a", "folder", ""]]);
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
    message: 'Cannot extract "x.zip": entry "a" must be undamaged, got "a wrong CRC-32"',
  });
});

Deno.test("readZip() refuses encrypted entries", async () => {
  await assert.rejects(list(buildZip([{ name: "a", content: "abc", isEncrypted: true }])), {
    name: "RangeError",
    message: 'Cannot extract "x.zip": entry "a" must not be encrypted',
  });
});

Deno.test("readZip() adds up what entries say before it reads the first", async () => {
  const zip = buildZip([{ name: "a", content: "abc" }, {
    name: "b",
    bytes: 2 ** 31,
    isDeflated: true,
  }]);
  await assert.rejects(list(zip), {
    name: "RangeError",
    message: 'Cannot extract "x.zip": its files need 2,147,483,651 bytes, ' +
      "got 1,000,000,000 bytes allowed",
  });
});

Deno.test("readZip() refuses entries that share their bytes, as in bombs of them", async () => {
  const zip = buildZip([{ name: "a", content: text }, { name: "b", content: text, sharesWith: 0 }]);
  await assert.rejects(list(zip), {
    name: "SyntaxError",
    message: 'Cannot extract "x.zip": entry "b" must be undamaged, ' +
      'got "bytes that belong to another entry"',
  });
});

Deno.test("readZip() refuses a directory that is too long before it reads it", async () => {
  const zip = buildZip(entries, { isZip64: true });
  // Of the 98 bytes after the directory, those from 24 and 32 on tell how many entries there are.
  const view = new DataView(zip.buffer, zip.length - 98);
  for (const place of [24, 32]) view.setBigUint64(place, 250_001n, true);
  await assert.rejects(list(zip), {
    name: "RangeError",
    message: 'Cannot extract "x.zip": it must hold at most 250000 entries, got 250001',
  });
});

Deno.test("readZip() says which compression it does not know", async () => {
  await assert.rejects(list(buildZip([{ name: "a", content: "abc", method: 12 }])), {
    message: 'Cannot extract "x.zip": entry "a" must be undamaged, ' +
      'got "unsupported compression method: 12"',
  });
});

Deno.test("readZip() closes the file, also when it is left in the middle of an entry", async () => {
  const path = join(folder, "large.zip");
  const content = new Uint8Array(1_000_000);
  await Deno.writeFile(path, buildZip([{ name: "a", content }, { name: "b", content }]));
  const limit = { bytes: 1e9, isDiskSpace: false };
  for (let visit = 0; visit < 3; visit++) {
    for await (const entry of readZip(path, { archive: "x.zip", limit })) {
      for await (const _ of entry.content) break;
      break;
    }
  }
  if (Deno.build.os !== "linux") return;
  const args = ["-l", `/proc/${Deno.pid}/fd`];
  for (let look = 0, isOpen = true; isOpen; look++) {
    assert.ok(look < 100, "the file is still open");
    const { stdout } = await new Deno.Command("ls", { args }).output();
    isOpen = new TextDecoder().decode(stdout).includes("large.zip");
  }
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
