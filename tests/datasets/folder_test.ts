import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { listFolder } from "@/datasets/listing.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import { requireFaultless } from "@/datasets/faults.ts";
import { findRoot, type FolderOptions, scanBenchmark, scanFolder } from "@/datasets/folder.ts";
import { makeFolder } from "../helpers/folder.ts";
import { treeMakers } from "../helpers/layouts.ts";
import { testWithShared } from "../helpers/mod.ts";

/** Makes a folder of empty files, which is all that the reader looks at. */
async function withFiles(
  files: readonly string[],
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const file of files) {
      await Deno.mkdir(join(folder, dirname(file)), { recursive: true });
      await Deno.writeFile(join(folder, file), new Uint8Array());
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readFolder(folder: string, options?: FolderOptions): Promise<Dataset> {
  return requireFaultless(await scanFolder(folder, options));
}

async function read(files: readonly string[], options?: FolderOptions): Promise<Dataset> {
  let dataset: Dataset | undefined;
  await withFiles(files, async (folder) => {
    dataset = await readFolder(folder, options);
  });
  assert.ok(dataset);
  return dataset;
}

/** Checks the message after `Cannot read dataset "<folder>": `. */
async function rejects(
  files: readonly string[],
  reason: string,
  options?: FolderOptions,
): Promise<void> {
  await withFiles(files, async (folder) => {
    await assert.rejects(readFolder(folder, options), {
      message: `Cannot read dataset "${folder}": ${reason}`,
    });
  });
}

const small = [
  "nut/train/good/2.png",
  "nut/train/good/1.png",
  "nut/test/good/1.png",
  "nut/test/bent/1.png",
  "nut/test/bent/2.png",
  "nut/ground_truth/bent/1_mask.png",
  "nut/ground_truth/bent/2_mask.png",
];
const bolt = ["bolt/train/good/1.png"];

Deno.test("scanFolder() tells classes, splits, defects and masks by folder", async () => {
  const { classes, samples } = await read(small);
  const nut = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
  const bent = { className: "nut", split: "test", isAnomalous: true, defect: "bent" } as const;
  assert.deepEqual(classes, ["nut"]);
  assert.deepEqual(samples, [
    { ...nut, image: "nut/train/good/1.png", split: "train" },
    { ...nut, image: "nut/train/good/2.png", split: "train" },
    { ...nut, image: "nut/test/good/1.png", split: "test" },
    { ...bent, image: "nut/test/bent/1.png", mask: "nut/ground_truth/bent/1_mask.png" },
    { ...bent, image: "nut/test/bent/2.png", mask: "nut/ground_truth/bent/2_mask.png" },
  ]);
});

Deno.test("scanFolder() orders by class, split, normal first, defect, file name", async () => {
  const files = [
    "b/test/zigzag/1.png",
    "b/test/good/1.png",
    "b/test/crack/1.png",
    "b/train/good/1.png",
    "a/train/good/B.png",
    "a/train/good/a.png",
    "a/train/good/10.png",
    "a/train/good/9.png",
  ];
  const { classes, samples } = await read(files);
  assert.deepEqual(classes, ["a", "b"]);
  assert.deepEqual(samples.map(({ image }) => image), [
    "a/train/good/10.png",
    "a/train/good/9.png",
    "a/train/good/B.png",
    "a/train/good/a.png",
    "b/train/good/1.png",
    "b/test/good/1.png",
    "b/test/crack/1.png",
    "b/test/zigzag/1.png",
  ]);
});

Deno.test("scanFolder() reads the named classes alone, in its own order", async () => {
  const files = ["a/train/good/1.png", "b/train/good/1.png", "c/train/good/1.png"];
  const { classes, samples } = await read(files, { classes: ["c", "a", "c"] });
  assert.deepEqual(classes, ["a", "c"]);
  assert.deepEqual(samples.map(({ className }) => className), ["a", "c"]);
});

Deno.test("scanFolder() passes over hidden and foreign files", async () => {
  const foreign = [
    ".ipynb_checkpoints/train/good/1.png",
    "license.txt",
    "notes/readme.md",
    "nut/train/good/.1.png",
    "nut/train/good/Thumbs.db",
    "nut/test/.ipynb_checkpoints/1.png",
    "nut/ground_truth/bent/._1_mask.png",
    "nut/ground_truth/good/1_mask.png",
  ];
  assert.deepEqual((await read([...small, ...foreign])).samples, (await read(small)).samples);
});

Deno.test("scanFolder() knows images by many extensions", async () => {
  const files = ["a.PNG", "b.jpg", "c.JPEG", "d.webp", "e.tif", "f.tiff", "g.bmp"];
  const { samples } = await read(files.map((file) => `nut/train/good/${file}`));
  assert.deepEqual(samples.map(({ image }) => basename(image)), files);
});

Deno.test("scanFolder() follows links", async () => {
  await withFiles(small, async (folder) => {
    const parent = await Deno.makeTempDir();
    await Deno.symlink(join(folder, "nut"), join(parent, "linked"));
    const { classes, samples } = await readFolder(parent);
    assert.deepEqual(classes, ["linked"]);
    assert.equal(samples.length, 5);
    await Deno.symlink(join(folder, "gone"), join(parent, "broken"));
    await assert.rejects(readFolder(parent), {
      message: `Cannot list "${
        join(parent, "broken")
      }": the link must lead to a file or folder, got nowhere`,
    });
    await Deno.remove(parent, { recursive: true });
  });
});

Deno.test("scanFolder() allows classes without masks and without test images", async () => {
  const { samples } = await read([...bolt, "nut/train/good/1.png", "nut/test/bent/1.png"]);
  assert.deepEqual(samples.map(({ mask }) => mask), [null, null, null]);
});

Deno.test("scanFolder() is named after its folder unless told otherwise", async () => {
  await withFiles(bolt, async (folder) => {
    assert.equal((await readFolder(folder)).name, basename(folder));
    assert.equal((await readFolder(`${folder}/`, { name: "parts" })).name, "parts");
    assert.equal((await readFolder(`${folder}/`)).folder, folder);
  });
});

Deno.test("scanFolder() says what a folder without classes holds", async () => {
  await rejects(
    ["images/1.png", "readme.md"],
    'it must hold classes, folders with "train/good" or "good" inside, got "images", 1 files',
  );
  await withFiles(small, async (folder) => {
    await assert.rejects(readFolder(join(folder, "nut")), {
      message: `Cannot read dataset "${join(folder, "nut")}": ` +
        `it must hold classes, got one class; its dataset is "${folder}"`,
    });
    await assert.rejects(readFolder(join(folder, "gone")), {
      message: `Cannot read dataset "${
        join(folder, "gone")
      }": there must be such a folder, got none`,
    });
  });
});

Deno.test("scanFolder() guesses which class was meant", async () => {
  const files = [...small, ...bolt];
  await rejects(files, 'unknown class "bolts", did you mean "bolt"?', { classes: ["bolts"] });
  await rejects(files, 'unknown class "cookie", it has "bolt", "nut"', { classes: ["cookie"] });
  await rejects(files, "at least one class must be named, got none", { classes: [] });
});

Deno.test("scanFolder() refuses classes that it would read only in part", async () => {
  await rejects(["nut/train/readme.md"], '"nut/train/good" must hold images, got none');
  await rejects(
    [...small, "nut/train/bent/1.png"],
    '"nut/train" must hold "good" alone, got "bent" too',
  );
  await rejects(
    [...small, "nut/test/7.png"],
    'images must lie in "nut/test/good" and the like, got "nut/test/7.png"',
  );
  await rejects(
    [...small, "nut/test/bent/more/7.png"],
    '"nut/test/bent" must hold images alone, got the folder "more"',
  );
});

Deno.test("scanFolder() refuses masks that do not match the images", async () => {
  await rejects(
    [...small, "nut/test/bent/3.png"],
    'every anomalous image of "nut" or none must have a mask, got none for "nut/test/bent/3.png"',
  );
  await rejects(
    [...small, "nut/ground_truth/benf/3_mask.png"],
    '"nut/ground_truth/benf" must match a folder of "nut/test"',
  );
  await rejects(
    [...small, "nut/ground_truth/bent/3_mask.png"],
    'every mask must have an image of its own, got none for "nut/ground_truth/bent/3_mask.png"',
  );
});

testWithShared(
  "scanFolder() finds every image of a real dataset",
  "data/real5",
  async (path) => {
    const { classes, samples } = await readFolder(path);
    assert.deepEqual(classes, ["bottle", "cookie", "grid", "hazelnut", "metal_plate"]);
    const counts = classes.map((name) => {
      const own = samples.filter(({ className }) => className === name);
      const test = own.filter(({ split }) => split === "test");
      const masked = test.filter(({ mask }) => mask !== null).length;
      return [own.length - test.length, test.length - masked, masked];
    });
    assert.deepEqual(counts, [[80, 20, 63], [31, 14, 32], [80, 21, 57], [24, 10, 17], [
      54,
      26,
      71,
    ]]);
  },
);

Deno.test("scanFolder() names every fault at once", async () => {
  await rejects(
    [...small, "nut/train/bent/1.png", "bolt/train/readme.md"],
    'it must have no faults, got 2:\n  "bolt/train/good" must hold images, got none\n' +
      '  "nut/train" must hold "good" alone, got "bent" too',
  );
});

Deno.test("scanBenchmark() says that a folder is none, once", async () => {
  const benchmark = findBenchmark("BTAD");
  const { dataset, faults } = await scanBenchmark(makeFolder(), { benchmark, normal: "ok" });
  assert.deepEqual(dataset.samples, []);
  assert.deepEqual(faults.map(({ reason }) => reason), [
    'it must hold classes, folders with "train/ok" inside, got 0 files',
  ]);
});

Deno.test("scanBenchmark() keeps the faults of classes that are left out to itself", async () => {
  const folder = await treeMakers.MPDD!({ classes: ["tubes", "connector"] });
  await Deno.remove(`${folder}/tubes/ground_truth/scratch/000_mask.png`);
  const benchmark = findBenchmark("MPDD");
  const scan = async (classes: readonly string[]) =>
    (await scanBenchmark(folder, { benchmark, normal: "good", classes })).faults.map(({ path }) =>
      path
    );
  assert.deepEqual(await scan(["connector"]), []);
  assert.deepEqual(await scan(["tubes"]), ["tubes/test/scratch/000.png"]);
});

const wrappers = ["outer", "inner"];
const isRoot = async (path: string): Promise<boolean> =>
  (await listFolder(path)).folders.includes("train");

Deno.test("findRoot() looks through wrappers, two deep, and takes the outermost dataset", async () => {
  const folder = makeFolder();
  const deep = join(folder, "outer", "inner");
  await Deno.mkdir(join(deep, "train"), { recursive: true });
  assert.equal(await findRoot(folder, { wrappers, isRoot }), deep);
  await Deno.mkdir(join(folder, "outer", "train"));
  assert.equal(await findRoot(folder, { wrappers, isRoot }), join(folder, "outer"));
});

Deno.test("findRoot() stays where it is when nothing is found", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "elsewhere", "train"), { recursive: true });
  assert.equal(await findRoot(folder, { wrappers, isRoot }), folder);
  const gone = join(folder, "gone"), file = join(folder, "file");
  await Deno.writeTextFile(file, "");
  assert.equal(await findRoot(gone, { wrappers, isRoot }), gone);
  assert.equal(await findRoot(file, { wrappers, isRoot }), file);
});
