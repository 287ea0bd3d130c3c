import assert from "node:assert/strict";
import { join } from "node:path";
import { PartialFile } from "@/files/partial_file.ts";
import { makeFolder } from "../helpers/folder.ts";

// A file or connection left open, or work that goes on, fails the test.
Deno.test.sanitizer({ ops: true, resources: true });

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const names = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
const origin = { address: "https://example.org/a", validator: '"1"', total: 9 };

/** A partial file that an earlier process left behind. */
async function leave(sha256: string | null = null) {
  const folder = makeFolder();
  const path = join(folder, "a.partial");
  await using partial = await PartialFile.open(path, { sha256 });
  await partial.goOn(origin);
  await partial.append(encode("abc"));
  return { folder, path };
}

Deno.test("PartialFile keeps its bytes and where they come from", async () => {
  const { folder, path } = await leave();
  assert.deepEqual(names(folder), ["a.partial", "a.partial.json"]);
  await using partial = await PartialFile.open(path, { sha256: null });
  assert.deepEqual(partial.origin, origin);
  assert.deepEqual([partial.size, partial.earlier, partial.received], [3, 3, 0]);
  await partial.goOn(origin);
  await partial.append(encode("de"));
  assert.deepEqual([partial.size, partial.earlier, partial.received], [5, 3, 2]);
  assert.equal(await Deno.readTextFile(path), "abcde");
});

Deno.test("PartialFile goes on behind its bytes after they were hashed", async () => {
  const { path } = await leave();
  await using partial = await PartialFile.open(path, { sha256: null });
  await partial.hash();
  await partial.goOn(origin);
  await partial.append(encode("d"));
  assert.equal(await Deno.readTextFile(path), "abcd");
});

Deno.test("PartialFile drops bytes that were meant for another hash", async () => {
  const { folder, path } = await leave("a".repeat(64));
  await using partial = await PartialFile.open(path, { sha256: "b".repeat(64) });
  assert.deepEqual([partial.size, partial.origin, partial.isMixed], [0, null, false]);
  assert.deepEqual(names(folder), ["a.partial"]);
});

Deno.test("PartialFile knows nothing about bytes whose note is missing or damaged", async () => {
  const notes = ["", "null", "[]", '{"address":1}', '{"address":"a","validator":null,"total":0.5}'];
  for (const note of [null, ...notes]) {
    const { path } = await leave();
    if (note === null) await Deno.remove(`${path}.json`);
    else await Deno.writeTextFile(`${path}.json`, note);
    await using partial = await PartialFile.open(path, { sha256: null });
    assert.deepEqual([partial.size, partial.origin, partial.isMixed], [3, null, true], `${note}`);
  }
});

Deno.test("PartialFile is mixed unless the same address vouches for the same version", async () => {
  const isMixedAfter = async (first: typeof origin, second: object): Promise<boolean> => {
    const path = join(makeFolder(), "a.partial");
    await using partial = await PartialFile.open(path, { sha256: null });
    await partial.goOn(first);
    await partial.append(encode("abc"));
    assert.equal(partial.isMixed, false);
    await partial.goOn({ ...first, ...second });
    const { isMixed } = partial;
    await partial.restart();
    assert.equal(partial.isMixed, false);
    return isMixed;
  };
  assert.equal(await isMixedAfter(origin, {}), false);
  assert.equal(await isMixedAfter(origin, { total: null }), false);
  assert.equal(await isMixedAfter(origin, { validator: '"2"' }), true);
  assert.equal(await isMixedAfter(origin, { validator: null }), true);
  assert.equal(await isMixedAfter(origin, { address: "https://example.org/b" }), true);
});

Deno.test("PartialFile starts over with nothing left of earlier bytes", async () => {
  const { folder, path } = await leave();
  await using partial = await PartialFile.open(path, { sha256: null });
  await partial.restart();
  assert.deepEqual(names(folder), ["a.partial"]);
  await partial.goOn(origin);
  await partial.append(encode("x"));
  assert.deepEqual([partial.size, partial.earlier, partial.received], [1, 0, 1]);
  assert.equal(await Deno.readTextFile(path), "x");
});

Deno.test("PartialFile without bytes leaves no trace when it is closed", async () => {
  const { folder, path } = await leave();
  {
    await using partial = await PartialFile.open(path, { sha256: null });
    await partial.restart();
    await partial.goOn(origin);
  }
  assert.deepEqual(names(folder), []);
});

Deno.test("PartialFile takes its final name, also when it is empty or that name is taken", async () => {
  const folder = makeFolder();
  await Deno.writeTextFile(join(folder, "a"), "old");
  {
    await using partial = await PartialFile.open(join(folder, "a.partial"), { sha256: null });
    await partial.goOn(origin);
    await partial.moveTo(join(folder, "a"));
  }
  assert.deepEqual(names(folder), ["a"]);
  assert.equal(await Deno.readTextFile(join(folder, "a")), "");
});

Deno.test("PartialFile does not touch what bears its name after it was moved", async () => {
  const { folder, path } = await leave();
  {
    await using partial = await PartialFile.open(path, { sha256: null });
    await partial.restart();
    await partial.moveTo(join(folder, "a"));
    await Deno.writeTextFile(path, "another process begins");
  }
  assert.deepEqual(names(folder), ["a", "a.partial"]);
});

Deno.test("PartialFile says where bytes cannot be written and why", async () => {
  const { path } = await leave();
  const partial = await PartialFile.open(path, { sha256: null });
  await partial[Symbol.asyncDispose]();
  await assert.rejects(partial.append(encode("d")), {
    message: `Cannot write "${path}": it must take more than 3 bytes, got Bad resource ID`,
  });
});
