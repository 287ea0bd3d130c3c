import assert from "node:assert/strict";
import { openDataset } from "@/datasets/registry.ts";
import { drawLayerMaps } from "@/lab/layer_pictures.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset({ train: 1, normal: 2, anomalous: 1 });
const dataset = await openDataset({ name: "Folder", datadir: folder });
const test = dataset.samples.filter(({ split }) => split === "test");
const workbench = { config: await tinyConfig(folder), dataset, test };
const scored = {
  groups: new Int32Array(test.length),
  scores: Float32Array.from(test, (_, image) => image % 3 === 1 ? 9 : image),
  patchScores: { rows: test.length, columns: 4, data: new Float32Array(4 * test.length).fill(2) },
} as const;
const choices = [{ choice: "layer2", grid: { rows: 2, columns: 2 }, scored }];

Deno.test("drawLayerMaps() says how an image ranks among the normal ones of its class", async () => {
  // Per class two normal images and one anomalous, in that order; of the first class, scores 0, 9, 2.
  const samples = test.slice(0, 3);
  const { pictures, columns } = await drawLayerMaps(workbench, { choices, samples });
  assert.equal(columns, 2);
  assert.deepEqual(pictures.map(({ caption }) => caption), [
    "blobs\nnormal",
    "layer2\nabove 0 of 1 normal",
    "blobs\nnormal",
    "layer2\nabove 1 of 1 normal",
    "blobs\nhole",
    "layer2\nabove 1 of 2 normal",
  ]);
  assert.ok(pictures.every(({ picture }) => picture.width === 96));
});

Deno.test("drawLayerMaps() refuses an image that was not scored", async () => {
  const samples = dataset.samples.filter(({ split }) => split === "train").slice(0, 1);
  await assert.rejects(drawLayerMaps(workbench, { choices, samples }), {
    name: "RangeError",
    message: 'Cannot draw maps: images must be among the test images, got "blobs/train/good/0.png"',
  });
});
