import assert from "node:assert/strict";
import { join } from "node:path";
import { auroc } from "@/auroc.ts";
import { createDetector } from "@/detector.ts";
import { runFolder } from "@/io/results.ts";
import { runExperiment } from "@/io/run_experiment.ts";
import { loadModel } from "@/io/store.ts";
import { openWorkbench } from "@/io/workbench.ts";
import { plainSearch } from "@/neighbor_search.ts";
import { assertClose } from "./helpers.ts";
import { makeTinyDataset, tinyConfig } from "./helpers_dataset.ts";
import { makeFolder } from "./helpers_folder.ts";

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
    "config.yaml",
    "environment.json",
    "eval_args.json",
    "infer_time.json",
    "model",
    "report.html",
    "scores.csv",
    "test_binary_results.json",
    "test_results.json",
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
  for (const { score, threshold, decision } of test) {
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

Deno.test("writeRun() saves a model that gives the same scores again", async () => {
  const config = await tinyConfig(folder, [`DEFAULT.savedir=${makeFolder()}`]);
  const run = (await runExperiment(config)).folder;
  const { groups } = await loadModel(join(run, "model"));
  const indexes = await Promise.all(groups.map(({ embeddings }) => plainSearch.build(embeddings)));
  const detector = createDetector({ groups, indexes, calibration: [] });
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

Deno.test("writeRun() says null and why where a threshold is infinite", async () => {
  const config = await tinyConfig(folder, [
    `DEFAULT.savedir=${makeFolder()}`,
    "EVALUATION.threshold_rule=conformal",
  ]);
  const run = (await runExperiment(config)).folder;
  const { thresholds, pooled } = await readJson(run, "test_binary_results.json");
  assert.deepEqual(thresholds["group 0"], {
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
  const savedir = makeFolder();
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
