import assert from "node:assert/strict";
import { mean, quantileSorted, sampleVariance } from "simple-statistics";
import { evaluateScores, type EvaluationInput } from "@/evaluation/evaluate.ts";
import {
  bootstrapIndices,
  bootstrapIntervals,
  evaluationIntervals,
} from "@/evaluation/intervals.ts";
import { createRandom } from "@/math/random.ts";
import type { ThresholdRule } from "@/thresholds/rules.ts";
import { assertClose } from "../helpers/mod.ts";

const all = (count: number): string[] => Array<string>(count).fill("all");

Deno.test("bootstrapIndices() draws every place from its own stratum, each item alike", () => {
  const strata = ["a", "b", "a", "c", "b", "a"];
  const random = createRandom(3), drawn = new Uint32Array(strata.length);
  const draws = 6000;
  for (let draw = 0; draw < draws; draw++) {
    const items = bootstrapIndices(strata, random);
    assert.deepEqual([...items].map((item) => strata[item]), strata);
    for (const item of items) drawn[item]!++;
  }
  // A stratum of n places draws each of its n items once per draw on average: variance n · (1/n)(1 − 1/n).
  strata.forEach((stratum, item) => {
    const size = strata.filter((each) => each === stratum).length;
    const band = 4 * Math.sqrt(draws * (1 - 1 / size));
    assert.ok(Math.abs(drawn[item]! - draws) <= band, `item ${item}: ${drawn[item]}`);
  });
});

Deno.test("bootstrapIntervals() finds the spread of a mean that theory gives", () => {
  // 100 zeros and 100 ones in one stratum: the mean has standard error √(0.25 ÷ 200) = 0.03536, so
  // that 95 % lie within 1.96 of them; in two strata it cannot move.
  const values = Array.from({ length: 200 }, (_, i) => i % 2);
  const statistic = (items: Uint32Array) => ({
    mean: items.reduce((sum, item) => sum + values[item]!, 0) / items.length,
  });
  const { mean } = bootstrapIntervals(all(200), { statistic, seed: 1, resamples: 4000 });
  assertClose(mean!.low, 0.5 - 1.96 * 0.03536, 0.006);
  assertClose(mean!.high, 0.5 + 1.96 * 0.03536, 0.006);
  assertClose(mean!.std, 0.03536, 0.002);
  const apart = bootstrapIntervals(values.map(String), { statistic, seed: 1, resamples: 50 });
  assert.deepEqual(apart.mean, { low: 0.5, high: 0.5, std: 0, resamples: 50 });
});

Deno.test("bootstrapIntervals() interpolates between resampled values as quantiles do", () => {
  // Values 0, 1, 2, 3, 4 in whatever order; the middle half runs from position 1 to position 3.
  const order = [3, 0, 4, 1, 2];
  let resample = 0;
  const statistic = () => ({ value: order[resample++]! });
  const options = { statistic, seed: 1, resamples: 5, confidence: 0.5 };
  const { value } = bootstrapIntervals(all(1), options);
  assert.deepEqual([value!.low, value!.high], [1, 3]);
  // Population variance (4 + 1 + 0 + 1 + 4) / 5 = 2.
  assertClose(value!.std, Math.SQRT2, 1e-12);
});

Deno.test("bootstrapIntervals() depends on the seed alone and widens with confidence", () => {
  const statistic = (items: Uint32Array) => ({ sum: items.reduce((sum, item) => sum + item, 0) });
  const interval = (seed: number, confidence: number) =>
    bootstrapIntervals(all(30), { statistic, seed, confidence, resamples: 400 }).sum!;
  assert.deepEqual(interval(1, 0.9), interval(1, 0.9));
  assert.notDeepEqual(interval(1, 0.9), interval(2, 0.9));
  const confidences = [0.5, 0.8, 0.9, 0.95, 0.99];
  const widths = confidences.map((confidence) => interval(1, confidence))
    .map(({ low, high }) => high - low);
  for (let i = 1; i < widths.length; i++) assert.ok(widths[i]! > widths[i - 1]!);
});

Deno.test("bootstrapIntervals() leaves out resamples without a value, and needs half of them", () => {
  const sometimes = (every: number) => {
    let resample = 0;
    return () => ({ f1: resample++ % every === 0 ? 1 : null });
  };
  const options = { seed: 1, resamples: 9 };
  // Resamples 0, 2, 4, 6, 8 are five of nine; 0, 3, 6 are three.
  assert.deepEqual(bootstrapIntervals(all(2), { ...options, statistic: sometimes(2) }), {
    f1: { low: 1, high: 1, std: 0, resamples: 5 },
  });
  assert.deepEqual(bootstrapIntervals(all(2), { ...options, statistic: sometimes(3) }), {
    f1: null,
    f1_reason: "Cannot give an interval: f1 must be defined in at least half of 9 resamples, got 3",
  });
});

Deno.test("bootstrapIntervals() refuses what gives no interval", () => {
  const statistic = () => ({ f1: 1 });
  const refused = (
    options: { strata?: string[]; resamples?: number; confidence?: number; seed?: number },
    message: string,
  ) => {
    const { strata = all(3), ...others } = options;
    const call = () => bootstrapIntervals(strata, { statistic, seed: 1, ...others });
    assert.throws(call, { name: "RangeError", message });
  };
  refused({ strata: [] }, "Cannot bootstrap: at least one item is needed, got none");
  refused({ resamples: 1 }, "Cannot bootstrap: resamples must be an integer from 2, got 1");
  refused({ resamples: 2.5 }, "Cannot bootstrap: resamples must be an integer from 2, got 2.5");
  for (const confidence of [0, 1, NaN]) {
    const message = `Cannot bootstrap: confidence must be above 0 and below 1, got ${confidence}`;
    refused({ confidence }, message);
  }
  refused(
    { seed: -1 },
    "Cannot create a random generator: seed must be an integer from 0 to 4294967295, got -1",
  );
  assert.throws(() => bootstrapIntervals(all(2), { statistic: () => ({ f1: NaN }), seed: 1 }), {
    name: "RangeError",
    message: 'Cannot bootstrap: "f1" must be finite or null, got NaN',
  });
});

Deno.test("bootstrapIntervals() contains the true value about as often as it says", () => {
  const trials = 300;
  let covered = 0;
  for (let seed = 1; seed <= trials; seed++) {
    const random = createRandom(seed, "coverage");
    const values = Array.from({ length: 40 }, () => random.gaussian());
    const { mean } = bootstrapIntervals(all(40), {
      statistic: (items) => ({ mean: items.reduce((sum, i) => sum + values[i]!, 0) / 40 }),
      confidence: 0.9,
      resamples: 200,
      seed,
    });
    if (mean!.low <= 0 && mean!.high >= 0) covered++;
  }
  // Percentile intervals of few values are a little narrow; four standard errors are 0.07.
  assert.ok(Math.abs(covered / trials - 0.88) < 0.07, `${covered} of ${trials}`);
});

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
