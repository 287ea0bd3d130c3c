import assert from "node:assert/strict";
import { join } from "node:path";
import { loadMask } from "@/images/read.ts";
import { measureDefects, surveyDataset } from "@/lab/survey_dataset.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

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
