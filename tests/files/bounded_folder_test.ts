import assert from "node:assert/strict";
import { join } from "node:path";
import { openBoundedFolder } from "@/files/cache.ts";
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
