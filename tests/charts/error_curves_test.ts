import assert from "node:assert/strict";
import { falseNegativeSteps, falsePositiveSteps, type RateStep } from "@/charts/scores.ts";
import { countDecisions } from "@/evaluation/binary_metrics.ts";
import { createRandom } from "@/math/random.ts";

/** The rate that the steps give for a threshold. */
const rateAt = (steps: readonly RateStep[], threshold: number): number =>
  steps.find((step) => threshold <= step.upTo)!.rate;

/** Scores from 0 to 4.5 in halves, so that many tie. */
function tiedScores(seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: 1 + random.integer(20) }, () => random.integer(10) / 2);
}

Deno.test("falsePositiveSteps() and falseNegativeSteps() take tied scores in one step", () => {
  // Of 1, 1, 2, 4, two lie below any threshold from above 1 to 2, and three up to 4.
  const thresholds = [1, 2, 4, Infinity];
  assert.deepEqual(falsePositiveSteps([1, 2, 1, 4]).map(({ upTo }) => upTo), thresholds);
  assert.deepEqual(falsePositiveSteps([1, 2, 1, 4]).map(({ rate }) => rate), [1, 0.5, 0.25, 0]);
  assert.deepEqual(falseNegativeSteps([1, 2, 1, 4]).map(({ upTo }) => upTo), thresholds);
  assert.deepEqual(falseNegativeSteps([1, 2, 1, 4]).map(({ rate }) => rate), [0, 0.5, 0.75, 1]);
});

Deno.test("falsePositiveSteps() gives the share of alarms that counting decisions gives", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const scores = tiedScores(seed), steps = falsePositiveSteps(scores);
    for (let threshold = -0.25; threshold <= 5; threshold += 0.25) {
      const decisions = scores.map((score) => score >= threshold);
      assert.equal(
        rateAt(steps, threshold),
        countDecisions(decisions, scores.map(() => false)).fpr,
      );
    }
  }
});

Deno.test("falseNegativeSteps() gives the share of misses that counting decisions gives", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const scores = tiedScores(seed), steps = falseNegativeSteps(scores);
    for (let threshold = -0.25; threshold <= 5; threshold += 0.25) {
      const decisions = scores.map((score) => score >= threshold);
      const { fn } = countDecisions(decisions, scores.map(() => true));
      assert.equal(rateAt(steps, threshold), fn / scores.length);
    }
  }
});

Deno.test("falsePositiveSteps() and falseNegativeSteps() add up to 1 on the same scores", () => {
  const scores = tiedScores(5), misses = falseNegativeSteps(scores);
  falsePositiveSteps(scores).forEach(({ rate }, i) => {
    assert.equal((rate + misses[i]!.rate).toFixed(12), "1.000000000000");
  });
});

Deno.test("falsePositiveSteps() and falseNegativeSteps() are undefined without scores", () => {
  assert.throws(() => falsePositiveSteps([]), {
    name: "UndefinedMetricError",
    message: "Cannot compute the false-positive rate: at least one score is needed",
  });
  assert.throws(() => falseNegativeSteps([]), {
    name: "UndefinedMetricError",
    message: "Cannot compute the false-negative rate: at least one score is needed",
  });
});

Deno.test("falsePositiveSteps() refuses scores that are not finite", () => {
  assert.throws(() => falsePositiveSteps([1, NaN]), {
    name: "RangeError",
    message: "Cannot compute the false-positive rate: every score must be finite, got NaN",
  });
});
