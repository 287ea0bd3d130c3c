import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openDataset } from "@/datasets/registry.ts";
import { openFeatureMaps } from "@/features/feature_maps.ts";
import { swapColors } from "@/images/alter.ts";
import { poolLayers } from "@/lab/study_layers.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { relativeError } from "../helpers/mod.ts";

const folder = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
const config = await tinyConfig(folder);
const dataset = await openDataset({ name: "Folder", datadir: folder });
const samples = dataset.samples.filter(({ split }) => split === "train");

Deno.test("poolLayers() gives the semantic vectors of the embedder, in the order of the samples", async () => {
  const workbench = await openWorkbench(config);
  const { semantics } = await workbench.embedTraining();
  await workbench.close();
  const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 96 });
  const pooled = await poolLayers({ config, dataset }, { maps, samples });
  await maps.close();
  // Six images in batches of four: the last batch is smaller.
  assert.deepEqual([...pooled].map(([layer, { rows, columns }]) => [layer, rows, columns]), [
    ["stride8", 6, 32],
    ["stride16", 6, 88],
    ["stride32", 6, 480],
  ]);
  assert.ok(relativeError(pooled.get("stride32")!.data, semantics.data) < 1e-5);
});

Deno.test("poolLayers() shows the network what the alteration makes of an image", async () => {
  const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 96, layers: ["stride8"] });
  const source = { config, dataset };
  const pool = async (alter?: (image: Uint8Array) => Uint8Array) =>
    (await poolLayers(source, { maps, samples, ...(alter && { alter }) })).get("stride8")!.data;
  const plain = await pool(), swapped = await pool(swapColors);
  const twice = await pool((image) => swapColors(swapColors(image)));
  await maps.close();
  assert.ok(relativeError(swapped, plain) > 0.01);
  assert.ok(relativeError(twice, plain) < 1e-6);
});
