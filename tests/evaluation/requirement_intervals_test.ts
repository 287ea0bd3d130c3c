import assert from "node:assert/strict";
import { evaluateScenario, type ScenarioInput } from "@/evaluation/evaluate_scenario.ts";
import { requirementIntervals } from "@/evaluation/requirement_intervals.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { createRandom } from "@/math/random.ts";

const random = createRandom(3, "requirement intervals");
const samples = ["nut", "bolt"].flatMap((className) =>
  Array.from({ length: 60 }, (_, i) => {
    const isAnomalous = i % 2 === 1;
    return {
      className,
      isAnomalous,
      group: 0,
      score: 10 + random.gaussian() + (isAnomalous ? 1.5 : 0),
    };
  })
);
const bootstrap = { resamples: 200, seed: 0 };
const input: ScenarioInput = {
  scenario: { evaluationKnown: true },
  scope: "class",
  rule: { name: "max" },
  samples,
  calibration: ["nut", "bolt"].map((className) => ({ className, group: 0, score: 11 })),
  trainCounts: { nut: 1, bolt: 1 },
  pixelMetrics: {},
  oneClass: { nut: 0.9, bolt: 0.9 },
  tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
  bootstrap,
};

Deno.test("requirementIntervals() of the same scores as the reference are without width", () => {
  const { R1 } = evaluateScenario(input).requirements;
  assert.notEqual(R1.holds, null);
  const { intervals } = evaluateScenario({
    ...input,
    oneClassScores: samples.map(({ score }) => score),
  });
  const { mean_abs_delta: mean, worst_delta: worst } = intervals!.requirements!;
  assert.deepEqual([mean!.low, mean!.high, worst!.low, worst!.high], [0, 0, 0, 0]);
});

Deno.test("requirementIntervals() hold the value, and are wider where the reference stands still", () => {
  const oneClassScores = samples.map(({ score }, i) => score + (i % 5 === 0 ? 0.3 : 0));
  const paired = evaluateScenario({ ...input, oneClassScores }).intervals!.requirements!;
  const still = evaluateScenario(input).intervals!.requirements!;
  const width = ({ worst_delta: each }: typeof paired): number => each!.high - each!.low;
  assert.ok(width(paired) < width(still) / 2, `${width(paired)} and ${width(still)}`);
  const { R1 } = evaluateScenario(input).requirements;
  assert.ok(R1.holds !== null);
  assert.ok(still.worst_delta!.low <= R1.worst_delta && R1.worst_delta <= still.worst_delta!.high);
  assert.equal(still.auroc_fall, undefined);
});

Deno.test("requirementIntervals() of R2 hold the falls of its verdict", () => {
  const { requirements: { R2 }, intervals } = evaluateScenario({
    ...input,
    scenario: scenarios[3]!,
    scope: "global",
    oneClass: null,
  });
  assert.ok(R2.holds !== null);
  const { auroc_fall: auroc, f1_fall: f1, worst_delta } = intervals!.requirements!;
  assert.ok(auroc!.low <= R2.auroc_fall && R2.auroc_fall <= auroc!.high);
  assert.ok(f1!.low <= R2.f1_fall && R2.f1_fall <= f1!.high);
  assert.equal(worst_delta, undefined);
});

Deno.test("without a verdict there are no intervals of its numbers", () => {
  const { intervals } = evaluateScenario({ ...input, oneClass: null });
  assert.equal(intervals!.requirements, null);
  assert.equal(evaluateScenario({ ...input, bootstrap: null }).intervals, null);
});

Deno.test("requirementIntervals() leave classes out that the reference does not have", () => {
  const truth = samples.map(({ className, isAnomalous }) => ({ className, isAnomalous }));
  const intervals = requirementIntervals({
    ...input,
    truth,
    requirement: "R1",
    decided: samples.map(() => false),
    specific: samples.map(() => false),
    oneClass: { nut: 2 },
    oneClassScores: null,
  }, bootstrap);
  assert.ok(intervals.worst_delta!.high < -0.9);
  const sum = intervals.mean_abs_delta!.low + intervals.worst_delta!.high;
  assert.ok(Math.abs(sum) < 1e-12, `${sum}`);
});
