import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type FileOfImage, locateFiles } from "@/audit/locate_files.ts";
import { makeFolder, writeFile } from "../helpers/folder.ts";

const path = writeFile("here.npy", "");
const folder = dirname(path);
const mapOf = (image: string, file: string): FileOfImage => ({ image, what: "map", file });

Deno.test("locateFiles() starts relative paths from the folder and keeps absolute ones", async () => {
  const files = [mapOf("1.png", "here.npy"), mapOf("2.png", "./here.npy"), mapOf("3.png", path)];
  assert.deepEqual(await locateFiles(files, { folder, source: "a.csv" }), [path, path, path]);
  assert.deepEqual(await locateFiles([], { folder: "no-such", source: "a.csv" }), []);
});

Deno.test("locateFiles() names every file that is missing", async () => {
  const mask: FileOfImage = { image: "2.png", what: "mask", file: "." };
  const files = [mapOf("1.png", "a.npy"), mask, mapOf("3.png", "here.npy")];
  await assert.rejects(locateFiles(files, { folder, source: "a.csv" }), {
    name: "Error",
    message: 'Cannot read "a.csv": it must have no faults, got 2:\n' +
      `  the map of "1.png" must be a file, got nothing at "${folder}/a.npy"\n` +
      `  the mask of "2.png" must be a file, got a folder at "${folder}"`,
  });
});

Deno.test("locateFiles() names twenty when many are missing", async () => {
  const files = Array.from({ length: 30 }, (_, i) => mapOf(`${i}.png`, `${i}.npy`));
  await assert.rejects(locateFiles(files, { folder, source: "a.csv" }), (error: Error) => {
    const lines = error.message.split("\n");
    assert.equal(lines.length, 22);
    assert.equal(
      lines[20],
      `  the map of "19.png" must be a file, got nothing at "${folder}/19.npy"`,
    );
    assert.equal(lines[21], "  … and 10 more");
    return true;
  });
});

/** Makes a folder with empty files; gives its path. */
function plant(...names: string[]): string {
  const root = makeFolder();
  for (const name of names) {
    Deno.mkdirSync(dirname(join(root, name)), { recursive: true });
    Deno.writeTextFileSync(join(root, name), "");
  }
  return root;
}

const source = "a.csv";

Deno.test("locateFiles() finds below a root what another machine had elsewhere", async () => {
  const root = plant("bolt/good/1.npy");
  const paths = [
    "/mnt/data/maps/bolt/good/1.npy",
    "C:\\data\\maps\\bolt\\good\\1.npy",
    "\\\\server\\share\\bolt\\good\\1.npy",
    "../maps/bolt/good/1.npy",
    "../../bolt/./x/../good//1.npy",
    "good/../bolt/good/1.npy",
    "bolt/good/1.npy",
  ];
  for (const path of paths) {
    assert.deepEqual(
      await locateFiles([mapOf("1.png", path)], { folder, source, roots: { map: root } }),
      [join(root, "bolt/good/1.npy")],
      path,
    );
  }
});

Deno.test("locateFiles() takes the longest end of a path, where a root has several", async () => {
  const root = plant("1.npy", "good/1.npy", "bolt/good/2.npy", "maps/bolt/good/2.npy");
  const files = ["/x/bolt/good/1.npy", "/x/maps/bolt/good/2.npy"].map((path) => mapOf(path, path));
  assert.deepEqual(await locateFiles(files, { folder, source, roots: { map: root } }), [
    join(root, "good/1.npy"),
    join(root, "maps/bolt/good/2.npy"),
  ]);
});

Deno.test("locateFiles() keeps what is where the table says, whatever a root has", async () => {
  const root = plant("here.npy");
  const files = [mapOf("1.png", "here.npy"), mapOf("2.png", path)];
  const options = { folder, source, roots: { map: root } };
  assert.deepEqual(await locateFiles(files, options), [path, path]);
});

Deno.test("locateFiles() looks for maps and masks below a root of each", async () => {
  const [maps, masks] = [plant("a.npy", "a.png"), plant("a.npy", "a.png")];
  const mask: FileOfImage = { image: "1.png", what: "mask", file: "/x/a.png" };
  const files = [mapOf("1.png", "/x/a.npy"), mask];
  assert.deepEqual(
    await locateFiles(files, { folder, source, roots: { map: maps, mask: masks } }),
    [join(maps, "a.npy"), join(masks, "a.png")],
  );
  await assert.rejects(locateFiles(files, { folder, source, roots: { map: maps } }), {
    message: 'Cannot read "a.csv": the mask of "1.png" must be a file, got nothing at "/x/a.png"',
  });
});

Deno.test("locateFiles() names every file that is at no end of its path below the root", async () => {
  const root = plant("good/1.npy/inner", "2.npy");
  const files = ["/x/good/1.npy", "y/3.npy", "/x/2.npy"].map((path) => mapOf(path, path));
  await assert.rejects(locateFiles(files, { folder, source, roots: { map: root } }), {
    name: "Error",
    message: 'Cannot read "a.csv": it must have no faults, got 2:\n' +
      '  the map of "/x/good/1.npy" must be a file, got nothing at "/x/good/1.npy" ' +
      `and no end of that path below "${root}"\n` +
      `  the map of "y/3.npy" must be a file, got nothing at "${folder}/y/3.npy" ` +
      `and no end of that path below "${root}"`,
  });
});

Deno.test("locateFiles() refuses a root that gives one file to several paths", async () => {
  const root = plant("1.npy");
  const files = ["/x/bolt/1.npy", "/x/nut/1.npy"].map((path) => mapOf(path, path));
  const options = { folder, source, roots: { map: root } };
  await assert.rejects(locateFiles(files, options), {
    name: "Error",
    message: 'Cannot read "a.csv": "/x/bolt/1.npy" and "/x/nut/1.npy" must be two files, ' +
      `got "${root}/1.npy" as the map of "/x/bolt/1.npy" and the map of "/x/nut/1.npy"`,
  });
  // The same path twice is the table's own word, however it is written.
  const twice = [mapOf("1", "/x/nut/1.npy"), mapOf("2", "\\x\\nut\\1.npy")];
  assert.deepEqual(await locateFiles(twice, options), [join(root, "1.npy"), join(root, "1.npy")]);
  // A path that leads there by itself counts, too.
  const mixed = [mapOf("1", join(root, "1.npy")), mapOf("2", "/x/nut/1.npy")];
  await assert.rejects(locateFiles(mixed, options), /must be two files, got /);
});

Deno.test("locateFiles() wants roots to be folders, whether they are needed or not", async () => {
  const roots = { map: "no-such", mask: path };
  await assert.rejects(locateFiles([], { folder, source, roots }), {
    name: "Error",
    message: 'Cannot read "a.csv": it must have no faults, got 2:\n' +
      '  the root of maps must be a folder, got nothing at "no-such"\n' +
      `  the root of masks must be a folder, got a file at "${path}"`,
  });
});
