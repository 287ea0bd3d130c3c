import assert from "node:assert/strict";
import { mean, quantileSorted, sampleVariance } from "simple-statistics";
import { evaluateScores, type EvaluationInput } from "@/evaluation/evaluate.ts";
import { bootstrapIndices, evaluationIntervals } from "@/evaluation/intervals.ts";
import type { ThresholdRule } from "@/evaluation/thresholds.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

const classes = ["nut", "bolt", "gear"];

function makeInput(rule: ThresholdRule = { name: "quantile", quantile: 0.8 }): EvaluationInput {
  const random = createRandom(5);
  const truth = Array.from({ length: 60 }, (_, i) => ({
    className: classes[i % 3]!,
    isAnomalous: i % 4 === 0,
  }));
  return {
    truth,
    samples: truth.map(({ isAnomalous }, i) => ({
      group: i % 2,
      score: 1 + i % 2 + random.next() + Number(isAnomalous) * random.next(),
    })),
    calibration: Array.from({ length: 60 }, (_, i) => ({
      group: i % 2,
      score: 1 + i % 2 + random.next(),
    })),
    rule,
    scope: "group",
    trainCounts: { nut: 20, bolt: 20, gear: 20 },
    pixelMetrics: {},
  };
}

/** The sections that get intervals, each with the names of its metrics. */
const imageNames = ["image_auroc", "image_ap", "image_f1_max"];
const rates = ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "fpr"];
type Section = Readonly<Record<string, unknown>>;
function sectionsOf({ macro, pooled, binary }: {
  macro: object;
  pooled: object;
  binary: { macro: object; pooled: object };
}): { values: Section; names: readonly string[] }[] {
  return [
    { values: macro as Section, names: imageNames },
    {
      values: pooled as Section,
      names: [...imageNames, "aligned_image_auroc", "aligned_image_ap"],
    },
    { values: binary.macro as Section, names: rates },
    { values: binary.pooled as Section, names: rates },
  ];
}

Deno.test("evaluationIntervals() agrees with evaluating every resample from scratch", () => {
  for (const rule of [{ name: "quantile", quantile: 0.8 }, { name: "oracle_f1" }] as const) {
    const input = makeInput(rule);
    const options = { seed: 9, resamples: 25, confidence: 0.8 };
    const actual = sectionsOf(evaluationIntervals(input, options));
    const strata = input.truth.map(({ className, isAnomalous }) => `${className} ${isAnomalous}`);
    const random = createRandom(9, "bootstrap");
    const evaluations = Array.from({ length: 25 }, () => {
      const items = [...bootstrapIndices(strata, random)];
      return sectionsOf(evaluateScores({
        ...input,
        samples: items.map((item) => input.samples[item]!),
        truth: items.map((item) => input.truth[item]!),
      }));
    });
    actual.forEach(({ values, names }, section) => {
      for (const name of names) {
        const resampled = evaluations.map((each) => each[section]!.values[name] as number | null)
          .filter((value) => value !== null).sort((a, b) => a - b);
        const { low, high } = values[name] as { low: number; high: number };
        assertClose(low, quantileSorted(resampled, 0.1), 1e-12, `${rule.name} ${name}`);
        assertClose(high, quantileSorted(resampled, 0.9), 1e-12, `${rule.name} ${name}`);
      }
    });
  }
});

Deno.test("evaluationIntervals() holds the estimates and widens with confidence", () => {
  const input = makeInput();
  const options = { seed: 1, resamples: 300 };
  const at = (confidence: number) =>
    sectionsOf(evaluationIntervals(input, { ...options, confidence }));
  const narrow = at(0.5), wide = at(0.99), estimates = sectionsOf(evaluateScores(input));
  assert.deepEqual(at(0.5), narrow);
  wide.forEach(({ values, names }, section) => {
    for (const name of names) {
      const { low, high } = values[name] as { low: number; high: number };
      const inner = narrow[section]!.values[name] as { low: number; high: number };
      const estimate = estimates[section]!.values[name] as number;
      assert.ok(low <= estimate && estimate <= high, `${name}: ${estimate} in ${low}, ${high}`);
      assert.ok(low < inner.low && inner.high <= high, name);
    }
  });
});

Deno.test("evaluationIntervals() gives no width where all scores of a label are equal", () => {
  const input = makeInput();
  const { macro, pooled, binary } = evaluationIntervals({
    ...input,
    samples: input.truth.map(({ isAnomalous }) => ({ group: 0, score: isAnomalous ? 9 : 1 })),
  }, { seed: 1, resamples: 20 });
  const one = { low: 1, high: 1, std: 0, resamples: 20 };
  assert.deepEqual(macro, { image_auroc: one, image_ap: one, image_f1_max: one });
  assert.deepEqual([pooled.aligned_image_auroc, pooled.aligned_image_ap], [one, one]);
  assert.deepEqual(binary.pooled.recall, one);
  assert.deepEqual(binary.macro.fpr, { low: 0, high: 0, std: 0, resamples: 20 });
});

Deno.test("evaluationIntervals() writes null and the reason where a metric is undefined", () => {
  const input = makeInput();
  const { macro, pooled, binary } = evaluationIntervals({
    ...input,
    truth: input.truth.map((each) => ({ ...each, isAnomalous: false })),
    calibration: [],
  }, { seed: 1, resamples: 10 });
  for (const value of [macro.image_auroc, pooled.aligned_image_ap, binary.macro.recall]) {
    assert.equal(value, null);
  }
  assert.match(binary.macro.recall_reason!, /recall must be defined in at least half of 10/);
  // Without calibration scores nothing is an alarm.
  assert.deepEqual(binary.pooled.fpr, { low: 0, high: 0, std: 0, resamples: 10 });
});

Deno.test("evaluationIntervals() refuses what evaluateScores() and the bootstrap refuse", () => {
  const input = makeInput();
  assert.throws(() => evaluationIntervals({ ...input, truth: [] }, { seed: 1 }), {
    name: "TypeError",
    message: "Cannot compute intervals: one truth per test image is needed, got 0 for 60 images",
  });
  assert.throws(() => evaluationIntervals({ ...input, scope: "class" }, { seed: 1 }), {
    name: "RangeError",
    message: "Cannot choose a class-specific threshold: the class is withheld",
  });
  assert.throws(() => evaluationIntervals(input, { seed: 1, resamples: 0 }), {
    name: "RangeError",
    message: "Cannot bootstrap: resamples must be an integer from 2, got 0",
  });
});

Deno.test("evaluationIntervals() finds the standard error that DeLong's formula gives AUROC", () => {
  const random = createRandom(2);
  const truth = Array.from({ length: 150 }, (_, i) => ({
    className: "nut",
    isAnomalous: i % 3 > 0,
  }));
  const samples = truth.map(({ isAnomalous }) => ({
    group: 0,
    score: 10 + random.gaussian() + Number(isAnomalous),
  }));
  const { pooled } = evaluationIntervals({ ...makeInput(), samples, truth }, {
    seed: 3,
    resamples: 400,
  });
  // DeLong et al. (1988): how many scores of the other label each one beats, or is beaten by.
  const scored = (label: boolean) =>
    samples.filter((_, i) => truth[i]!.isAnomalous === label).map(({ score }) => score);
  const normal = scored(false), anomalous = scored(true);
  const beaten = anomalous.map((score) => mean(normal.map((other) => Number(other < score))));
  const beating = normal.map((score) => mean(anomalous.map((other) => Number(other > score))));
  const variance = sampleVariance(beaten) / beaten.length +
    sampleVariance(beating) / beating.length;
  assertClose(pooled.image_auroc!.std / Math.sqrt(variance), 1, 0.1);
});

Deno.test("evaluationIntervals() keeps calibrated thresholds and moves the oracle's", () => {
  const truth = [false, false, true, true].map((isAnomalous) => ({
    className: "nut",
    isAnomalous,
  }));
  const samples = [1, 3, 2, 4].map((score) => ({ group: 0, score }));
  const calibration = [{ group: 0, score: 2.5 }];
  const recall = (rule: ThresholdRule) =>
    evaluationIntervals({ ...makeInput(rule), truth, samples, calibration }, {
      seed: 1,
      resamples: 200,
    }).binary.pooled.recall!;
  // At 2.5 it is the share of 4 among the two anomalous draws: 0, 1/2 or 1.
  const calibrated = recall({ name: "max" });
  assert.deepEqual([calibrated.low, calibrated.high], [0, 1]);
  // The oracle takes 2, which finds every anomalous draw, unless both normal draws are 3 and the
  // anomalous are 2 and 4, an eighth of all resamples: F1 is 2/3 at 4 and at 2, and the higher wins.
  const oracle = recall({ name: "oracle_f1" });
  assert.deepEqual([oracle.low, oracle.high], [0.5, 1]);
});
