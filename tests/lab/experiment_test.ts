import assert from "node:assert/strict";
import { join } from "node:path";
import { defaultConfig } from "@/config.ts";
import { runExperiment, scenarioOf } from "@/lab/experiment.ts";
import { loadModel } from "@/lab/model_store.ts";
import { loadConfig } from "@/load_config.ts";
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

Deno.test("runExperiment() trains on normal images alone, and says that nothing is measured", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 0, anomalous: 0 });
  const savedir = join(makeFolder(), "run");
  const overrides = [`DEFAULT.savedir=${savedir}`, "EVALUATION.bootstrap=100"];
  const notes: string[] = [];
  const { folder, result, isUntested } = await runExperiment(
    await tinyConfig(dataset, overrides),
    { notice: (line) => notes.push(line) },
  );
  assert.equal(isUntested, true);
  assert.match(notes.join("\n"), /class "blobs" should have test images, got none \(and 2 more/);
  assert.equal(result.grouping.routingAccuracy, null);
  assert.ok([...result.evaluation.decisions.thresholds.values()].every(({ value }) => value > 0));
  const readJson = async (name: string) => JSON.parse(await Deno.readTextFile(join(folder, name)));
  const { classes, macro } = await readJson("test_results.json");
  assert.deepEqual(Object.keys(classes), ["blobs", "rings", "stripes"]);
  assert.deepEqual([classes.rings.n_train, classes.rings.n_normal, classes.rings.n_anomalous], [
    ...[4, 0, 0],
  ]);
  assert.equal(classes.rings.image_auroc, null);
  assert.match(classes.rings.image_auroc_reason, /^Cannot compute AUROC/);
  assert.equal(macro.image_auroc, null);
  const { thresholds } = await readJson("test_binary_results.json");
  assert.ok(Object.keys(thresholds).length >= 1);
  assert.equal((await readJson("infer_time.json")).images_per_second, null);
  assert.match(
    await Deno.readTextFile(join(folder, "report.html")),
    /There are no test images: the model is trained, calibrated and saved/,
  );
  const model = await loadModel(join(folder, "model"));
  assert.ok(model.groups.length >= 1);
});

Deno.test("runExperiment() measures the classes that have test images, and names the others", async () => {
  const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  await Deno.remove(join(dataset, "rings/test"), { recursive: true });
  await Deno.remove(join(dataset, "rings/ground_truth"), { recursive: true });
  const notes: string[] = [];
  const { folder, result, isUntested } = await runExperiment(
    await tinyConfig(dataset, [`DEFAULT.savedir=${join(makeFolder(), "run")}`]),
    { notice: (line) => notes.push(line) },
  );
  assert.equal(isUntested, false);
  assert.deepEqual(notes, [
    'note: class "rings" should have test images, got none',
  ]);
  const { classes, macro, binary } = result.evaluation;
  assert.deepEqual(Object.keys(classes), ["blobs", "rings", "stripes"]);
  assert.equal(classes.rings!.image_auroc, null);
  assert.equal(binary.classes.rings!.fpr, null);
  assert.equal(
    macro.image_auroc,
    (classes.blobs!.image_auroc! + classes.stripes!.image_auroc!) / 2,
  );
  assert.match(
    await Deno.readTextFile(join(folder, "report.html")),
    /Nothing is measured on &quot;rings&quot;: there are no test images\./,
  );
});

Deno.test("runExperiment() deals images once for all seeds, and each seed's configuration says how", async () => {
  const dataset = await makeTinyDataset({ train: 5, normal: 0, anomalous: 2 });
  for (const name of ["blobs", "rings", "stripes"]) {
    await Deno.rename(join(dataset, name, "train/good"), join(dataset, name, "good"));
    await Deno.rename(join(dataset, name, "test/hole"), join(dataset, name, "hole"));
    for (const part of ["train", "test"]) {
      await Deno.remove(join(dataset, name, part), { recursive: true });
    }
  }
  const savedir = join(makeFolder(), "run");
  const { runs } = await runExperiment(
    await tinyConfig(dataset, [`DEFAULT.savedir=${savedir}`, "DEFAULT.seed=[1, 2]"]),
  );
  const imagesOf = async (folder: string): Promise<string[]> =>
    (await Deno.readTextFile(join(folder, "scores.csv"))).trim().split("\n").slice(1)
      .map((line) => line.split(",").slice(0, 3).join(",")).sort();
  const [first, second] = await Promise.all(runs.map(({ folder }) => imagesOf(folder)));
  assert.deepEqual(first, second);
  const own = await loadConfig(join(runs[1]!.folder, "config.yaml"), [
    `DEFAULT.savedir=${savedir}-alone`,
  ]);
  assert.deepEqual([own.DEFAULT.seed, own.DATASET.split_seed], [2, 1]);
  const alone = await runExperiment(own);
  assert.deepEqual(await imagesOf(alone.folder), second);
  const text = (folder: string) => Deno.readTextFile(join(folder, "test_results.json"));
  assert.equal(await text(alone.folder), await text(runs[1]!.folder));
});
