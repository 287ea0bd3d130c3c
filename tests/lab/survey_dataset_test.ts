import assert from "node:assert/strict";
import { join } from "node:path";
import { checkDataset, describeDataset } from "@/datasets/inspect.ts";
import { openDataset } from "@/datasets/registry.ts";
import { noProgress } from "@/files/progress.ts";
import { surveyDataset } from "@/lab/survey_dataset.ts";
import { loadConfig } from "@/load_config.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeBtadTree } from "../helpers/layouts.ts";

Deno.test("surveyDataset() finds what describing and checking find, faults of all kinds included", async () => {
  // BTAD's images are BMP files in part, and too few: a fault of its counts.
  const datadir = await makeBtadTree();
  const { folder, samples } = await openDataset({ name: "BTAD", datadir });
  await Deno.remove(join(folder, samples.find(({ mask }) => mask !== null)!.mask!));
  const config = await loadConfig(null, ["DATASET.name=BTAD", `DATASET.datadir=${datadir}`]);
  const survey = await surveyDataset(config);
  const request = { name: "BTAD", datadir };
  const { summary } = await describeDataset(request, { startProgress: noProgress });
  assert.deepEqual(survey.summary, summary);
  const { resize } = config.DATASET;
  const check = await checkDataset(request, { resize, startProgress: noProgress });
  assert.deepEqual(survey.check, check);
  const kinds = new Set(check.faults.map(({ kind }) => kind));
  assert.deepEqual([...kinds], ["missing mask", "counts", "small image"]);
  assert.equal(survey.config, config);
});

Deno.test("surveyDataset() takes the configured classes, one or several", async () => {
  const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  for (const classname of ["rings", "blobs,rings", "[blobs, rings]"]) {
    const config = await tinyConfig(folder, [`DATASET.classname=${classname}`]);
    const { dataset, files } = await surveyDataset(config);
    const expected = classname === "rings" ? ["rings"] : ["blobs", "rings"];
    assert.deepEqual(dataset.classes, expected, classname);
    // Three images and a mask per class.
    assert.equal(files.size, 4 * expected.length);
  }
});

Deno.test("surveyDataset() shows progress and refuses a dataset without images", async () => {
  const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  const labels: string[] = [];
  const startProgress = (label: string) => (labels.push(label), noProgress(label));
  await surveyDataset(await tinyConfig(folder), { startProgress });
  assert.deepEqual(labels, ["read images and masks"]);
  const missing = join(folder, "no-such-folder");
  await assert.rejects(surveyDataset(await tinyConfig(missing)), {
    message: `Cannot read dataset "${missing}": there must be such a folder, got none`,
  });
});
