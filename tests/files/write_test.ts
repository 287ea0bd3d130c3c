import assert from "node:assert/strict";
import { join } from "node:path";
import { checkWritable, fillFile, replaceFile, replaceFolder } from "@/files/write.ts";
import { makeFolder } from "../helpers/folder.ts";

Deno.test("checkWritable() accepts folders that exist or can be made, and leaves no trace", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "dataset/model"), { recursive: true });
  for (const path of ["new", "new/dataset/model/run", "dataset/model", "dataset/model/run"]) {
    await checkWritable(join(folder, path));
  }
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["dataset"]);
  assert.deepEqual([...Deno.readDirSync(join(folder, "dataset"))].length, 1);
  assert.deepEqual([...Deno.readDirSync(join(folder, "dataset/model"))].length, 0);
});

Deno.test("checkWritable() names what is in the way", async () => {
  const file = join(makeFolder(), "results");
  await Deno.writeTextFile(file, "");
  for (const path of [join(file, "run"), join(file, "dataset/model/run")]) {
    await assert.rejects(checkWritable(path), {
      name: "Error",
      message:
        `Cannot write results to "${path}": "${file}" must be a folder that can be written to`,
    });
  }
});

async function inTemporaryFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map((entry) => entry.name);

Deno.test("replaceFolder() leaves nothing of an earlier folder and no trace of its own", async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = `${parent}/deep/run`;
    await replaceFolder(folder, (to) => Deno.writeTextFile(`${to}/old.txt`, "1"));
    await replaceFolder(folder, (to) => Deno.writeTextFile(`${to}/new.txt`, "2"));
    assert.deepEqual(names(folder), ["new.txt"]);
    assert.deepEqual(names(`${parent}/deep`), ["run"]);
  });
});

Deno.test("replaceFolder() keeps the earlier folder when filling fails", async () => {
  await inTemporaryFolder(async (parent) => {
    await replaceFolder(`${parent}/run`, (to) => Deno.writeTextFile(`${to}/old.txt`, "1"));
    const failing = replaceFolder(`${parent}/run`, async (to) => {
      await Deno.writeTextFile(`${to}/half.txt`, "2");
      throw new Error("disk full");
    });
    await assert.rejects(failing, { message: "disk full" });
    assert.deepEqual(names(`${parent}/run`), ["old.txt"]);
    assert.deepEqual(names(parent), ["run"]);
  });
});

Deno.test("replaceFolder() puts the earlier folder back when the new one cannot take its place", async () => {
  await inTemporaryFolder(async (parent) => {
    await replaceFolder(`${parent}/run`, (to) => Deno.writeTextFile(`${to}/old.txt`, "1"));
    // A file cannot be renamed to a name that ends in a slash; a folder can.
    const failing = replaceFolder(`${parent}/run/`, async (to) => {
      await Deno.remove(to);
      await Deno.writeTextFile(to, "2");
    });
    await assert.rejects(failing);
    assert.deepEqual(names(parent), ["run"]);
    assert.deepEqual(names(`${parent}/run`), ["old.txt"]);
  });
});

Deno.test("replaceFile() overwrites whole and leaves no temporary file", async () => {
  await inTemporaryFolder(async (parent) => {
    await replaceFile(`${parent}/sub/a.bin`, Uint8Array.of(1, 2, 3));
    await replaceFile(`${parent}/sub/a.bin`, "x");
    assert.equal(await Deno.readTextFile(`${parent}/sub/a.bin`), "x");
    assert.deepEqual(names(`${parent}/sub`), ["a.bin"]);
  });
});

Deno.test("replaceFile() keeps what is there when the new file cannot take its place", async () => {
  await inTemporaryFolder(async (parent) => {
    await Deno.mkdir(`${parent}/taken/inside`, { recursive: true });
    await assert.rejects(replaceFile(`${parent}/taken`, "x"));
    assert.deepEqual(names(parent), ["taken"]);
  });
});

Deno.test("fillFile() gives what filling gave, and leaves an earlier file alone when it fails", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "deep", "a.txt");
    const write = (text: string) => async (temporary: string): Promise<number> => {
      await Deno.writeTextFile(temporary, text);
      if (text === "") throw new Error("nothing to write");
      return text.length;
    };
    assert.equal(await fillFile(path, write("one")), 3);
    await assert.rejects(fillFile(path, write("")), { message: "nothing to write" });
    assert.equal(await Deno.readTextFile(path), "one");
    assert.deepEqual([...Deno.readDirSync(join(folder, "deep"))].map(({ name }) => name), [
      "a.txt",
    ]);
  }));
