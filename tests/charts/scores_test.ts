import assert from "node:assert/strict";
import {
  errorTradeoffChart,
  falseNegativeSteps,
  falsePositiveSteps,
  type RateStep,
} from "@/charts/scores.ts";
import { countDecisions } from "@/evaluation/binary_metrics.ts";
import { createRandom } from "@/math/random.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const images = [
  { className: "nut", isAnomalous: false, score: 1 },
  { className: "nut", isAnomalous: false, score: 2 },
  { className: "nut", isAnomalous: true, score: 3 },
  { className: "cup", isAnomalous: true, score: 6 },
];
const thresholds = [
  { scope: "global", className: null, value: 2.5 },
  { scope: "class", className: "cup", value: 5 },
] as const;

Deno.test("errorTradeoffChart() draws both rates from end to end of the axis, worked by hand", () => {
  // Scores span 5, so the axis reaches 0.1 further at both ends.
  const points = recordsOf(errorTradeoffChart(images)).filter((each) => "error" in each);
  const curve = (name: string, error: string) =>
    points.filter((each) => each["class"] === name && each["error"] === error)
      .map(({ score, rate }) => [score, rate]);
  assert.deepEqual(curve("nut", "false-positive rate"), [[0.9, 1], [1, 1], [2, 0.5], [6.1, 0]]);
  assert.deepEqual(curve("nut", "false-negative rate"), [[0.9, 0], [3, 0], [6.1, 1]]);
});

Deno.test("errorTradeoffChart() leaves out the rate of images that a class has not", () => {
  const points = recordsOf(errorTradeoffChart(images)).filter((each) => each["class"] === "cup");
  assert.deepEqual([...new Set(points.map((each) => each["error"]))], ["false-negative rate"]);
});

Deno.test("errorTradeoffChart() marks thresholds row by row and explains what it marks", async () => {
  const chart = errorTradeoffChart(images, { thresholds });
  const rules = recordsOf(chart).filter((each) => "threshold" in each);
  assert.deepEqual(rules.map((each) => [each["class"], each["threshold"]]), [
    ["cup", 2.5],
    ["nut", 2.5],
    ["cup", 5],
  ]);
  const texts = await textsOf(chart);
  for (const text of ["nut", "cup", "false-positive rate", "class-specific", "global"]) {
    assert.equal(texts.filter((each) => each === text).length, 1, text);
  }
});

Deno.test("errorTradeoffChart() turns to a logarithmic axis only for wide spans", () => {
  assert.doesNotMatch(JSON.stringify(errorTradeoffChart(images)), /"type":"log"/);
  const wide = [...images, { className: "nut", isAnomalous: true, score: 31 }];
  assert.match(JSON.stringify(errorTradeoffChart(wide)), /"type":"log"/);
});

Deno.test("errorTradeoffChart() is read without a warning", () => {
  assert.deepEqual(warningsOf(errorTradeoffChart(images, { thresholds })), []);
  assert.deepEqual(warningsOf(errorTradeoffChart(images.slice(0, 1))), []);
  const wide = [...images, { className: "nut", isAnomalous: true, score: 31 }];
  assert.deepEqual(warningsOf(errorTradeoffChart(wide, { thresholds })), []);
});

Deno.test("errorTradeoffChart() refuses nothing, and scores that are not finite", () => {
  assert.throws(() => errorTradeoffChart([]), {
    name: "RangeError",
    message: "Cannot chart error rates: at least one image with a finite score is needed, got none",
  });
  assert.throws(() => errorTradeoffChart([{ ...images[0]!, score: Infinity }]), {
    name: "RangeError",
    message: "Cannot chart error rates: at least one image with a finite score is needed, " +
      'got Infinity in class "nut"',
  });
});

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
