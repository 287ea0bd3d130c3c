import assert from "node:assert/strict";
import { defaultConfig, resolveConfig } from "@/config.ts";
import { evaluateScores, type Evaluation } from "@/evaluation/evaluate.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { runConditions } from "@/lab/run_conditions.ts";
import {
  burstWarnings,
  classTable,
  describeMethod,
  embeddedNotice,
  methodFacts,
  noticeFor,
  runReport,
  sampleNotice,
  scoresChart,
} from "@/lab/run_report.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { reportHtml } from "@/report/report.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 3, anomalous: 3 }));
const workbench = await openWorkbench(config);
const all = await runConditions(
  workbench,
  scenarios.map((scenario) => ({ model: "HierarchicalPatchCore", scenario })),
);
await all.close();
await workbench.close();

Deno.test("runReport() tells of every class, of the groups and of the thresholds", async () => {
  for (const result of all.results) {
    const report = await runReport({ workbench, result, all, seconds: 2 }, { deno: "2" });
    assert.equal(report.notice, embeddedNotice);
    assert.deepEqual(report.sections.map(({ heading }) => heading), [
      "Classes",
      "Groups",
      ...(result.memory.groups.rules === null ? [] : ["Both partitions"]),
      "Scores and thresholds",
      "What the thresholds promise",
      "Mistakes first",
    ]);
    const classes = report.sections[0]!.tables![0]!.records.map((record) => record.class);
    assert.deepEqual(classes.slice(0, 3), ["blobs", "rings", "stripes"]);
    const html = await reportHtml(report);
    assert.match(html, new RegExp(`Scenario ${result.condition.scenario.number}:`));
    assert.match(html, /AUPRO@0\.3/);
  }
});

/** One class of two normal and two anomalous images; the second anomalous one scores `score`. */
function evaluate(score: number): Evaluation {
  const normal = { className: "nut", isAnomalous: false };
  const anomalous = { className: "nut", isAnomalous: true };
  return evaluateScores({
    samples: [1, 2, 4, score].map((score) => ({ group: 0, score })),
    truth: [normal, normal, anomalous, anomalous],
    calibration: [{ group: 0, score: 2 }],
    rule: { name: "max" },
    scope: "global",
    trainCounts: { nut: 7 },
    pixelMetrics: {},
  });
}

Deno.test("classTable() lists classes and what they come to together, over seeds", () => {
  const options = { fprLimit: 0.25, together: ["mean", "pooled", "aligned"] } as const;
  const { records, percent } = classTable([evaluate(3)], options);
  assert.deepEqual(percent.filter((name) => !/AP|F1-max/.test(name)), [
    "image AUROC",
    "pixel AUROC",
    "AUPRO@0.25",
    "FPR",
    "recall",
    "F1",
  ]);
  assert.deepEqual(records.map((record) => record.class), ["nut", "mean", "pooled", "aligned"]);
  const { train, normal, anomalous, recall, FPR, "AUPRO@0.25": aupro } = records[0]!;
  assert.deepEqual([train, normal, anomalous, recall, FPR, aupro], [7, 2, 2, 1, 0, null]);
  // With 1.5 it lies between the normal ones: three of four pairs are in order, one is found.
  const both = classTable([evaluate(3), evaluate(1.5)], options).records;
  for (const record of both) {
    assert.deepEqual(record["image AUROC"], { mean: 0.875, std: Math.sqrt(1 / 32) });
  }
  assert.deepEqual(both[1]!.recall, { mean: 0.75, std: Math.sqrt(1 / 8) });
  assert.equal(both[3]!.recall, undefined);
});

Deno.test("runReport() explains the clusters only where there are some", async () => {
  const charts = async (number: number): Promise<number> => {
    const result = all.results[number - 1]!;
    const { sections } = await runReport({ workbench, result, all, seconds: 2 }, { deno: "2" });
    return sections[1]!.charts!.length;
  };
  assert.deepEqual([await charts(1), await charts(4)], [1, 4]);
});

Deno.test("runReport() counts groups in words that fit", async () => {
  const text = async (number: number): Promise<string> => {
    const result = all.results[number - 1]!;
    const { groups } = result.memory;
    const one = { ...groups, names: groups.names.slice(0, 1) };
    const memory = { ...result.memory, groups: one };
    const report = await runReport(
      { workbench, result: { ...result, memory }, all, seconds: 2 },
      { deno: "2" },
    );
    return report.sections[1]!.text!;
  };
  assert.match(await text(1), /^1 group, one per class\. Routing accuracy 100\.0 %/);
  assert.match(await text(4), /^1 group, clusters of semantic vectors\. /);
});

Deno.test("runReport() shows both partitions, how it was run, and what images warn of", async () => {
  const result = all.results[3]!;
  const warning = "9 of 10 are near-copies";
  const groups = { ...result.memory.groups, warning };
  const memory = { ...result.memory, groups };
  const run = { workbench, result: { ...result, memory }, all, seconds: 2 };
  const { notice, facts, sections } = await runReport(run, { deno: "2" });
  assert.equal(notice, `${embeddedNotice}\n\n${warning}`);
  assert.equal(facts!["groups that score an image"], "1");
  assert.equal(facts!.calibration, "own rows out (auto)");
  assert.equal(facts!.refusal, "beyond two limits, each at 5.0 %");
  const { records } = sections.find(({ heading }) => heading === "Both partitions")!.tables![0]!;
  assert.deepEqual(records.map(({ partition }) => partition), ["silhouette, followed", "links"]);
  assert.deepEqual(burstWarnings([{ memory }, { memory }, result]), [warning]);
});

Deno.test("methodFacts() and describeMethod() name every way to calibrate and to group", () => {
  const withKeys = (overrides: readonly string[]) =>
    resolveConfig({ name: "test", document: null, overrides, parseValue: JSON.parse });
  const calibrated = (...overrides: string[]) => methodFacts(withKeys(overrides)).calibration;
  assert.equal(calibrated(), "own rows out (auto)");
  assert.equal(calibrated("MODEL.sampler_ratio=0.02"), "crossfit, 20 folds (auto)");
  assert.equal(calibrated('EVALUATION.calibration="holdout"'), "holdout of 20.0 %");
  const links = withKeys(['MODEL.partition="links"', "MODEL.min_group=4"]);
  assert.equal(methodFacts(links)["smallest group"], "4 images");
  assert.equal(describeMethod(links), "Run with partition=links, min_group=4.");
  // A required number leaves nothing to choose or to join.
  const required = withKeys(["MODEL.n_clusters=3", "MODEL.min_group=4"]);
  assert.equal(methodFacts(required).partition, "3 clusters required");
  assert.equal(describeMethod(required), null);
});

Deno.test("scoresChart() draws every test image", () => {
  assert.match(scoresChart(workbench, all.results[3]!).description, /18 images/);
});

Deno.test("noticeFor() tells drawn data from real ones", () => {
  assert.equal(noticeFor({ config: defaultConfig }), sampleNotice);
  assert.equal(noticeFor({ config }), embeddedNotice);
  const MODEL = { ...config.MODEL, backbone: "resnet18", backbone_file: "a.safetensors" };
  assert.equal(
    noticeFor({ config: { ...config, MODEL } }),
    'Measured by this program with the backbone "resnet18", weights of "a.safetensors": these ' +
      "numbers are not read from the paper.",
  );
});

Deno.test("runReport() says at its head which thresholds are infinite, and what would help", async () => {
  const conformal = { ...config.EVALUATION, threshold_rule: "conformal" } as const;
  const own = await openWorkbench({ ...config, EVALUATION: conformal });
  const condition = { model: "PatchCore", scenario: scenarios[0]! } as const;
  const all = await runConditions(own, [condition]);
  const helped = { ...own.config, EVALUATION: { ...conformal, alpha: 0.2 } };
  const again = await runConditions({ ...own, config: helped }, [condition]);
  await all.close();
  await again.close();
  await own.close();
  const run = { workbench: own, result: all.results[0]!, all, seconds: 2 };
  const { notice, intro, sections } = await runReport(run, { deno: "2" });
  assert.equal(
    notice,
    `${embeddedNotice}\n\n3 of 3 thresholds are infinite, so that nothing they hold for can be ` +
      "called anomalous: α = 0.05 needs 19 calibration images each, blobs has 4, rings 4, " +
      "stripes 4. 15 more or EVALUATION.alpha=0.2 would do.",
  );
  assert.match(intro!, /none is finite: nothing can be called anomalous\.$/);
  for (const { recall, FPR, F1 } of sections[0]!.tables![0]!.records.slice(0, 5)) {
    assert.deepEqual([recall, FPR, F1], [null, null, null]);
  }
  const { thresholds } = again.results[0]!.evaluation.decisions;
  assert.ok([...thresholds.values()].every(({ value }) => Number.isFinite(value)));
});

Deno.test("classTable() leaves out the rates of the classes whose threshold is infinite", () => {
  const image = (className: string, score: number, isAnomalous: boolean) => ({
    sample: { group: 0, score, className },
    truth: { className, isAnomalous },
  });
  const images = ["gear", "nut"].flatMap((name) => [image(name, 1, false), image(name, 9, true)]);
  const evaluation = evaluateScores({
    samples: images.map(({ sample }) => sample),
    truth: images.map(({ truth }) => truth),
    calibration: [{ group: 0, score: 2, className: "gear" }],
    rule: { name: "max" },
    scope: "class",
    trainCounts: {},
    pixelMetrics: {},
  });
  const together = ["mean", "pooled", "aligned"] as const;
  const { records } = classTable([evaluation], { fprLimit: 0.3, together });
  assert.deepEqual(records.map(({ recall }) => recall), [1, null, 0.5, 0.5, undefined]);
});
