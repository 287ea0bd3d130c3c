import assert from "node:assert/strict";
import { readTar } from "@/files/archive_formats.ts";
import { buildTar, join, type TarEntry } from "../helpers/archives.ts";

/** Hands bytes over in pieces, so that headers and contents are parted anywhere. */
async function* cutUp(bytes: Uint8Array, length: number) {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length);
}

async function list(bytes: Uint8Array, { length = 700, isRead = true } = {}) {
  const found: [string, string, string | number][] = [];
  for await (const { name, kind, bytes: size, content } of readTar(cutUp(bytes, length), "x.tar")) {
    let text = "";
    if (isRead) { for await (const part of content) text += new TextDecoder().decode(part); }
    found.push([name, kind, isRead ? text : size]);
  }
  return found;
}

const deep = `${Array(12).fill("folder-name").join("/")}/ä.png`;
const entries: TarEntry[] = [
  { name: "a/", type: "5" },
  { name: "a/b.txt", content: "b".repeat(1500) },
  { name: "empty" },
  { name: deep, content: "gnu" },
  { name: deep.replace("ä", "ö"), content: "pax", long: "pax" },
  { name: "sized", content: "1234", bytes: 0, pax: { size: "4" } },
  { name: "old.txt", type: "\0", content: "v" },
];
const expected = [
  ["a/", "folder", ""],
  ["a/b.txt", "file", "b".repeat(1500)],
  ["empty", "file", ""],
  [deep, "file", "gnu"],
  [deep.replace("ä", "ö"), "file", "pax"],
  ["sized", "file", "1234"],
  ["old.txt", "file", "v"],
];

Deno.test("readTar() reads ustar, GNU's and pax's names and sizes, however the bytes come", async () => {
  const tar = buildTar(entries);
  for (const length of [1, 511, 512, 700, tar.length]) {
    assert.deepEqual(await list(tar, { length }), expected, `pieces of ${length}`);
  }
});

Deno.test("readTar() passes over what is not read", async () => {
  const large = { name: "large", content: new Uint8Array(200_000) };
  assert.deepEqual(await list(buildTar([large, ...entries]), { isRead: false }), [
    ["large", "file", 200_000],
    ...expected.map(([name, kind, text]) => [name, kind, text!.length]),
  ]);
});

Deno.test("readTar() tells kinds apart", async () => {
  const kinds: [string, string][] = [
    ["1", "hard link"],
    ["2", "symbolic link"],
    ["3", "device"],
    ["4", "device"],
    ["6", "FIFO"],
    ["7", "other"],
    ["S", "other"],
    ["V", "other"],
  ];
  for (const [type, kind] of kinds) {
    assert.deepEqual(await list(buildTar([{ name: "a", type, linkName: "b" }])), [["a", kind, ""]]);
  }
  const sparse = buildTar([{ name: "a", pax: { "GNU.sparse.major": "1" } }]);
  assert.deepEqual(await list(sparse), [["a", "other", ""]]);
});

Deno.test("readTar() notices where a file was cut, also between entries", async () => {
  const tar = buildTar([...entries, { name: "zeros", content: new Uint8Array(2048) }]);
  for (let length = 0; length < tar.length; length += 512) {
    await assert.rejects(list(tar.subarray(0, length)), {
      name: "SyntaxError",
      message: /^Cannot extract "x.tar": .* must be undamaged, got its end too early$/,
    }, `${length} of ${tar.length}`);
  }
  for (const length of [1, 100, 513, 1700, tar.length - 1]) {
    await assert.rejects(list(tar.subarray(0, length)), /got its end too early$/, `${length}`);
  }
  await assert.rejects(list(tar.subarray(0, 2048)), {
    message: 'Cannot extract "x.tar": entry "a/b.txt" must be undamaged, got its end too early',
  });
  await assert.rejects(list(tar.subarray(0, -512)), {
    message: 'Cannot extract "x.tar": what follows entry "zeros" must be undamaged, ' +
      "got its end too early",
  });
  await list(join([tar, new Uint8Array(18 * 512)]));
});

Deno.test("readTar() notices a flipped byte anywhere in a header", async () => {
  const tar = buildTar([{ name: "a", content: "abc" }]);
  for (let i = 0; i < 512; i++) {
    const damaged = tar.slice();
    damaged[i]! ^= 1;
    // Blanks and zeros around the digits of the checksum mean the same.
    if (i >= 154 && i < 156) continue;
    await assert.rejects(list(damaged), /must be undamaged/, `byte ${i}`);
  }
});

Deno.test("readTar() passes on what went wrong with the bytes, naming the entry", async () => {
  const cause = new Error("dist overflow");
  async function* bytes() {
    yield buildTar(entries).subarray(0, 1536);
    throw cause;
  }
  const drain = async () => {
    for await (const { content } of readTar(bytes(), "x.tar")) {
      for await (const _ of content) continue;
    }
  };
  await assert.rejects(drain, {
    name: "SyntaxError",
    message: 'Cannot extract "x.tar": entry "a/b.txt" must be undamaged, got "dist overflow"',
    cause,
  });
});

Deno.test("readTar() lets go of the bytes when it is left early", async () => {
  let isClosed = false;
  async function* bytes() {
    try {
      for (;;) yield buildTar([{ name: "a", content: new Uint8Array(100_000) }], { ending: 0 });
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of readTar(bytes(), "x.tar")) break;
  assert.ok(isClosed);
});
