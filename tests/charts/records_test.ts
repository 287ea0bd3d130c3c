import assert from "node:assert/strict";
import { auditScores } from "@/audit/audit.ts";
import { toScoreTable } from "@/audit/score_table.ts";
import {
  describeUnknown,
  intervalRecord,
  intervalsText,
  scenarioErrorRates,
  scenarioPercent,
  scenarioRecords,
  scenarioScores,
  unknownRecords,
} from "@/charts/records.ts";
import { evaluateScenario } from "@/evaluation/evaluate_scenario.ts";
import { evaluationIntervals } from "@/evaluation/intervals.ts";
import { scenariosFile } from "@/evaluation/result_files.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { tinyScenarios } from "../helpers/scenarios.ts";

Deno.test("intervalRecord() shows both ends in percent, and nothing where a metric is undefined", () => {
  const record = intervalRecord(evaluationIntervals({
    samples: [1, 2].map((score) => ({ group: 0, score })),
    truth: [1, 2].map(() => ({ className: "nut", isAnomalous: false })),
    calibration: [{ group: 0, score: 5 }],
    rule: { name: "max" },
    scope: "global",
    trainCounts: { nut: 1 },
    pixelMetrics: {},
  }, { seed: 1, resamples: 100 }));
  // Two normal images far below the threshold: never an alarm, and nothing to rank.
  assert.deepEqual(record, {
    "macro AUROC": null,
    pooled: null,
    aligned: null,
    recall: null,
    FPR: "0.0–0.0 %",
    F1: null,
  });
});

Deno.test("intervalsText() has one row per scenario and model", () => {
  const table = toScoreTable(
    [1, 2, 3, 4].map((score) => ({ image: `${score}`, class: "nut", label: score % 2, score })),
    { name: "mine" },
  );
  const { evaluated, rule } = auditScores(table, {
    rule: { name: "max" },
    tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
    bootstrap: { resamples: 200, seed: 0 },
  });
  const file = scenariosFile(evaluated, {
    dataset: "mine",
    rule,
    fprLimit: 0.3,
    reference: null,
  });
  const lines = intervalsText(file, { confidence: 0.95, bootstrap: 200 }).split("\n");
  assert.match(lines[0]!, /^95 % bootstrap intervals \(200 resamples/);
  assert.equal(lines.filter((line) => /^\d +mine +\d+\.\d–\d+\.\d %/.test(line)).length, 4);
});

const scenario = scenarios[0]!;
const evaluation = evaluateScenario({
  scenario,
  scope: "class",
  samples: [1, 5, 9].map((score) => ({
    className: "nut",
    isAnomalous: score === 9,
    group: 0,
    score,
  })),
  calibration: [{ className: "nut", group: 0, score: 4 }],
  rule: { name: "max" },
  trainCounts: { nut: 1 },
  pixelMetrics: {},
  oneClass: { nut: 1 },
  tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
});
const file = scenariosFile([{ model: "PatchCore", scenario, scope: "class", evaluation }], {
  dataset: "tiny",
  rule: { name: "max" },
  fprLimit: 0.3,
  reference: null,
});

Deno.test("scenarioRecords() tells metrics, threshold and verdict in one row", () => {
  const [record] = scenarioRecords(file);
  assert.equal(record!["macro AUROC"], 1);
  assert.equal(record!.threshold, "class");
  assert.equal(record!.FPR, 0.5);
  assert.equal(record!.recall, 1);
  assert.equal(record!.requirement, "R1 holds: mean |Δ| 0.0, worst Δ 0.0");
  assert.ok(scenarioPercent.every((name) => name in record!));
});

Deno.test("scenarioRecords() shows falls with their sign, and none of a fall that rounds to nothing", () => {
  const withFalls = (auroc_fall: number, f1_fall: number) => {
    const entry = file.scenarios["1"]!.PatchCore!;
    const margin = { auroc_fall: 0.01 - auroc_fall, f1_fall: 0.01 - f1_fall };
    const R2 = { holds: false, auroc_fall, f1_fall, tolerance: 0.01, margin };
    const R1 = { holds: null, reason: "R1 judges known-class evaluation" } as const;
    const PatchCore = { ...entry, requirements: { R1, R2 } };
    return scenarioRecords({ ...file, scenarios: { "4": { PatchCore } } })[0]!.requirement;
  };
  assert.equal(withFalls(0.026, -0.029), "R2 fails: AUROC −2.6, F1 2.9");
  assert.equal(withFalls(0.0004, -0.0004), "R2 fails: AUROC 0.0, F1 0.0");
});

Deno.test("scenarioRecords() says so where no requirement can be judged", () => {
  const entry = file.scenarios["1"]!.PatchCore!;
  const R1 = { holds: null, reason: "R1 judges known-class evaluation" } as const;
  const R2 = { holds: null, reason: "undefined: pooledF1" } as const;
  const PatchCore = { ...entry, requirements: { R1, R2 } };
  const [record] = scenarioRecords({ ...file, scenarios: { "4": { PatchCore } } });
  assert.equal(record!.requirement, "no R2: undefined: pooledF1");
});

Deno.test("scenarioRecords() puts the one-class models first, and means over seeds in cells", () => {
  const records = scenarioRecords([tinyScenarios(0), tinyScenarios(1)]);
  assert.deepEqual(records.map(({ scenario, model }) => [scenario, model]), [
    ["one model per class", "OC-UIAD"],
    ["1 known → known", "PatchCore"],
    ["3 unknown → known", "PatchCore"],
  ]);
  // Nuts lose 1 − 0.625 = 0.375 with the second seed, bolts nothing: macro 1 and 0.8125.
  assert.deepEqual(records[2]!["macro AUROC"], { mean: 0.90625, std: 0.1875 / Math.SQRT2 });
  assert.match(
    String(records[2]!.requirement),
    /^R1 holds with 1 of 2 seeds: mean \|Δ\| 9.4 ± 13.3/,
  );
  assert.throws(() => scenarioRecords([]), {
    message: "Cannot list scenarios: those of at least one seed are needed, got none",
  });
});

Deno.test("scenarioScores() hands the chart what it draws", () => {
  assert.deepEqual(scenarioScores(file), [{
    scenario: 1,
    model: "PatchCore",
    classes: { nut: 1 },
    macro: 1,
    pooled: 1,
    aligned: 1,
  }]);
});

Deno.test("scenarioErrorRates() turns recall into misses", () => {
  assert.deepEqual(scenarioErrorRates(file), [{
    scenario: 1,
    model: "PatchCore",
    className: "nut",
    falsePositiveRate: 0.5,
    falseNegativeRate: 0,
  }]);
});

Deno.test("scenarioErrorRates() gives no rates to a class that meets no finite threshold", () => {
  const entry = tinyScenarios(1).scenarios["3"]!.PatchCore!;
  const infinite = { value: null, count: 3, reason: "too few" }, finite = { value: 1, count: 30 };
  const ratesWith = (binary: Partial<typeof entry.binary>) =>
    scenarioErrorRates({
      ...tinyScenarios(1),
      scenarios: { 3: { PatchCore: { ...entry, binary: { ...entry.binary, ...binary } } } },
    }).map(({ className, falsePositiveRate, isVacuous = false }) => [
      className,
      falsePositiveRate === null,
      isVacuous,
    ]);
  const classes = Object.keys(entry.binary.classes), [first] = classes;
  const all = (isVacuous: boolean) => classes.map((name) => [name, isVacuous, isVacuous]);
  assert.deepEqual(ratesWith({ scope: "global", thresholds: { global: infinite } }), all(true));
  assert.deepEqual(ratesWith({ scope: "global", thresholds: { global: finite } }), all(false));
  const own = { ...Object.fromEntries(classes.map((name) => [name, finite])), [first!]: infinite };
  const [ofFirst, ...others] = ratesWith({ scope: "class", thresholds: own });
  assert.deepEqual([ofFirst, others], [[first, true, true], all(false).slice(1)]);
  // Groups are not classes: what images of a class met cannot be told, and is shown.
  const groups = { "group 0": infinite, "group 1": finite };
  assert.deepEqual(ratesWith({ scope: "group", thresholds: groups }), all(false));
});

Deno.test("unknownRecords() and describeUnknown() count what is refused, by class and together", () => {
  const counts = (normal: number, anomalous: number) => ({
    normal: { refused: normal, images: 4 },
    anomalous: { refused: anomalous, images: 5 },
  });
  const none = { normal: { refused: 0, images: 0 }, anomalous: { refused: 0, images: 0 } };
  const unknown = {
    seed: 3,
    alpha: 0.05,
    classes: { bolt: counts(4, 5), cup: none, nut: counts(1, 2) },
    pooled: { normal: { refused: 5, images: 8 }, anomalous: { refused: 7, images: 10 } },
    known: { "2": counts(0, 1), "4": counts(1, 2) },
  };
  const records = unknownRecords(unknown);
  assert.deepEqual(records.map(({ products, "share of normal": share }) => [products, share]), [
    ["without bolt", 1],
    ["without cup", null],
    ["without nut", 0.25],
    ["each left out once", 0.625],
    ["all trained: HierCore, scenario 2", 0],
    ["all trained: HierCore, scenario 4", 0.25],
  ]);
  assert.deepEqual(describeUnknown(unknown), [
    "Products never trained, each class left out once (seed 3): 5 of 8 normal and 7 of 10 " +
    "anomalous test images are refused; fewest of nut: 1 of 4.",
    "Products trained, HierCore: 0 of 4 normal and 1 of 5 anomalous in scenario 2, 1 of 4 normal " +
    "and 2 of 5 anomalous in scenario 4 are refused.",
  ]);
  assert.deepEqual(describeUnknown({ ...unknown, classes: { cup: none }, known: {} }).length, 1);
});

Deno.test("scenarioRecords() leaves out rates where no score can reach its threshold", () => {
  const entry = tinyScenarios(1).scenarios["3"]!.PatchCore!;
  const threshold = { value: null, count: 3, reason: "too few" };
  const recordWith = (thresholds: typeof entry.binary.thresholds) => {
    const PatchCore = { ...entry, binary: { ...entry.binary, thresholds } };
    const [record] = scenarioRecords({
      ...tinyScenarios(1),
      reference: null,
      scenarios: { 3: { PatchCore } },
    });
    return [record!.recall, record!.FPR, record!.F1];
  };
  assert.deepEqual(recordWith({ global: threshold }), [null, null, null]);
  const { recall, fpr, f1 } = entry.binary.pooled;
  const mixed = recordWith({ nut: threshold, bolt: { value: 1, count: 30 } });
  assert.deepEqual(mixed, [recall, fpr, f1]);
});
