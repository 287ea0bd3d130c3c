import assert from "node:assert/strict";
import { join } from "node:path";
import { openDataset } from "@/datasets/registry.ts";
import { loadImage } from "@/images/read.ts";
import { drawExamples, drawPatches, loadPixels } from "@/lab/pictures.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const workbench = await openWorkbench(
  await tinyConfig(await makeTinyDataset({ train: 1, normal: 2, anomalous: 2 })),
);
await workbench.close();
const grid = { rows: 2, columns: 2 };

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

Deno.test("drawExamples() keeps a class in its column, eight classes to a row", async () => {
  // Ten classes of the same photographs, the second without an anomalous one.
  const named = (className: string, isAnomalous: boolean) => ({
    ...workbench.test.find((sample) => sample.isAnomalous === isAnomalous)!,
    className,
  });
  const classes = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  const test = classes.flatMap((name) =>
    name === "b" ? [named(name, false)] : [named(name, false), named(name, true)]
  );
  const dataset = { ...workbench.dataset, classes };
  const { pictures, columns } = await drawExamples({ ...workbench, test, dataset });
  const first = pictures.map(({ caption }) => caption!.replace("\n", " "));
  assert.equal(columns, 8);
  assert.deepEqual([first[1], first[8 + 1], first[8 + 2]], [
    "b normal",
    "b no such image",
    "c hole",
  ]);
  assert.deepEqual([first[16], first[17], first[18], first[24], first[25]], [
    ...["i normal", "j normal", "", "i hole", "j hole"],
  ]);
});

Deno.test("drawPatches() marks the square around a patch and enlarges it", async () => {
  const [sample] = workbench.test;
  const options = { patches: [{ sample: sample!, patch: 0, caption: "corner" }], grid };
  const { pictures } = await drawPatches(workbench, {
    ...options,
    grid: { rows: 12, columns: 12 },
  });
  // 96 pixels over 12 positions: a square of 40 pixels, held within the image, enlarged twice.
  const [whole, part] = pictures;
  assert.deepEqual([whole!.caption, part!.caption], ["corner", "patch 0"]);
  assert.deepEqual([whole!.picture.width, part!.picture.width], [96, 80]);
  const [pixels] = await loadPixels(workbench, [sample!]);
  const at = (
    x: number,
    y: number,
  ): number[] => [...pixels!.slice(3 * (y * 96 + x), 3 * (y * 96 + x + 1))];
  assert.deepEqual([...part!.picture.data.slice(0, 6)], [...at(0, 0), ...at(0, 0)]);
  assert.deepEqual([...part!.picture.data.slice(-3)], at(39, 39));
  assert.notDeepEqual([...whole!.picture.data.slice(-3)], at(95, 95), "veiled outside");
  await assert.rejects(drawPatches(workbench, { ...options, grid: { rows: 0, columns: 12 } }), {
    name: "RangeError",
    message: "Cannot draw a patch: its number must be an integer from 0 to -1, got 0",
  });
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
