import assert from "node:assert/strict";
import { openDataset } from "@/datasets/registry.ts";
import { drawLayerMaps, featureColors } from "@/lab/layer_pictures.ts";
import { createRandom } from "@/math/random.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset({ train: 1, normal: 2, anomalous: 1 });
const dataset = await openDataset({ name: "Folder", datadir: folder });
const test = dataset.samples.filter(({ split }) => split === "test");
const workbench = { config: await tinyConfig(folder), dataset, test };
const scored = {
  groups: new Int32Array(test.length),
  similarities: new Float32Array(test.length),
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

const random = createRandom(12);
const map = {
  count: 2,
  channels: 4,
  height: 5,
  width: 3,
  data: Float32Array.from({ length: 2 * 4 * 15 }, () => random.gaussian()),
};

Deno.test("featureColors() gives one pixel per position", () => {
  const { pictures } = featureColors(map);
  assert.deepEqual(pictures.map(({ width, height }) => [width, height]), [[3, 5], [3, 5]]);
});

Deno.test("featureColors() lays the strongest component into red, from end to end", () => {
  // One channel varies, from 0 to 29; 1 % of 29 steps is less than one, so nothing is cut off.
  const data = new Float32Array(2 * 4 * 15);
  for (let position = 0; position < 30; position++) {
    const image = Math.floor(position / 15);
    data[(image * 4 + 1) * 15 + position % 15] = position;
  }
  const { pictures, explained } = featureColors({ ...map, data });
  assert.ok(Math.abs(explained - 1) < 1e-9);
  const red = pictures.flatMap((picture) => [...picture.data].filter((_, i) => i % 3 === 0));
  assert.deepEqual(red, Array.from({ length: 30 }, (_, i) => Math.round(255 * i / 29)));
});

Deno.test("featureColors() lets no single position set the scale", () => {
  // 100 positions from 0 to 99, and one at a million: 1 % of 100 steps are cut off at either end.
  const data = new Float32Array(3 * 101).map((_, i) => i < 101 ? i : 0);
  data[100] = 1e6;
  const shape = { count: 1, channels: 3, height: 1, width: 101 };
  const [picture] = featureColors({ ...shape, data }).pictures;
  const red = picture!.data.filter((_, i) => i % 3 === 0);
  assert.deepEqual([red[0], red[1], red[50], red[99], red[100]], [0, 0, 128, 255, 255]);
});

Deno.test("featureColors() colours equal features equally in different images", () => {
  const half = map.data.length / 2;
  const data = map.data.slice();
  data.copyWithin(half, 0, half);
  const [first, second] = featureColors({ ...map, data }).pictures;
  assert.deepEqual(first, second);
});

Deno.test("featureColors() needs three channels", () => {
  const data = new Float32Array(60);
  assert.throws(() => featureColors({ ...map, channels: 2, data }), {
    name: "RangeError",
    message: "Cannot colour features: at least three channels are needed, got 2",
  });
});
