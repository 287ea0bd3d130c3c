import assert from "node:assert/strict";
import {
  evaluateScenario,
  imageAurocs,
  type ScenarioInput,
} from "@/evaluation/evaluate_scenario.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";
import { tinyEvaluation } from "../helpers/scenarios.ts";

const oneClass = imageAurocs(tinyEvaluation(1));

Deno.test("evaluateScenario() measures Δ and judges R1 where classes are known in evaluation", () => {
  const { delta, requirements } = tinyEvaluation(3, { lost: 2, oneClass });
  // Nuts: scores 1, 0 against 1, 2 win 1/2 of 4 comparisons; before they won all.
  assert.deepEqual(delta, { bolt: 0, nut: 0.125 - 1 });
  const { R1, R2 } = requirements;
  assert.ok(R1.holds === false);
  assertClose(R1.margin.mean_abs_delta, 0.01 - 0.4375, 1e-12);
  assertClose(R1.margin.worst_fall, 0.03 - 0.875, 1e-12);
  assert.deepEqual(R2, { holds: null, reason: "R2 judges unknown-class evaluation" });
});

Deno.test("evaluateScenario() judges R2 where classes are unknown in evaluation", () => {
  const { R1, R2 } = tinyEvaluation(4, { oneClass }).requirements;
  assert.deepEqual(R1, { holds: null, reason: "R1 judges known-class evaluation" });
  assert.ok(R2.holds === true);
  assert.deepEqual(R2.margin, { auroc_fall: 0.01, f1_fall: 0.01 });
});

Deno.test("evaluateScenario() compares pooled decisions with class-specific ones", () => {
  const input: ScenarioInput = {
    scenario: scenarios[3]!,
    scope: "global",
    rule: { name: "max" },
    samples: [["nut", 1, false], ["nut", 3, true], ["gear", 10, false], ["gear", 30, true]].map(
      ([className, score, isAnomalous]) => ({
        className: className as string,
        score: score as number,
        isAnomalous: isAnomalous as boolean,
        group: 0,
      }),
    ),
    calibration: [
      { className: "nut", group: 0, score: 1 },
      { className: "gear", group: 0, score: 10 },
    ],
    trainCounts: { nut: 1, gear: 1 },
    pixelMetrics: {},
    oneClass: null,
    tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
  };
  const { classSpecific, binary, requirements: { R2 } } = evaluateScenario(input);
  // At 1 and 10 both are found; at 10 alone the nut is missed: F1 of 2 × 1 ÷ (2 × 1 + 1).
  assert.equal(classSpecific.macro.f1, 1);
  assertClose(binary.pooled.f1!, 2 / 3, 1e-12);
  assert.ok(R2.holds !== null);
  assertClose(R2.f1_fall, 1 / 3, 1e-12);
  assertClose(R2.margin.f1_fall, 0.01 - 1 / 3, 1e-12);
});

Deno.test("evaluateScenario() has no R1 without one-class models, and says why", () => {
  assert.deepEqual(tinyEvaluation(3).requirements.R1, {
    holds: null,
    reason: "R1 compares with one-class models, and there are none",
  });
});

Deno.test("evaluateScenario() decides alike whatever the withheld classes are", () => {
  const random = createRandom(5, "shuffled classes");
  const names = ["a", "b", "c"];
  const draw = (isAnomalous: boolean) => ({
    className: names[random.integer(3)]!,
    group: random.integer(2),
    score: random.next() + (isAnomalous ? 0.5 : 0),
    isAnomalous,
  });
  const samples = Array.from({ length: 60 }, (_, i) => draw(i % 2 === 0));
  const calibration = Array.from({ length: 60 }, () => draw(false));
  const run = (number: 1 | 4, shuffle: boolean) => {
    const rename = <Image extends { className: string }>(image: Image, i: number): Image =>
      shuffle ? { ...image, className: names[(7 * i + 1) % 3]! } : image;
    return evaluateScenario({
      scenario: scenarios[number - 1]!,
      scope: number === 1 ? "class" : "group",
      rule: { name: "quantile", quantile: 0.9 },
      samples: samples.map(rename),
      calibration: calibration.map(rename),
      trainCounts: {},
      pixelMetrics: {},
      oneClass: null,
      tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
    });
  };
  const straight = run(4, false), shuffled = run(4, true);
  assert.deepEqual(shuffled.decisions, straight.decisions);
  assert.deepEqual(shuffled.pooled, straight.pooled);
  assert.deepEqual(shuffled.binary.pooled, straight.binary.pooled);
  // The labels did change, and matter where they are known.
  assert.notDeepEqual(shuffled.classes, straight.classes);
  assert.notDeepEqual(run(1, true).decisions.perImage, run(1, false).decisions.perImage);
});

Deno.test("evaluateScenario() refuses class-specific thresholds where classes are withheld", () => {
  const input = {
    scenario: scenarios[1]!,
    scope: "class",
    rule: { name: "max" },
    samples: [{ className: "nut", isAnomalous: false, group: 0, score: 1 }],
    calibration: [],
    trainCounts: {},
    pixelMetrics: {},
    oneClass: null,
    tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
  } as const;
  assert.throws(() => evaluateScenario(input), {
    message: "Cannot choose a class-specific threshold: the class is withheld",
  });
});

Deno.test("evaluateScenario() has no verdict on R2 where images met infinite thresholds", () => {
  const image = (className: string, score: number, isAnomalous: boolean) => (
    { className, isAnomalous, group: 0, score }
  );
  const evaluate = (calibrated: number) =>
    evaluateScenario({
      scenario: scenarios[3]!,
      scope: "global",
      rule: { name: "conformal", alpha: 0.1 },
      samples: ["nut", "gear"].flatMap((name) => [image(name, 1, false), image(name, 9, true)]),
      calibration: ["nut", "gear"].flatMap((className) =>
        Array.from({ length: calibrated }, (_, i) => ({ className, group: 0, score: i / 10 }))
      ),
      trainCounts: {},
      pixelMetrics: {},
      oneClass: null,
      tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
    }).requirements.R2;
  // α = 0.1 needs nine: two classes have 2 × 3, then 2 × 6 together, then nine each.
  assert.deepEqual(evaluate(3), { holds: null, reason: "1 of 1 threshold is infinite" });
  assert.deepEqual(evaluate(6), {
    holds: null,
    reason: "2 of 2 class-specific thresholds are infinite",
  });
  assert.equal(evaluate(9).holds, true);
});

Deno.test("evaluateScenario() decides at given thresholds, and gives no verdict on R2 for them", () => {
  const { binary, requirements } = evaluateScenario({
    scenario: { evaluationKnown: false },
    scope: "global",
    rule: { name: "max" },
    given: new Map([["global", { value: 5, count: 0 }]]),
    samples: [
      { className: "nut", group: 0, score: 4, isAnomalous: false },
      { className: "nut", group: 0, score: 5, isAnomalous: true },
    ],
    calibration: [{ className: "nut", group: 0, score: 9 }],
    trainCounts: { nut: 1 },
    pixelMetrics: {},
    oneClass: null,
    tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
  });
  assert.deepEqual([binary.pooled.tp, binary.pooled.fp], [1, 0]);
  assert.deepEqual(requirements.R2, {
    holds: null,
    reason: "R2 compares with class-specific thresholds of the same rule, got given ones",
  });
});
