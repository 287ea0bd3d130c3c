import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openDataset } from "@/datasets/registry.ts";
import { openFeatureMaps } from "@/features/feature_maps.ts";
import { poolLayers, recognizeByLayer } from "@/lab/study_layers.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset({ train: 2, normal: 2, anomalous: 1 });
const dataset = await openDataset({ name: "Folder", datadir: folder });
const workbench = {
  config: await tinyConfig(folder),
  dataset,
  train: dataset.samples.filter(({ split }) => split === "train"),
  test: dataset.samples.filter(({ split }) => split === "test"),
};
const layers = ["stride8", "stride32"];
const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 96, layers });
const known = await poolLayers(workbench, { maps, samples: workbench.train });

Deno.test("recognizeByLayer() finds classes as different as these by every layer", async () => {
  assert.deepEqual(await recognizeByLayer(workbench, { maps, known }), { stride8: 1, stride32: 1 });
});

Deno.test("recognizeByLayer() shows the network what the alteration makes of an image", async () => {
  // Where every test image is black, all go to one class, which holds a third of them.
  const alter = (image: Uint8Array) => new Uint8Array(image.length);
  const rates = Object.values(await recognizeByLayer(workbench, { maps, known, alter }));
  assert.deepEqual(rates, [1 / 3, 1 / 3]);
});

Deno.test("recognizeByLayer() needs every layer of the training images", async () => {
  const some = new Map([...known].slice(0, 1));
  await assert.rejects(recognizeByLayer(workbench, { maps, known: some }), {
    name: "RangeError",
    message: 'Cannot recognise classes by layer: training images must be pooled for "stride32", ' +
      "too",
  });
  await maps.close();
});
