import assert from "node:assert/strict";
import { evaluateScores } from "@/evaluate.ts";
import { scenariosFile } from "@/result_files.ts";
import {
  scenarioErrorRates,
  scenarioPercent,
  scenarioRecords,
  scenarioScores,
} from "@/scenario_records.ts";
import { scenarios } from "@/scenarios.ts";

const truth = [false, false, true].map((isAnomalous) => ({ className: "nut", isAnomalous }));
const evaluation = evaluateScores({
  truth,
  samples: [1, 5, 9].map((score) => ({ className: "nut", group: 0, score })),
  calibration: [{ className: "nut", group: 0, score: 4 }],
  rule: { name: "max" },
  scope: "class",
  trainCounts: { nut: 1 },
  pixelMetrics: {},
});
const file = scenariosFile([{
  model: "PatchCore",
  scenario: scenarios[0]!,
  evaluation,
  classSpecific: evaluation.binary,
}], {
  dataset: "tiny",
  rule: { name: "max" },
  fprLimit: 0.3,
  tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
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
