import assert from "node:assert/strict";
import { join } from "node:path";
import { checkDataset, describeDataset } from "@/datasets/inspect.ts";
import { openDataset } from "@/datasets/registry.ts";
import { noProgress } from "@/files/progress.ts";
import { loadMask } from "@/images/read.ts";
import { measureDefects, surveyDataset } from "@/lab/survey_dataset.ts";
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

const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 2 });

Deno.test("measureDefects() counts the pixels that masks have when they are loaded for scoring", async () => {
  for (const overrides of [[], ["DATASET.resize=64", "DATASET.imagesize=48"]]) {
    const config = await tinyConfig(folder, overrides);
    const survey = await surveyDataset(config);
    const defects = await measureDefects(survey);
    const masked = survey.dataset.samples.filter(({ mask }) => mask !== null);
    assert.deepEqual(defects.map(({ image }) => image), masked.map(({ image }) => image));
    for (const [i, { mask }] of masked.entries()) {
      const loaded = await loadMask(join(folder, mask!), config.DATASET);
      assert.equal(defects[i]!.pixels, loaded.reduce((sum, value) => sum + value, 0));
      // The survey and this agree on the share of the whole image.
      assert.equal(defects[i]!.area, survey.files.get(mask!)!.mask!.area);
      assert.equal(defects[i]!.defect, "hole");
    }
  }
});

Deno.test("measureDefects() keeps a defect whole that nothing cuts, and leaves broken masks out", async () => {
  const damaged = await makeTinyDataset({ train: 1, normal: 1, anomalous: 2 });
  await Deno.writeTextFile(join(damaged, "rings/ground_truth/hole/0_mask.png"), "no image");
  const survey = await surveyDataset(await tinyConfig(damaged));
  const defects = await measureDefects(survey);
  assert.equal(defects.length, 5);
  assert.ok(defects.every(({ kept }) => kept === 1));
  assert.deepEqual(
    defects.filter(({ className }) => className === "rings").map(({ image }) => image),
    ["rings/test/hole/1.png"],
  );
});
