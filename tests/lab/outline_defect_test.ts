import assert from "node:assert/strict";
import { openDataset } from "@/datasets/registry.ts";
import { toPicture } from "@/images/picture.ts";
import { outlineDefect } from "@/lab/pictures.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
const source = {
  config: await tinyConfig(folder),
  dataset: await openDataset({ name: "Folder", datadir: folder }),
};
const picture = toPicture(new Uint8Array(3 * 96 * 96), 96);

Deno.test("outlineDefect() draws around the mask of an anomalous image alone", async () => {
  const [normal, anomalous] = [false, true].map((isAnomalous) =>
    source.dataset.samples.find((each) => each.isAnomalous === isAnomalous)!
  );
  assert.equal(await outlineDefect(source, { sample: normal!, picture }), picture);
  const { data } = await outlineDefect(source, { sample: anomalous!, picture });
  const painted = data.filter((value) => value > 0).length / 2;
  // A ring of two pixels inside a disc of radius 8: about 2 · 2π · 7 pixels.
  assert.ok(painted > 60 && painted < 140, `${painted} pixels`);
});

Deno.test("outlineDefect() refuses a picture of another size than the mask", async () => {
  const sample = source.dataset.samples.find(({ isAnomalous }) => isAnomalous)!;
  const small = toPicture(new Uint8Array(3), 1);
  await assert.rejects(outlineDefect(source, { sample, picture: small }), {
    name: "TypeError",
    message: "Cannot draw a mask: it must have 1 × 1 pixels like its picture, got 9216 values",
  });
});
