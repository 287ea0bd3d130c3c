import assert from "node:assert/strict";
import { drawExamples, drawGallery } from "@/lab/pictures.ts";
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
