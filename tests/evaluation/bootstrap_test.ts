import assert from "node:assert/strict";
import { bootstrapIndices, bootstrapIntervals } from "@/evaluation/intervals.ts";
import { createRandom } from "@/math/random.ts";
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
