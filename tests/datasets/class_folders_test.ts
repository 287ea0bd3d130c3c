import assert from "node:assert/strict";
import { join } from "node:path";
import {
  judgeOthers,
  listClasses,
  noClasses,
  pairMasks,
  scanClass,
} from "@/datasets/class_folders.ts";
import { makeFolder } from "../helpers/folder.ts";
import { makeMvtecTree } from "../helpers/layouts.ts";

Deno.test("scanClass() reports everything that is wrong at once, and reads the rest", async () => {
  const folder = await makeMvtecTree({ classes: ["bottle"] });
  const own = join(folder, "bottle");
  const touch = async (path: string): Promise<void> => {
    await Deno.mkdir(join(own, path, ".."), { recursive: true });
    await Deno.writeFile(join(own, path), new Uint8Array());
  };
  for (
    const path of [
      "train/9.png",
      "train/bent/1.png",
      "test/8.png",
      "test/good/deep/1.png",
      "test/broken_large/000.jpg",
      "test/contamination/1.png",
      "ground_truth/broken_large/7_mask.png",
      "ground_truth/other/1_mask.png",
    ]
  ) await touch(path);
  const { samples, faults } = await scanClass(folder, { className: "bottle", normal: "good" });
  assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [
    ["misplaced file", "bottle/train/9.png"],
    ["misplaced file", "bottle/test/8.png"],
    ["unexpected folder", "bottle/train/bent"],
    ["unexpected folder", "bottle/ground_truth/other"],
    ["unexpected folder", "bottle/test/good/deep"],
    ["mask without image", "bottle/ground_truth/broken_large/7_mask.png"],
    ["same name", "bottle/test/broken_large/000.png"],
    ["missing mask", "bottle/test/broken_large/000.png"],
    ["missing mask", "bottle/test/contamination/1.png"],
  ]);
  assert.equal(samples.length, 7);
});

Deno.test("listClasses() takes folders with train inside, noClasses() says what is there instead", async () => {
  const folder = await makeMvtecTree({ classes: ["grid", "wood"] });
  await Deno.mkdir(join(folder, "notes"));
  assert.deepEqual(await listClasses(folder), ["grid", "wood"]);
  const { reason } = await noClasses(join(folder, "grid"), { normal: "ok" });
  assert.equal(reason, `it must hold classes, got one class; its dataset is "${folder}"`);
  assert.deepEqual(await noClasses(join(folder, "notes"), { normal: "ok" }), {
    kind: "no dataset",
    path: null,
    reason: 'it must hold classes, folders with "train/ok" inside, got 0 files',
  });
});

Deno.test("pairMasks() goes by name whatever the order and the extension", () => {
  const images = ["t/10.jpg", "t/2.jpg", "t/1.jpg"];
  const masks = ["g/1_mask.png", "g/10.png", "g/2_mask.tif"];
  assert.deepEqual(pairMasks(images, masks).masks, ["g/10.png", "g/2_mask.tif", "g/1_mask.png"]);
});

Deno.test("pairMasks() keeps images apart whose names end like masks", () => {
  const images = ["t/a.png", "t/a_mask.png"];
  const masks = ["g/a_mask.png", "g/a_mask_mask.png"];
  assert.deepEqual(pairMasks(images, masks).masks, masks);
  assert.deepEqual(pairMasks(images, ["g/a_mask.png"]).masks, ["g/a_mask.png", null]);
});

Deno.test("pairMasks() leaves images without masks alone", () => {
  assert.deepEqual(pairMasks(["t/1.png", "t/2.png"], []).masks, [null, null]);
  assert.deepEqual(pairMasks([], []), { masks: [], unused: [], clashes: [] });
});

Deno.test("pairMasks() keeps dots that are not the extension's", () => {
  assert.deepEqual(pairMasks(["t/1.5.png", "t/1.png"], ["g/1.5_mask.png"]).masks, [
    "g/1.5_mask.png",
    null,
  ]);
});

Deno.test("pairMasks() tells masks without an image of their own", () => {
  assert.deepEqual(pairMasks(["t/1.png"], ["g/3_mask.png"]), {
    masks: [null],
    unused: ["g/3_mask.png"],
    clashes: [],
  });
  // "1_mask" comes before "1", which is then left over.
  assert.deepEqual(pairMasks(["t/1.png"], ["g/1.png", "g/1_mask.png"]), {
    masks: ["g/1_mask.png"],
    unused: ["g/1.png"],
    clashes: [],
  });
});

Deno.test("pairMasks() tells names that differ only in their extension, and uses the first", () => {
  const images = ["t/1.jpg", "t/1.png"], masks = ["g/1.bmp", "g/1.png"];
  assert.deepEqual(pairMasks(images, masks), {
    masks: ["g/1.bmp", null],
    unused: [],
    clashes: [images, masks],
  });
});

/** Makes files, and the folders that lead to them; a path that ends with a slash is a folder. */
async function makeTree(paths: readonly string[]): Promise<string> {
  const root = makeFolder();
  for (const path of paths) {
    await Deno.mkdir(join(root, path.endsWith("/") ? path : join(path, "..")), { recursive: true });
    if (!path.endsWith("/")) await Deno.writeTextFile(join(root, path), "");
  }
  return root;
}

Deno.test("scanClass() refuses folders that are almost called as those of normal images", async () => {
  const names = ["Good", "GOOD", "good ", "good_1", "OK", "ok", "Normal", "NORMAL", "no_defect"];
  for (const split of ["train", "test"]) {
    for (const name of [...names, "defect-free", "ｇｏｏｄ"]) {
      const path = `nut/${split}/${name}`;
      const root = await makeTree(["nut/train/good/1.png", "nut/test/bent/1.png", `${path}/1.png`]);
      const { faults } = await scanClass(root, { className: "nut", normal: "good" });
      assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [["near miss", path]]);
    }
  }
  const root = await makeTree(["nut/train/good/1.png", "nut/test/Good/1.png"]);
  const [fault] = (await scanClass(root, { className: "nut", normal: "good" })).faults;
  assert.equal(
    fault?.reason,
    'normal images must lie in "nut/test/good", got "nut/test/Good": its images would count as ' +
      "anomalous; rename it, or give the kind of defect another name",
  );
});

Deno.test("scanClass() takes kinds of defect that resemble good in nothing but letters", async () => {
  const kinds = ["broken", "gold", "goo", "no_good", "normality", "ok_but_bent", "wood"];
  const root = await makeTree([
    "nut/train/good/1.png",
    ...kinds.map((kind) => `nut/test/${kind}/1.png`),
  ]);
  const { faults, samples } = await scanClass(root, { className: "nut", normal: "good" });
  assert.deepEqual(faults, []);
  assert.deepEqual(samples.flatMap(({ defect }) => defect ?? []), kinds);
});

Deno.test("scanClass() remarks on whatever it passes over, and refuses misnamed parts", async () => {
  const root = await makeTree([
    "nut/train/good/1.png",
    "nut/train/good/2.heic",
    "nut/train/good/@eaDir/1.png/thumb.jpg",
    "nut/test/bent/1.gif",
    "nut/masks/bent/1.png",
    "nut/extra/1.png",
    "nut/Test/good/1.png",
    "nut/Ground Truth/bent/1.png",
    "nut/9.png",
  ]);
  const { faults, remarks } = await scanClass(root, { className: "nut", normal: "good" });
  assert.deepEqual(faults.map(({ kind, path }) => [kind, path]), [
    ["near miss", "nut/Ground Truth"],
    ["near miss", "nut/Test"],
  ]);
  assert.deepEqual(remarks.map(({ kind, path }) => [kind, path]), [
    ["passed over", "nut/extra"],
    ["passed over", "nut/masks"],
    ["passed over", "nut"],
    ["passed over", "nut/train/good"],
    ["passed over", "nut/test/bent"],
    ["empty folder", "nut/test/bent"],
  ]);
});

Deno.test("scanClass() says what a folder without images holds instead", async () => {
  const root = await makeTree([
    "nut/train/good/1.heic",
    "nut/train/good/2.gif",
    "nut/test/good/1.png",
  ]);
  const { faults } = await scanClass(root, { className: "nut", normal: "good" });
  assert.deepEqual(faults.map(({ reason }) => reason), [
    '"nut/train/good" must hold images, got others (.gif 1, .heic 1)',
  ]);
});

Deno.test("judgeOthers() names what seems to be a class and is none", async () => {
  const root = await makeTree([
    "nut/train/good/1.png",
    "bolt/Train/good/1.png",
    "gear/good/1.png",
    "gear/bent/1.png",
    "notes/readme.txt",
    "empty/",
    "__MACOSX/nut/1.png",
    "1.png",
    "list.csv",
  ]);
  const found = await judgeOthers(root, { classes: ["nut"], normal: "good" });
  assert.deepEqual(found.faults.map(({ reason }) => reason), [
    '"bolt/Train" must be called "train" for "bolt" to be a class: rename it',
  ]);
  assert.deepEqual(found.remarks.map(({ reason }) => reason), [
    'the folder "gear" is not read: a class holds "train/good"; normal images of "gear/good" must ' +
    'lie in "gear/train/good"',
    '1 image beside the classes is not read, such as "1.png"',
  ]);
});

Deno.test("noClasses() says what to rename", async () => {
  const reasonOf = async (path: string) =>
    (await noClasses(await makeTree([path]), { normal: "good" })).reason;
  const must = 'it must hold classes, folders with "train/good" inside, got "nut", 0 files; ';
  assert.equal(
    await reasonOf("nut/Train/good/1.png"),
    `${must}"nut/Train" must be called "train" for "nut" to be a class: rename it`,
  );
  assert.equal(
    await reasonOf("nut/OK/1.png"),
    `${must}normal images of "nut/OK" must lie in "nut/train/good"`,
  );
});

Deno.test("pairMasks() takes letters with accents for the same however they are composed", () => {
  const { masks, unused } = pairMasks(["t/\u00e9.png"], ["g/e\u0301_mask.png"]);
  assert.deepEqual([masks, unused], [["g/e\u0301_mask.png"], []]);
});
