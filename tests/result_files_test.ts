import assert from "node:assert/strict";
import { evaluateScores, type Evaluation } from "@/evaluate.ts";
import {
  binaryResultsFile,
  type EvaluatedCondition,
  scenariosFile,
  thresholdEntries,
} from "@/result_files.ts";
import { scenarioErrorRates, scenarioRecords, scenarioScores } from "@/scenario_records.ts";
import { type ModelName, scenarios } from "@/scenarios.ts";

/** Two classes of two normal and two anomalous images; `lost` anomalous nuts score like normal ones. */
function evaluate(lost: number): Evaluation {
  const truth = ["nut", "bolt"].flatMap((className) =>
    [false, false, true, true].map((isAnomalous) => ({ className, isAnomalous }))
  );
  const scores = [1, 2, lost > 0 ? 1 : 8, lost > 1 ? 0 : 9, 1, 2, 8, 9];
  return evaluateScores({
    truth,
    samples: truth.map(({ className }, i) => ({ className, group: 0, score: scores[i]! })),
    calibration: truth.map(({ className }, i) => ({ className, group: 0, score: 2 + i / 10 })),
    rule: { name: "max" },
    scope: "class",
    trainCounts: { nut: 4, bolt: 4 },
    pixelMetrics: {},
  });
}

function condition(model: ModelName, number: number, lost = 0): EvaluatedCondition {
  const evaluation = evaluate(lost);
  return { model, scenario: scenarios[number - 1]!, evaluation, classSpecific: evaluation.binary };
}

const options = {
  dataset: "tiny",
  rule: { name: "max" },
  fprLimit: 0.3,
  tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
} as const;

const file = scenariosFile([
  condition("PatchCore", 1),
  condition("PatchCore", 4),
  condition("HierarchicalPatchCore", 3, 2),
], options);

Deno.test("scenariosFile() measures Δ and R1 against PatchCore in scenario 1", () => {
  const { delta, requirements } = file.scenarios["3"]!.HierarchicalPatchCore!;
  // Nuts: scores 1, 0 against 1, 2 win 1/2 of 4 comparisons; before they won all.
  assert.deepEqual(delta, { bolt: 0, nut: 0.125 - 1 });
  assert.equal(requirements.R1.holds, false);
  assert.deepEqual(requirements.R2, {
    holds: null,
    reason: "R2 judges unknown-class evaluation",
  });
  assert.deepEqual(file.scenarios["1"]!.PatchCore!.delta, { bolt: 0, nut: 0 });
});

Deno.test("scenariosFile() judges R2 only where classes are unknown in evaluation", () => {
  const { R1, R2 } = file.scenarios["4"]!.PatchCore!.requirements;
  assert.equal(R1.holds, null);
  assert.equal(R2.holds, true);
});

Deno.test("scenariosFile() compares what R2 pools with classes that are known", () => {
  const reference = evaluate(0);
  const lost = { ...condition("PatchCore", 4, 2), classSpecific: reference.binary };
  const file = scenariosFile([condition("PatchCore", 1), lost], options);
  const { R2 } = file.scenarios["4"]!.PatchCore!.requirements;
  assert.ok(R2.holds !== null);
  // Class-specific F1 is 1 for both classes; pooled, 2 of 4 are found without a false alarm: 4/6.
  assert.ok(Math.abs(R2.f1_fall - (1 - 4 / 6)) < 1e-12);
});

Deno.test("scenariosFile() judges R2 on scores aligned by group", () => {
  const truth = ["nut", "bolt"].flatMap((className) =>
    [false, true].map((isAnomalous) => ({ className, isAnomalous }))
  );
  const group = [0, 0, 1, 1], level = [1, 10];
  const evaluation = evaluateScores({
    truth,
    samples: [1, 3, 10, 30].map((score, i) => ({ group: group[i]!, score })),
    calibration: Array.from({ length: 20 }, (_, i) => ({ group: i % 2, score: level[i % 2]! })),
    rule: { name: "max" },
    scope: "group",
    trainCounts: { nut: 10, bolt: 10 },
    pixelMetrics: {},
  });
  // Raw, the anomalous nut (3) stays below the normal bolt (10): 3 of 4 pairs. Aligned, none does.
  assert.equal(evaluation.pooled.image_auroc, 0.75);
  const own = { evaluation, classSpecific: evaluation.binary };
  const file = scenariosFile([
    { model: "PatchCore", scenario: scenarios[0]!, ...own },
    { model: "HierarchicalPatchCore", scenario: scenarios[3]!, ...own },
  ], options);
  const { R2 } = file.scenarios["4"]!.HierarchicalPatchCore!.requirements;
  assert.deepEqual(R2, { holds: true, auroc_fall: 0, f1_fall: 0, tolerance: 0.01 });
});

Deno.test("scenariosFile() survives being written as JSON", () => {
  const read = JSON.parse(JSON.stringify(file));
  assert.deepEqual(read, file);
  assert.deepEqual(read.models, ["PatchCore", "HierarchicalPatchCore"]);
});

Deno.test("scenariosFile() needs the one-class reference", () => {
  assert.throws(() => scenariosFile([condition("PatchCore", 4)], options), {
    message: "Cannot judge requirements: PatchCore in scenario 1 is needed as the reference",
  });
});

Deno.test("thresholdEntries() writes no infinity, which JSON does not have", () => {
  const reason = "no calibration score";
  const thresholds = new Map([
    ["a", { value: 2, count: 3 }],
    ["b", { value: Infinity, count: 0, reason }],
  ]);
  assert.deepEqual(thresholdEntries(thresholds), {
    a: { value: 2, count: 3 },
    b: { value: null, count: 0, reason },
  });
});

Deno.test("binaryResultsFile() holds rule, thresholds and counts", () => {
  const content = binaryResultsFile(evaluate(0), { rule: { name: "max" }, scope: "class" });
  assert.deepEqual(Object.keys(content), [
    "schema",
    "rule",
    "thresholds",
    "classes",
    "macro",
    "pooled",
  ]);
});

Deno.test("scenarioRecords() and its companions list every scenario and model", () => {
  assert.deepEqual(scenarioRecords(file).map(({ scenario, model }) => [scenario, model]), [
    ["1 known → known", "PatchCore"],
    ["3 unknown → known", "HierCore"],
    ["4 unknown → unknown", "PatchCore"],
  ]);
  assert.equal(scenarioScores(file).length, 3);
  assert.equal(scenarioErrorRates(file).length, 6);
});
