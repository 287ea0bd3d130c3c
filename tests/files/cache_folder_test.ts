import assert from "node:assert/strict";
import { join } from "node:path";
import { findCached, readChecksum } from "@/files/cache.ts";
import { makeFolder } from "../helpers/folder.ts";

const numbers = Uint8Array.of(1, 2, 3);
// sha256sum of the bytes 01 02 03.
const numbersHash = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";

/** A cache in a new folder that counts how often the content is made. */
function newCache() {
  const folder = join(makeFolder(), "deep/cache");
  let made = 0;
  const make = async (path: string): Promise<void> => {
    made++;
    await Deno.writeFile(path, numbers);
  };
  return { folder, read: () => findCached({ folder, name: "numbers", make }), made: () => made };
}

Deno.test("findCached() makes a file once and leaves nothing else behind", async () => {
  const cache = newCache();
  const first = await cache.read();
  const second = await cache.read();
  assert.equal(first.hash, numbersHash);
  assert.deepEqual(second, first);
  assert.deepEqual(await Deno.readFile(second.path), numbers);
  assert.equal(cache.made(), 1);
  const names = [...Deno.readDirSync(cache.folder)].map((each) => each.name).sort();
  assert.deepEqual(names, ["numbers", "numbers.sha256"]);
  assert.equal(await Deno.readTextFile(join(cache.folder, "numbers.sha256")), `${numbersHash}\n`);
});

Deno.test("findCached() makes a file anew when it or its checksum is damaged or missing", async () => {
  const cache = newCache();
  const { path } = await cache.read();
  const damages = [
    () => Deno.writeFile(path, Uint8Array.of(1, 2, 4)),
    () => Deno.truncate(path, 1),
    () => Deno.writeTextFile(`${path}.sha256`, "0".repeat(64)),
    () => Deno.remove(`${path}.sha256`),
    () => Deno.remove(path),
  ];
  for (const [index, damage] of damages.entries()) {
    await damage();
    assert.equal((await cache.read()).hash, numbersHash);
    assert.equal(cache.made(), index + 2);
    assert.deepEqual(await Deno.readFile(path), numbers);
  }
});

Deno.test("findCached() writes nothing when the content cannot be made", async () => {
  const folder = makeFolder();
  const make = async (path: string): Promise<void> => {
    await Deno.writeFile(path, numbers);
    throw new Error("no weights");
  };
  await assert.rejects(findCached({ folder, name: "numbers", make }), { message: "no weights" });
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

Deno.test("findCached() survives several readers that make the same file at once", async () => {
  const cache = newCache();
  const files = await Promise.all([cache.read(), cache.read(), cache.read()]);
  for (const file of files) assert.equal(file.hash, numbersHash);
  assert.deepEqual(await Deno.readFile(files[0]!.path), numbers);
  assert.equal([...Deno.readDirSync(cache.folder)].length, 2);
});

Deno.test("readChecksum() tells what a file should be", async () => {
  const cache = newCache();
  assert.equal(await readChecksum({ folder: cache.folder, name: "numbers" }), null);
  await cache.read();
  assert.equal(await readChecksum({ folder: cache.folder, name: "numbers" }), numbersHash);
});
