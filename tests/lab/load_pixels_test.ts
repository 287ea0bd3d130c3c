import assert from "node:assert/strict";
import { join } from "node:path";
import { openDataset } from "@/datasets/registry.ts";
import { loadImage } from "@/images/read.ts";
import { loadPixels } from "@/lab/pictures.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

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
