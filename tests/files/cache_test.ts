import assert from "node:assert/strict";
import { join } from "node:path";
import { findCached, openBoundedFolder, readChecksum } from "@/files/cache.ts";
import { makeFolder } from "../helpers/folder.ts";

const ten = [new Uint8Array(4), new Uint8Array(6)];

/** Pretends that a file was last used so many hours ago. */
function age(folder: string, name: string, hours: number): void {
  const time = new Date(Date.now() - 3_600_000 * hours);
  Deno.utimeSync(join(folder, name), time, time);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("put() writes the parts one after the other, open() reads them", async () => {
  const files = openBoundedFolder({ folder: join(makeFolder(), "new"), limit: 100 });
  assert.equal(files.open("a/b"), null);
  assert.equal(await files.put("a/b", [Uint8Array.of(1, 2), Uint8Array.of(3)]), true);
  using file = files.open("a/b")!;
  const bytes = new Uint8Array(9);
  assert.equal(file.readSync(bytes), 3);
  assert.deepEqual([...bytes.subarray(0, 3)], [1, 2, 3]);
});

Deno.test("put() removes what was not used for longest, and no more than it must", async () => {
  const folder = makeFolder();
  const earlier = openBoundedFolder({ folder, limit: 1000 });
  for (const [i, name] of ["a", "b", "c"].entries()) {
    await earlier.put(name, ten);
    age(folder, name, 5 - i);
  }
  const files = openBoundedFolder({ folder, limit: 35 });
  assert.equal(files.has("a"), true); // used now: the oldest is b
  assert.equal(await files.put("d", ten), true);
  assert.deepEqual(namesIn(folder), ["a", "c", "d"]);
});

Deno.test("put() never removes what this process uses, and keeps within the limit", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 25 });
  assert.equal(await files.put("a", ten), true);
  assert.equal(await files.put("b", ten), true);
  age(folder, "a", 9);
  assert.equal(await files.put("c", ten), false);
  assert.equal(await files.put("d", [new Uint8Array(26)]), false);
  assert.equal(await files.put("e", [new Uint8Array(5)]), true);
  assert.deepEqual(namesIn(folder), ["a", "b", "e"]);
});

Deno.test("put() counts what is being written at the same time", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 35 });
  const names = ["a", "b", "c", "d", "e"];
  const isKept = await Promise.all(names.map((name) => files.put(name, ten)));
  assert.deepEqual(isKept, [true, true, true, false, false]);
  assert.deepEqual(namesIn(folder), ["a", "b", "c"]);
});

Deno.test("put() replaces a file of the same name whole", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 25 });
  await files.put("a", ten);
  await files.put("a", [Uint8Array.of(7)]);
  assert.deepEqual([...await Deno.readFile(join(folder, "a"))], [7]);
});

Deno.test("put() removes what a dead process left unfinished, and only that", async () => {
  const folder = makeFolder();
  for (const name of ["old.partial", "new.partial"]) {
    await Deno.writeFile(join(folder, name), new Uint8Array(3));
  }
  age(folder, "old.partial", 2);
  await openBoundedFolder({ folder, limit: 100 }).put("a", ten);
  assert.deepEqual(namesIn(folder), ["a", "new.partial"]);
});

Deno.test("a file that another process removes stays readable to who has it open", async () => {
  const folder = makeFolder();
  const one = openBoundedFolder({ folder, limit: 25 });
  await one.put("a", ten);
  using file = one.open("a")!;
  age(folder, "a", 1);
  const other = openBoundedFolder({ folder, limit: 12 });
  assert.equal(await other.put("b", ten), true);
  assert.deepEqual([namesIn(folder), one.has("a")], [["b"], false]);
  assert.equal(file.readSync(new Uint8Array(20)), 10);
});

Deno.test("drop() removes a file, there or not", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 25 });
  await files.put("a", ten);
  files.drop("a");
  files.drop("a");
  assert.equal(files.has("a"), false);
});

Deno.test("openBoundedFolder() refuses a limit that is none", () => {
  assert.throws(() => openBoundedFolder({ folder: "cache", limit: NaN }), {
    name: "RangeError",
    message: 'Cannot open cache "cache": its limit must be from 0, got NaN',
  });
});

Deno.test("put() keeps nothing where it may not write, and says so", async () => {
  const folder = makeFolder();
  await Deno.writeTextFile(join(folder, "file"), "");
  const files = openBoundedFolder({ folder: join(folder, "locked"), limit: 100 });
  await Deno.mkdir(join(folder, "locked"));
  await Deno.chmod(join(folder, "locked"), 0o500);
  // Whoever may do everything is not kept out by a mode.
  const mayWrite = await files.put("a", ten);
  await Deno.chmod(join(folder, "locked"), 0o700);
  assert.equal(mayWrite, namesIn(join(folder, "locked")).length === 1);
  const blocked = openBoundedFolder({ folder: join(folder, "file"), limit: 100 });
  await assert.rejects(blocked.put("a", ten), Error);
});

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
