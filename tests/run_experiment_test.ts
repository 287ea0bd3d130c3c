import assert from "node:assert/strict";
import { defaultConfig } from "@/config.ts";
import { runExperiment, scenarioOf } from "@/io/run_experiment.ts";
import { makeTinyDataset, tinyConfig } from "./helpers_dataset.ts";
import { makeFolder } from "./helpers_folder.ts";

Deno.test("scenarioOf() lets evaluation know what training knows unless told otherwise", () => {
  const number = (training: boolean, evaluation: boolean | null) =>
    scenarioOf({
      ...defaultConfig,
      MODEL: { ...defaultConfig.MODEL, known_class: training },
      EVALUATION: { ...defaultConfig.EVALUATION, known_class: evaluation },
    }).number;
  assert.deepEqual([number(true, null), number(false, null)], [1, 4]);
  assert.deepEqual([number(true, false), number(false, true)], [2, 3]);
});

Deno.test("runExperiment() runs every scenario of both methods, each into its own folder", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  const savedir = makeFolder();
  const folders = new Set<string>();
  for (const model of ["PatchCore", "HierarchicalPatchCore"]) {
    for (const known of [[true, true], [true, false], [false, true], [false, false]]) {
      const config = await tinyConfig(dataset, [
        `DEFAULT.savedir=${savedir}`,
        `MODEL.name=${model}`,
        `MODEL.known_class=${known[0]}`,
        `EVALUATION.known_class=${known[1]}`,
        "MODEL.sampler=random",
      ]);
      const { folder, result, seconds } = await runExperiment(config);
      folders.add(folder);
      assert.equal(result.condition.scenario, scenarioOf(config));
      assert.ok(result.evaluation.macro.image_auroc! > 0.9 && seconds > 0);
    }
  }
  assert.equal(folders.size, 8);
});
