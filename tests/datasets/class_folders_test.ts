import assert from "node:assert/strict";
import { join } from "node:path";
import {
  listClasses,
  listFolder,
  noClasses,
  pairMasks,
  scanClass,
  stemOf,
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

Deno.test("listFolder() sorts names, tells images by extension and hides what is hidden", async () => {
  const folder = makeFolder();
  for (const name of ["b.PNG", "a.jpeg", "c.bmp", "notes.txt", ".hidden.png"]) {
    await Deno.writeTextFile(join(folder, name), "");
  }
  await Deno.mkdir(join(folder, "train"));
  await Deno.mkdir(join(folder, ".ipynb_checkpoints"));
  assert.deepEqual(await listFolder(folder), {
    folders: ["train"],
    images: ["a.jpeg", "b.PNG", "c.bmp"],
    others: 1,
  });
});

Deno.test("listFolder() follows links, and names one that leads nowhere", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "real"));
  await Deno.symlink(join(folder, "real"), join(folder, "linked"));
  assert.deepEqual((await listFolder(folder)).folders, ["linked", "real"]);
  await Deno.symlink(join(folder, "gone"), join(folder, "broken"));
  await assert.rejects(listFolder(folder), {
    message: `Cannot list "${
      join(folder, "broken")
    }": the link must lead to a file or folder, got nowhere`,
  });
});

Deno.test("listFolder() refuses a file", async () => {
  const path = join(makeFolder(), "file.txt");
  await Deno.writeTextFile(path, "");
  await assert.rejects(listFolder(path), {
    message: `Cannot list "${path}": it must be a folder, got a file`,
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

Deno.test("stemOf() leaves folder and extension out", () => {
  assert.deepEqual(["a/b.c/d.e.png", "d", "a/.png"].map(stemOf), ["d.e", "d", ""]);
});
