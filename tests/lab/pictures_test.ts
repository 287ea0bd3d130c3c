import assert from "node:assert/strict";
import { join } from "node:path";
import { openDataset } from "@/datasets/registry.ts";
import { loadImage } from "@/images/read.ts";
import { drawExamples, drawGallery, loadPixels } from "@/lab/pictures.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const workbench = await openWorkbench(
  await tinyConfig(await makeTinyDataset({ train: 1, normal: 2, anomalous: 2 })),
);
await workbench.close();
const count = workbench.test.length;
const scored = {
  scores: Float32Array.from({ length: count }, (_, image) => image + 1),
  patchScores: { rows: count, columns: 4, data: new Float32Array(4 * count).fill(2) },
};
const grid = { rows: 2, columns: 2 };

Deno.test("drawGallery() shows the highest scores, class by class in turn", async () => {
  const { pictures, legend } = await drawGallery(workbench, { scored, grid, count: 4 });
  // Per class two normal and two anomalous images, scored in that order.
  assert.deepEqual(pictures.map(({ caption }) => caption), [
    "blobs: hole\nscore 4",
    "rings: hole\nscore 8",
    "stripes: hole\nscore 12",
    "blobs: normal\nscore 2",
  ]);
  assert.equal(legend?.low, 0);
  assert.ok(Math.abs(legend!.high - 2) < 1e-6);
});

Deno.test("drawGallery() shows all there is when asked for more", async () => {
  const { pictures } = await drawGallery(workbench, { scored, grid, count: 100 });
  assert.equal(pictures.length, count);
});

Deno.test("drawExamples() shows a normal and an anomalous image of each class", async () => {
  const { pictures, columns } = await drawExamples(workbench);
  assert.deepEqual(pictures.map(({ caption }) => caption), [
    "blobs\nnormal",
    "rings\nnormal",
    "stripes\nnormal",
    "blobs\nhole",
    "rings\nhole",
    "stripes\nhole",
  ]);
  assert.equal(columns, 3);
  assert.ok(pictures.every(({ picture }) => picture.width === 96 && picture.height === 96));
});

const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
const config = await tinyConfig(folder, ["DATASET.imagesize=64"]);
const dataset = await openDataset({ name: "Folder", datadir: folder });

Deno.test("loadPixels() reads images in order, cropped as the configuration says", async () => {
  const samples = dataset.samples.slice(0, 3).toReversed();
  const images = await loadPixels({ config, dataset }, samples);
  assert.deepEqual(images.map(({ length }) => length), Array(3).fill(3 * 64 * 64));
  const path = join(folder, samples[0]!.image);
  assert.deepEqual(images[0], await loadImage(path, { resize: 96, imagesize: 64 }));
});

Deno.test("loadPixels() names an image that is not there", async () => {
  const missing = { ...dataset.samples[0]!, image: "blobs/train/good/none.png" };
  await assert.rejects(loadPixels({ config, dataset }, [missing]), /none\.png": no such file/);
});
