import assert from "node:assert/strict";
import { join } from "node:path";
import { readCached } from "@/io/cache_folder.ts";
import { makeFolder } from "./helpers_folder.ts";

const numbers = Uint8Array.of(1, 2, 3);
// sha256sum of the bytes 01 02 03.
const numbersHash = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";

/** A cache in a new folder that counts how often the content is made. */
function newCache() {
  const folder = join(makeFolder(), "deep/cache");
  let made = 0;
  const make = () => {
    made++;
    return Promise.resolve(numbers.slice());
  };
  return { folder, read: () => readCached({ folder, name: "numbers", make }), made: () => made };
}

Deno.test("readCached() makes a file once and leaves nothing else behind", async () => {
  const cache = newCache();
  const first = await cache.read();
  const second = await cache.read();
  assert.equal(first.hash, numbersHash);
  assert.deepEqual(second, first);
  assert.deepEqual(second.bytes, numbers);
  assert.equal(cache.made(), 1);
  const names = [...Deno.readDirSync(cache.folder)].map((each) => each.name).sort();
  assert.deepEqual(names, ["numbers", "numbers.sha256"]);
  assert.equal(await Deno.readTextFile(join(cache.folder, "numbers.sha256")), `${numbersHash}\n`);
});

Deno.test("readCached() makes a file anew when it or its checksum is damaged or missing", async () => {
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
    assert.deepEqual((await cache.read()).bytes, numbers);
    assert.equal(cache.made(), index + 2);
    assert.deepEqual(await Deno.readFile(path), numbers);
  }
});

Deno.test("readCached() writes nothing when the content cannot be made", async () => {
  const folder = makeFolder();
  const make = () => Promise.reject(new Error("no weights"));
  await assert.rejects(readCached({ folder, name: "numbers", make }), { message: "no weights" });
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

Deno.test("readCached() survives several readers that make the same file at once", async () => {
  const cache = newCache();
  const files = await Promise.all([cache.read(), cache.read(), cache.read()]);
  for (const file of files) assert.equal(file.hash, numbersHash);
  assert.deepEqual(await Deno.readFile(files[0]!.path), numbers);
  assert.equal([...Deno.readDirSync(cache.folder)].length, 2);
});
