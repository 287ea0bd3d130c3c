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

Deno.test("scenarioRecords() shows falls with their sign, and none of a fall that rounds to nothing", () => {
  const withFalls = (auroc_fall: number, f1_fall: number) => {
    const entry = file.scenarios["1"]!.PatchCore!;
    const R2 = { holds: false, auroc_fall, f1_fall, tolerance: 0.01 };
    const R1 = { holds: null, reason: "R1 judges known-class evaluation" } as const;
    const PatchCore = { ...entry, requirements: { R1, R2 } };
    return scenarioRecords({ ...file, scenarios: { "4": { PatchCore } } })[0]!.requirement;
  };
  assert.equal(withFalls(0.026, -0.029), "R2 fails: AUROC −2.6, F1 2.9");
  assert.equal(withFalls(0.0004, -0.0004), "R2 fails: AUROC 0.0, F1 0.0");
});

Deno.test("scenarioRecords() says so where no requirement can be judged", () => {
  const entry = file.scenarios["1"]!.PatchCore!;
  const none = { holds: null, reason: "undefined" } as const;
  const PatchCore = { ...entry, requirements: { R1: none, R2: none } };
  const [record] = scenarioRecords({ ...file, scenarios: { "4": { PatchCore } } });
  assert.equal(record!.requirement, "no verdict");
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
