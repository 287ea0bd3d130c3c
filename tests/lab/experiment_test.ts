import assert from "node:assert/strict";
import { join } from "node:path";
import { defaultConfig } from "@/config.ts";
import { runExperiment, scenarioOf } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

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
  const savedir = join(makeFolder(), "results");
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

Deno.test("runExperiment() refuses at once where no result can be written", async () => {
  const savedir = join(makeFolder(), "results");
  await Deno.writeTextFile(savedir, "a file");
  const stages: string[] = [];
  const startProgress = (label: string) => {
    stages.push(label);
    return { report: () => {}, finish: () => {} };
  };
  const dataset = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
  const config = await tinyConfig(dataset, [`DEFAULT.savedir=${savedir}`]);
  await assert.rejects(
    runExperiment(config, { startProgress }),
    /^Error: Cannot write results to /,
  );
  assert.deepEqual(stages, []);
});

Deno.test("runExperiment() says null and why of a class without anomalous test images", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  for (const part of ["test/hole", "ground_truth"]) {
    await Deno.remove(join(dataset, "rings", part), { recursive: true });
  }
  const { folder, result } = await runExperiment(
    await tinyConfig(dataset, [`DEFAULT.savedir=${makeFolder()}`]),
  );
  const { classes, macro } = JSON.parse(
    await Deno.readTextFile(join(folder, "test_results.json")),
  );
  assert.equal(classes.rings.n_anomalous, 0);
  assert.equal(classes.rings.image_auroc, null);
  assert.equal(
    classes.rings.image_auroc_reason,
    "Cannot compute AUROC: normal and anomalous scores are both needed, got 2 normal and 0 anomalous",
  );
  // The mean is over the classes that have the metric.
  const others = [classes.blobs.pixel_auroc, classes.stripes.pixel_auroc];
  assert.ok(Math.abs(macro.pixel_auroc - (others[0] + others[1]) / 2) < 1e-12);
  assert.equal(result.evaluation.binary.classes.rings!.recall, null);
  assert.equal(typeof result.evaluation.binary.classes.rings!.fpr, "number");
});

Deno.test("runExperiment() runs on a single class, and on a single training image", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  const groups = async (): Promise<number[]> => {
    const counts: number[] = [];
    for (const model of ["PatchCore", "HierarchicalPatchCore"]) {
      const { result } = await runExperiment(
        await tinyConfig(dataset, [
          `DEFAULT.savedir=${makeFolder()}`,
          `MODEL.name=${model}`,
          "DATASET.classname=rings",
        ]),
      );
      assert.deepEqual(Object.keys(result.evaluation.classes), ["rings"]);
      assert.equal(result.grouping.routingAccuracy, 1);
      counts.push(result.memory.groups.names.length);
    }
    return counts;
  };
  assert.deepEqual(await groups(), [1, 1]);
  for (const i of [1, 2, 3]) await Deno.remove(join(dataset, `rings/train/good/${i}.png`));
  assert.deepEqual(await groups(), [1, 1]);
});

Deno.test("runExperiment() writes every seed below the folder of their means", async () => {
  const savedir = join(makeFolder(), "run");
  const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 }), [
    `DEFAULT.savedir=${savedir}`,
    "DEFAULT.seed=[5, 6]",
    "MODEL.sampler=random",
  ]);
  const { runs, seedsFolder } = await runExperiment(config);
  assert.equal(seedsFolder, savedir);
  assert.deepEqual(
    runs.map(({ folder }) => folder),
    [5, 6].map((seed) => `${savedir}/seed-${seed}`),
  );
  assert.deepEqual([...Deno.readDirSync(savedir)].map(({ name }) => name).sort(), [
    ...[".hiercore.json", "config.yaml", "seed-5", "seed-6", "seed_summary.json"],
  ]);
  const summary = JSON.parse(await Deno.readTextFile(join(seedsFolder!, "seed_summary.json")));
  assert.deepEqual(summary.seeds, [5, 6]);
  assert.deepEqual(summary.runs, runs.map(({ folder }) => folder));
  const values = [];
  for (const { folder } of runs) {
    const { pooled } = JSON.parse(await Deno.readTextFile(join(folder, "test_results.json")));
    values.push(pooled.image_auroc);
  }
  assert.ok(Math.abs(summary.mean.pooled.image_auroc - (values[0] + values[1]) / 2) < 1e-12);
  assert.equal(typeof summary.std.pooled.image_auroc, "number");
});
