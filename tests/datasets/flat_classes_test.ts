import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { countSamples, type Dataset } from "@/datasets/dataset.ts";
import { describeRemarks, requireFaultless } from "@/datasets/faults.ts";
import { dealNormal } from "@/datasets/flat_classes.ts";
import { type FolderOptions, scanFolder } from "@/datasets/folder.ts";
import { makeFolder } from "../helpers/folder.ts";

/** Makes a folder of empty files, which is all that the reader looks at. */
async function makeFiles(files: readonly string[]): Promise<string> {
  const folder = join(makeFolder(), "photos");
  for (const file of files) {
    await Deno.mkdir(join(folder, dirname(file)), { recursive: true });
    await Deno.writeFile(join(folder, file), new Uint8Array());
  }
  return folder;
}

async function read(files: readonly string[], options?: FolderOptions): Promise<Dataset> {
  return requireFaultless(await scanFolder(await makeFiles(files), options));
}

/** Checks what is said after `Cannot read dataset "<folder>": `. */
async function rejects(files: readonly string[], reason: string): Promise<void> {
  const folder = await makeFiles(files);
  await assert.rejects(async () => requireFaultless(await scanFolder(folder)), {
    message: `Cannot read dataset "${folder}": ${reason}`,
  });
}

function many(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${folder}/${String(i).padStart(3, "0")}.png`);
}

const nut = [
  ...many("nut/good", 10),
  ...many("nut/scratch", 2),
  ...many("nut/bent", 1),
  "nut/ground_truth/scratch/000_mask.png",
  "nut/ground_truth/scratch/001.png",
  "nut/ground_truth/bent/000_mask.png",
];

Deno.test("scanFolder() deals good images where a class has no train, and tests on all others", async () => {
  const dataset = await read(nut);
  assert.deepEqual(dataset.classes, ["nut"]);
  assert.equal(dataset.dealtBy, 0);
  assert.deepEqual(countSamples(dataset.samples), { train: 8, normal: 2, anomalous: 3 });
  const anomalous = dataset.samples.filter(({ isAnomalous }) => isAnomalous);
  assert.deepEqual(anomalous.map(({ image, defect, mask }) => [image, defect, mask]), [
    ["nut/bent/000.png", "bent", "nut/ground_truth/bent/000_mask.png"],
    ["nut/scratch/000.png", "scratch", "nut/ground_truth/scratch/000_mask.png"],
    ["nut/scratch/001.png", "scratch", "nut/ground_truth/scratch/001.png"],
  ]);
  const order = dataset.samples.map(({ split }) => split);
  assert.deepEqual(order, order.toSorted().reverse(), "training before testing");
});

Deno.test("scanFolder() says in one line how images were dealt", async () => {
  const scan = await scanFolder(await makeFiles([...nut, ...many("bolt/good", 5)]), {
    split: 0.6,
    seed: 7,
  });
  assert.equal(
    describeRemarks(scan.remarks!),
    'note: of 15 normal images of "bolt", "nut" 9 train and 6 test: DATASET.split=0.6 deals them ' +
      "by their names and the seed 7, as no folders do",
  );
});

Deno.test("scanFolder() takes a folder with good inside for one product, called like the folder", async () => {
  const { classes, samples } = await read(nut.map((path) => path.replace("nut/", "")));
  assert.deepEqual(classes, ["photos"]);
  assert.deepEqual(countSamples(samples), { train: 8, normal: 2, anomalous: 3 });
  assert.equal(samples.at(-1)!.image, "scratch/001.png");
  assert.equal(samples.at(-1)!.mask, "ground_truth/scratch/001.png");
});

Deno.test("scanFolder() reads layouts class by class", async () => {
  const { classes, samples } = await read([
    ...nut,
    "bolt/train/good/1.png",
    "bolt/test/good/2.png",
    "bolt/test/bent/3.png",
  ]);
  assert.deepEqual(classes, ["bolt", "nut"]);
  const bolts = samples.filter(({ className }) => className === "bolt");
  assert.deepEqual(countSamples(bolts), { train: 1, normal: 1, anomalous: 1 });
});

Deno.test("scanFolder() refuses classes beside the images of one product", async () => {
  await rejects(
    [...many("good", 3), ...nut],
    'it must hold classes or the images of one product, got "good" with images beside the class "nut"',
  );
});

Deno.test("scanFolder() refuses what lies beside good and has another meaning", async () => {
  const cases: [string, string][] = [
    [
      "nut/OK",
      'normal images must lie in "nut/good", got "nut/OK": its images would count as anomalous; ' +
      "rename it, or give the kind of defect another name",
    ],
    [
      "nut/masks",
      'masks must lie in "nut/ground_truth", got "nut/masks", whose images would count as ' +
      "anomalous: rename it",
    ],
    [
      "nut/test",
      '"nut/test" must not lie beside "nut/good": a class holds "train" and "test", or "good" ' +
      "beside its kinds of defect",
    ],
    ["nut/ground_truth/hole", '"nut/ground_truth/hole" must match a folder beside "nut/good"'],
  ];
  for (const [folder, reason] of cases) await rejects([...nut, `${folder}/1.png`], reason);
  await rejects(
    [...many("nut/bent", 2), "nut/good/notes.txt"],
    '"nut/good" must hold images, ' +
      "got others (.txt 1)",
  );
});

Deno.test("dealNormal() sorts by the hash of seed and name, whatever the order and the folder", () => {
  const images = many("nut/good", 20);
  const hashOf = (name: string) => createHash("sha256").update(`3\n${name}`).digest("hex");
  const first = images.toSorted((a, b) => hashOf(a.slice(9, 12)) < hashOf(b.slice(9, 12)) ? -1 : 1)
    .slice(0, 14).sort();
  const options = { split: 0.7, seed: 3 };
  assert.deepEqual([...dealNormal(images, options)].sort(), first);
  assert.deepEqual([...dealNormal(images.toReversed(), options)].sort(), first);
  const moved = dealNormal(images.map((image) => `elsewhere/${image}`), options);
  assert.deepEqual([...moved].sort(), first.map((image) => `elsewhere/${image}`));
  // A name that macOS takes apart is the same name.
  const composed = dealNormal(["a/ü.png", "a/b.png", "a/c.png"], { split: 0.4, seed: 1 });
  const apart = dealNormal(["a/u\u0308.png", "a/b.png", "a/c.png"], { split: 0.4, seed: 1 });
  assert.deepEqual([...apart].map((each) => each.normalize("NFC")), [...composed]);
  assert.notDeepEqual([...dealNormal(images, { ...options, seed: 4 })].sort(), first);
});

Deno.test("dealNormal() moves few images when one is added, and leaves one on each side", () => {
  const images = many("good", 100), options = { split: 0.8, seed: 0 };
  const before = dealNormal(images, options);
  const after = dealNormal([...images, "good/100.png"], options);
  const moved = images.filter((image) => before.has(image) !== after.has(image));
  assert.ok(moved.length <= 1, `${moved.length}`);
  const count = (images: number, split: number) =>
    dealNormal(many("good", images), {
      split,
      seed: 0,
    }).size;
  assert.deepEqual([count(1, 0.5), count(2, 0.99), count(2, 0.01), count(3, 1)], [1, 1, 1, 3]);
});
