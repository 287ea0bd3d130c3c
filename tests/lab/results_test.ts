import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { createClusterer } from "@/clustering/clusterers.ts";
import { finchClusterer } from "@/clustering/finch.ts";
import { groupTraining, type TrainingGroups } from "@/clustering/grouping.ts";
import { auroc } from "@/evaluation/ranking.ts";
import { runExperiment, scenarioOf } from "@/lab/experiment.ts";
import { loadModel } from "@/lab/model_store.ts";
import { clusteringRecord, runFolder, writeRun } from "@/lab/results.ts";
import { runConditions } from "@/lab/run_conditions.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { loadConfig } from "@/load_config.ts";
import { createDetector } from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

const folder = await makeTinyDataset();
const readJson = async (...path: string[]) => JSON.parse(await Deno.readTextFile(join(...path)));

async function readScores(run: string): Promise<Record<string, string>[]> {
  const [heading, ...lines] = (await Deno.readTextFile(join(run, "scores.csv"))).trim().split("\n");
  const names = heading!.split(",");
  return lines.map((line) =>
    Object.fromEntries(line.split(",").map((value, i) => [names[i]!, value]))
  );
}

Deno.test("writeRun() writes every file, and each agrees with the others", async () => {
  const config = await tinyConfig(folder, [`DEFAULT.savedir=${makeFolder()}`]);
  const run = (await runExperiment(config)).folder;
  assert.equal(run, runFolder({ config }));
  assert.deepEqual([...Deno.readDirSync(run)].map(({ name }) => name).sort(), [
    ".hiercore.json",
    "config.yaml",
    "environment.json",
    "eval_args.json",
    "infer_time.json",
    "model",
    "report.html",
    "scores.csv",
    "test_binary_results.json",
    "test_results.json",
    "thresholds.json",
  ]);
  const results = await readJson(run, "test_results.json");
  assert.equal(results.schema, 1);
  assert.equal(results.scenario, 4);
  assert.equal(results.clustering.clusters, 3);
  assert.equal(results.clustering.method, "finch");
  // 24 images of 12 × 12 patches, a tenth of each cluster's 1,152.
  assert.deepEqual(results.memory, { groups: 3, embeddings: 345, dimension: 120, bytes: 165600 });
  const scores = await readScores(run);
  const test = scores.filter(({ split }) => split === "test");
  for (const className of ["blobs", "rings", "stripes"]) {
    const some = test.filter((row) => row.class === className);
    const value = auroc(
      some.map(({ score }) => Number(score)),
      some.map(({ label }) => label === "1"),
    );
    assertClose(results.classes[className].image_auroc, value, 1e-12);
  }
  const binary = await readJson(run, "test_binary_results.json");
  assert.deepEqual(binary.rule, { name: "max", scope: "group" });
  const hits = test.filter(({ label, decision }) => label === "1" && decision === "1").length;
  assert.equal(binary.pooled.tp, hits);
  for (const { score, threshold, decision, group } of test) {
    assert.equal(Number(threshold), binary.thresholds[group!].value);
    assert.equal(decision, Number(score) >= Number(threshold) ? "1" : "0");
  }
  assert.equal(scores.filter(({ split }) => split === "train").length, 24);
  assert.deepEqual(Object.keys((await readJson(run, "infer_time.json")).stages), [
    "decode",
    "embed",
    "route",
    "search",
    "map",
  ]);
  assert.equal((await readJson(run, "environment.json")).seed, 0);
});

const metrics = [
  ...["image_auroc", "image_ap", "image_f1_max"],
  ...["pixel_auroc", "pixel_ap", "pixel_f1_max", "aupro"],
];
const rates = ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "fpr"];

Deno.test("writeRun() writes the keys that readers rely on", async () => {
  const savedir = makeFolder();
  const config = await tinyConfig(folder, [`DEFAULT.savedir=${savedir}`]);
  const run = (await runExperiment(config)).folder;
  const keysOf = (content: object): string[] => Object.keys(content);
  const results = await readJson(run, "test_results.json");
  assert.deepEqual(keysOf(results), [
    ...["schema", "dataset", "model", "scenario", "run", "classes", "macro", "pooled"],
    ...["disparity", "clustering", "memory", "refusal", "odd_training_images", "fpr_limit"],
  ]);
  const counts = ["n_train", "n_normal", "n_anomalous"];
  assert.deepEqual(keysOf(results.classes.rings), [...counts, ...metrics]);
  assert.deepEqual(keysOf(results.macro), metrics);
  assert.deepEqual(keysOf(results.pooled), [
    ...metrics.slice(0, 3),
    ...["aligned_image_auroc", "aligned_image_ap", "quantile95_image_auroc", "z_image_auroc"],
  ]);
  assert.deepEqual(keysOf(results.disparity), metrics);
  assert.deepEqual(keysOf(results.disparity.aupro), ["std", "range", "min"]);
  assert.deepEqual(keysOf(results.clustering), [
    ...["method", "clusters", "partitions", "silhouettes", "reasons", "chosen", "rule", "rules"],
    ...["silhouette", "nmi", "ari", "purity", "routing_accuracy"],
  ]);
  const binary = await readJson(run, "test_binary_results.json");
  assert.deepEqual(keysOf(binary), [
    ...["schema", "rule", "thresholds", "promises", "classes", "macro", "pooled"],
  ]);
  // Under the names that scores.csv gives them.
  assert.deepEqual(keysOf(binary.thresholds), ["cluster 0", "cluster 1", "cluster 2"]);
  const groups = new Set((await readScores(run)).map(({ group }) => group));
  assert.deepEqual([...groups].sort(), keysOf(binary.thresholds));
  assert.deepEqual(keysOf(binary.classes.rings), ["tp", "fp", "tn", "fn", ...rates]);
  assert.deepEqual(keysOf(binary.macro), rates);
  assert.deepEqual(keysOf((await readJson(run, "infer_time.json")).stages.search), [
    ...["count", "mean", "p50", "p95"],
  ]);
  const evaluation = await readJson(run, "eval_args.json");
  assert.equal(evaluation.scenario, 4);
  assert.deepEqual(evaluation.rule, { name: "max" });
  assert.deepEqual(keysOf((await readScores(run))[0]!), [
    ...["image", "class", "split", "label", "group", "score", "threshold", "decision"],
    ...["similarity", "refused"],
  ]);
  // The configuration that is written is the one that was used, ready to be used again.
  assert.deepEqual(await loadConfig(join(run, "config.yaml")), config);
});

Deno.test("runFolder() is the folder that is given, or one of many among results", async () => {
  const parent = makeFolder();
  const folderOf = async (savedir: string, ...overrides: string[]): Promise<string> =>
    runFolder({ config: await tinyConfig(folder, [`DEFAULT.savedir=${savedir}`, ...overrides]) });
  assert.equal(await folderOf(join(parent, "mine")), join(parent, "mine"));
  const many = `DATASET.classname=[${Array.from({ length: 40 }, (_, i) => `class${i}`).join()}]`;
  const long = (await folderOf(join(parent, "results"), many)).split(/[\\/]/);
  assert.deepEqual(long.slice(-4, -1), ["results", basename(folder), "HierarchicalPatchCore"]);
  assert.equal(long.at(-1)!.length, 60);
  assert.match(long.at(-1)!, /^greedy0\.1-stride32-classname=class0\+.*~[0-9a-f]{8}$/);
  // Only the end differs: without the hash both would be cut to the same name.
  assert.notEqual(
    await folderOf("results", many, "EVALUATION.folds=3"),
    await folderOf("results", many, "EVALUATION.folds=4"),
  );
});

Deno.test("runExperiment() asks before it replaces another run, and keeps what others put there", async () => {
  const savedir = join(makeFolder(), "run");
  const small = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
  const run = async (options: { overwrite?: boolean }, ...overrides: string[]) =>
    await runExperiment(
      await tinyConfig(small, [
        ...[`DEFAULT.savedir=${savedir}`, "MODEL.sampler=random"],
        ...["EVALUATION.folds=2", ...overrides],
      ]),
      options,
    );
  await run({});
  await Deno.writeTextFile(join(savedir, "notes.txt"), "mine");
  await run({}, "RUNTIME.threads=1");
  for (const change of ["DEFAULT.seed=1", "EVALUATION.alpha=0.1", "DATASET.classname=rings"]) {
    await assert.rejects(run({}, change), {
      message: `Cannot write results to "${savedir}": the folder must be new, empty or of the ` +
        "same run, got a run of other data or settings; --overwrite replaces that, or choose " +
        "another folder",
    });
  }
  assert.equal((await readJson(savedir, "environment.json")).seed, 0);
  await run({ overwrite: true }, "DEFAULT.seed=1");
  assert.equal((await readJson(savedir, "environment.json")).seed, 1);
  assert.equal(await Deno.readTextFile(join(savedir, "notes.txt")), "mine");
});

Deno.test("writeRun() saves a model that gives the same scores again", async () => {
  const config = await tinyConfig(folder, [`DEFAULT.savedir=${makeFolder()}`]);
  const run = (await runExperiment(config)).folder;
  const { groups } = await loadModel(join(run, "model"));
  const detector = createDetector({
    groups: groups.map((group) => ({ ...group, embeddings: residentRows(group.embeddings) })),
    search: plainSearch,
    calibration: [],
  });
  const workbench = await openWorkbench(config);
  const again: number[] = [];
  for await (const images of workbench.embedTest()) {
    again.push(...(await detector.score(images, detector.route(images.semantics))).scores);
  }
  await workbench.close();
  const scores = (await readScores(run)).filter(({ split }) => split === "test");
  scores.forEach(({ score }, i) => assertClose(again[i]!, Number(score), 1e-4));
});

Deno.test("writeRun() writes the same numbers for the same seed, and others for another", async () => {
  const files = async (seed: number): Promise<string[]> => {
    const config = await tinyConfig(folder, [
      `DEFAULT.savedir=${makeFolder()}`,
      `DEFAULT.seed=${seed}`,
      "RUNTIME.threads=1",
    ]);
    const run = (await runExperiment(config)).folder;
    return await Promise.all(
      ["test_results.json", "scores.csv"].map((name) => Deno.readTextFile(join(run, name))),
    );
  };
  assert.deepEqual(await files(1), await files(1));
  assert.notEqual((await files(1))[1], (await files(2))[1]);
});

Deno.test("runExperiment() keeps other embeddings for another seed", async () => {
  const kept = async (seed: number): Promise<Float32Array[]> => {
    const config = await tinyConfig(folder, [
      `DEFAULT.savedir=${makeFolder()}`,
      `DEFAULT.seed=${seed}`,
      "MODEL.name=PatchCore",
      "MODEL.sampler=random",
    ]);
    const { groups } = await loadModel(join((await runExperiment(config)).folder, "model"));
    return groups.map(({ embeddings }) => embeddings.data);
  };
  assert.deepEqual(await kept(1), await kept(1));
  assert.notDeepEqual(await kept(1), await kept(2));
});

Deno.test("writeRun() says null and why where a threshold is infinite", async () => {
  const config = await tinyConfig(folder, [
    `DEFAULT.savedir=${makeFolder()}`,
    "EVALUATION.threshold_rule=conformal",
  ]);
  const run = (await runExperiment(config)).folder;
  const { thresholds, pooled } = await readJson(run, "test_binary_results.json");
  assert.deepEqual(thresholds["cluster 0"], {
    value: null,
    count: 8,
    reason: "conformal thresholds at alpha 0.05 need at least 19 calibration scores, got 8",
  });
  assert.equal(pooled.tp, 0);
  assert.ok(
    (await readScores(run)).filter(({ split }) => split === "test")
      .every(({ threshold }) => threshold === "Infinity"),
  );
});

Deno.test("runExperiment() leaves an earlier result alone when it fails", async () => {
  const savedir = join(makeFolder(), "results");
  const broken = await makeTinyDataset({ train: 3, normal: 1, anomalous: 1 });
  const config = await tinyConfig(broken, [`DEFAULT.savedir=${savedir}`]);
  const run = (await runExperiment(config)).folder;
  const before = await Deno.readTextFile(join(run, "scores.csv"));
  await Deno.writeTextFile(join(broken, "rings/test/good/0.png"), "not a picture");
  await assert.rejects(runExperiment(config), /rings.test.good.0\.png/);
  assert.equal(await Deno.readTextFile(join(run, "scores.csv")), before);
  const left = [...Deno.readDirSync(join(run, ".."))].map(({ name }) => name);
  assert.equal(left.length, 1, left.join());
});

Deno.test("runExperiment() writes nothing at all when it fails for the first time", async () => {
  const broken = await makeTinyDataset({ train: 3, normal: 1, anomalous: 1 });
  await Deno.writeTextFile(join(broken, "rings/ground_truth/hole/0_mask.png"), "not a picture");
  const savedir = makeFolder();
  const config = await tinyConfig(broken, [`DEFAULT.savedir=${savedir}`]);
  await assert.rejects(runExperiment(config), /rings.ground_truth.hole.0_mask\.png/);
  assert.deepEqual([...Deno.readDirSync(savedir)], []);
});

Deno.test("writeRun() leaves an earlier result alone when it fails half-way", async () => {
  const savedir = join(makeFolder(), "results");
  const config = await tinyConfig(await makeTinyDataset({ train: 3, normal: 1, anomalous: 1 }), [
    `DEFAULT.savedir=${savedir}`,
  ]);
  const workbench = await openWorkbench(config);
  const condition = { model: config.MODEL.name, scenario: scenarioOf(config) };
  const all = await runConditions(workbench, [condition]);
  const run = { workbench, result: all.results[0]!, all, seconds: 1 };
  const written = await writeRun(run);
  const before = await Deno.readTextFile(join(written, "scores.csv"));
  // No JSON holds this number, which is written when the metrics have been.
  const seconds = 1n as unknown as number;
  await assert.rejects(writeRun({ ...run, seconds }), /BigInt/);
  assert.equal(await Deno.readTextFile(join(written, "scores.csv")), before);
  const left = [...Deno.readDirSync(join(written, ".."))].map(({ name }) => name);
  assert.equal(left.length, 1, left.join());
  // Photographs that have vanished cost the report its pictures, and nothing else.
  const dataset = { ...workbench.dataset, folder: "nowhere" };
  const lines: string[] = [];
  const notice = (line: string) => void lines.push(line);
  const again = await writeRun({ ...run, workbench: { ...workbench, dataset, notice } });
  assert.equal(await Deno.readTextFile(join(again, "scores.csv")), before);
  assert.match(lines.join("\n"), /^note: The report cannot be put together: .*nowhere[^\n]*$/);
  await all.close();
  await workbench.close();
});

Deno.test("writeRun() quotes names that could break a table", async () => {
  const odd = await makeTinyDataset({ train: 3, normal: 1, anomalous: 1 });
  await Deno.rename(join(odd, "blobs"), join(odd, `a "<b>", &c`));
  const config = await tinyConfig(odd, [
    `DEFAULT.savedir=${makeFolder()}`,
    "MODEL.known_class=true",
  ]);
  const run = (await runExperiment(config)).folder;
  const [, first] = (await Deno.readTextFile(join(run, "scores.csv"))).split("\n");
  const quoted = `"a ""<b>"", &c`;
  assert.ok(
    first!.startsWith(`${quoted}/test/good/0.png",${quoted}",test,0,${quoted}",`),
    first!,
  );
  const html = await Deno.readTextFile(join(run, "report.html"));
  assert.ok(!html.includes("<b>"));
  assert.match(html, /<td [^>]*>a &quot;&lt;b&gt;&quot;, &amp;c<\/td>/);
});

Deno.test("runExperiment() reports a class without masks, and one image of a class", async () => {
  const odd = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
  await Deno.remove(join(odd, "rings/ground_truth"), { recursive: true });
  for (const number of [1, 2, 3]) await Deno.remove(join(odd, `blobs/train/good/${number}.png`));
  const config = await tinyConfig(odd, [
    `DEFAULT.savedir=${makeFolder()}`,
    "MODEL.known_class=true",
  ]);
  const run = (await runExperiment(config)).folder;
  const { classes, scenario } = await readJson(run, "test_results.json");
  assert.equal(scenario, 1);
  assert.equal(classes.rings.pixel_auroc, null);
  assert.equal(
    classes.rings.pixel_auroc_reason,
    "Cannot compute pixel metrics: there are no masks",
  );
  assert.equal(typeof classes.stripes.pixel_auroc, "number");
  const { thresholds } = await readJson(run, "test_binary_results.json");
  assert.deepEqual(thresholds.blobs, { value: null, count: 0, reason: "no calibration score" });
});

const report = { silhouette: 0.5, nmi: 0.1, ari: 0.2, purity: 0.3, routingAccuracy: 0.4 };
const rest = { silhouette: 0.5, nmi: 0.1, ari: 0.2, purity: 0.3, routing_accuracy: 0.4 };
const golden = loadGolden("finch_twelve");
const semantics = golden.matrix("features");
const classNames = Array.from({ length: semantics.rows }, (_, i) => i % 2 === 0 ? "nut" : "bolt");
const finch = { method: "finch", report, classNames };

Deno.test("clusteringRecord() keeps the whole table of silhouettes with its reasons", () => {
  const groups = groupTraining({
    ...{ grouping: "cluster", semantics, clusterer: finchClusterer, minGroup: 1 },
  });
  const { silhouettes, rules, ...others } = clusteringRecord(groups, finch);
  assert.deepEqual(others, {
    method: "finch",
    clusters: 12,
    partitions: [23, 12],
    reasons: ["the finest partition, and a coarser one competes", null],
    chosen: 1,
    rule: "silhouette",
    ...rest,
  });
  assert.deepEqual(rules?.silhouette.clusters, 12);
  silhouettes?.forEach((value, i) => assertClose(value!, golden.meta.silhouetteCosine[i], 2e-5));
  assert.equal(silhouettes?.length, 2);
});

Deno.test("clusteringRecord() says null and why where a partition has no silhouette", () => {
  const clusterer = createClusterer("kmeans", { clusters: 1 });
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer });
  assert.deepEqual(clusteringRecord(groups, { ...finch, method: "kmeans" }), {
    method: "kmeans",
    clusters: 1,
    partitions: [1],
    silhouettes: [null],
    reasons: ["one cluster has no silhouette"],
    chosen: 0,
    ...rest,
  });
});

Deno.test("clusteringRecord() says null where everything became one cluster", () => {
  const source = { grouping: "cluster", semantics, clusterer: finchClusterer } as const;
  const groups = groupTraining({ ...source, minSilhouette: 0.9 });
  const { clusters, chosen, reasons } = clusteringRecord(groups, finch);
  assert.deepEqual([clusters, chosen, reasons?.at(-1)], [1, null, "silhouette below 0.9"]);
});

Deno.test("clusteringRecord() names the grouping and has no table without clustering", () => {
  const record = (groups: TrainingGroups) => clusteringRecord(groups, finch);
  assert.deepEqual(record(groupTraining({ grouping: "class", classNames: ["nut", "bolt"] })), {
    method: "class",
    clusters: 2,
    ...rest,
  });
  assert.deepEqual(record(groupTraining({ grouping: "all", count: 3 })), {
    method: "all",
    clusters: 1,
    ...rest,
  });
});

Deno.test("clusteringRecord() orders its keys as readers see them", () => {
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer: finchClusterer });
  assert.deepEqual(Object.keys(clusteringRecord(groups, finch)), [
    ...["method", "clusters", "partitions", "silhouettes", "reasons", "chosen", "rule", "rules"],
    ...["silhouette", "nmi", "ari", "purity", "routing_accuracy"],
  ]);
});
