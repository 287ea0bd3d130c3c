import assert from "node:assert/strict";
import { studyLayers } from "@/lab/study_layers.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset();
const config = await tinyConfig(folder, ["MODEL.sampler=random", "MODEL.sampler_ratio=0.25"]);
const fine = ["stride8"], deep = ["stride32"];

Deno.test("studyLayers() keeps equally many patch embeddings for every choice that has them", async () => {
  const stages: string[] = [];
  const startProgress = (label: string) => {
    stages.push(label);
    return { report: () => {}, finish: () => {} };
  };
  const [first, second, both] = await studyLayers(config, {
    choices: [fine, ["stride16"], ["stride8", "stride16"]],
    startProgress,
  });
  // 96 pixels: 12 × 12 and 6 × 6 positions. A quarter of 144 is 36: all of the second choice.
  assert.deepEqual([first!.grid.rows, second!.grid.rows, both!.grid.rows], [12, 6, 12]);
  assert.deepEqual([first!.kept, second!.kept, both!.kept], Array(3).fill(24 * 36));
  assert.deepEqual([first!.dimension, second!.dimension, both!.dimension], [32, 88, 120]);
  assert.equal(both!.choice, "stride8 + stride16");
  assert.deepEqual(both!.classes.map(({ className }) => className), ["blobs", "rings", "stripes"]);
  assert.ok(first!.classes.every(({ image, pixel }) => image! > 0.8 && pixel! > 0.8));
  assert.equal(first!.scored.scores.length, 24);
  assert.equal(stages.filter((label) => label === "fit 3 class banks").length, 3);
});

Deno.test("studyLayers() keeps as many rows as it is told", async () => {
  const [few] = await studyLayers(config, { choices: [fine], rowsPerImage: 2 });
  const [all] = await studyLayers(config, { choices: [deep], rowsPerImage: 1000 });
  assert.deepEqual([few!.kept, all!.kept], [24 * 2, 24 * 9]);
});

Deno.test("studyLayers() names a layer that the backbone does not have", async () => {
  await assert.rejects(studyLayers(config, { choices: [["layer2"]] }), /got "layer2"/);
});
