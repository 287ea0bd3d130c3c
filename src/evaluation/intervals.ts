/**
 * Bootstrap: how far a statistic would move had other items of the same kinds been drawn.
 *
 * @module
 */
import { quantileSorted, standardDeviation } from "simple-statistics";
import { createRandom, type Random } from "@/math/random.ts";

/** An interval, and what it rests on. */
export interface Interval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** Standard deviation (population) over the resamples: the standard error of the statistic. */
  readonly std: number;
  /** Resamples in which the statistic is defined. */
  readonly resamples: number;
}

/** Intervals by name; one that cannot be given is `null` beside the reason, as `<name>_reason`. */
export type Intervals<Name extends string> =
  & { readonly [Key in Name]: Interval | null }
  & { readonly [Key in `${Name}_reason`]?: string };

/** How intervals are made. */
export interface BootstrapOptions {
  /** How often items are drawn anew, an integer from 2; default 1000. */
  readonly resamples?: number;
  /** Share of the resampled values that the interval spans, above 0 and below 1; default 0.95. */
  readonly confidence?: number;
  /** Seed of the draws. */
  readonly seed: number;
}

/**
 * Draws items with replacement, each from its own stratum.
 *
 * Position i holds an item of the stratum of item i, so every stratum keeps its size and its places.
 *
 * @param strata The stratum of each item.
 * @param random The generator to draw from; it moves on.
 * @returns One item number per item.
 *
 * @example A stratum of one item can only be drawn as it is
 * ```ts
 * import assert from "node:assert/strict";
 * import { bootstrapIndices } from "@/evaluation/intervals.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const [first, second, third] = bootstrapIndices(["a", "b", "a"], createRandom(1));
 * assert.equal(second, 1);
 * assert.ok([first, third].every((item) => item === 0 || item === 2));
 * ```
 */
export function bootstrapIndices(strata: readonly string[], random: Random): Uint32Array {
  const members = Map.groupBy(strata.keys(), (item) => strata[item]!);
  const drawn = new Uint32Array(strata.length);
  for (let place = 0; place < strata.length; place++) {
    const items = members.get(strata[place]!)!;
    drawn[place] = items[random.integer(items.length)]!;
  }
  return drawn;
}

/**
 * Computes percentile intervals of statistics by the stratified bootstrap.
 *
 * The statistics are computed on `resamples` draws of as many items, with replacement within each
 * stratum; an interval spans the middle `confidence` of their values, interpolated linearly (Efron
 * and Tibshirani, "An Introduction to the Bootstrap", 1993). A resample in which a statistic is
 * undefined does not count for it. A statistic that is the same in every resample, such as the AUROC
 * of scores that separate perfectly, gets an interval without width: the items at hand show no
 * variation, which does not mean that new ones would not.
 *
 * @param strata The stratum of each item.
 * @param options The statistics by name, `null` where undefined, as a function of the items drawn;
 *   resamples, confidence and seed.
 * @returns One interval per name; `null` beside the reason if it is undefined in over half of the
 *   resamples.
 * @throws {RangeError} If there is no item, the number of resamples or the confidence is out of
 *   range, or a statistic is neither finite nor `null`.
 *
 * @example The mean of two numbers, drawn from both
 * ```ts
 * import assert from "node:assert/strict";
 * import { bootstrapIntervals } from "@/evaluation/intervals.ts";
 *
 * const values = [0, 1];
 * const { mean } = bootstrapIntervals(["all", "all"], {
 *   statistic: ([first, second]) => ({ mean: (values[first!]! + values[second!]!) / 2 }),
 *   seed: 1,
 * });
 * assert.deepEqual([mean?.low, mean?.high, mean?.resamples], [0, 1, 1000]);
 * ```
 */
export function bootstrapIntervals<Name extends string>(
  strata: readonly string[],
  options: BootstrapOptions & {
    statistic: (items: Uint32Array) => Readonly<Record<Name, number | null>>;
  },
): Intervals<Name> {
  const { statistic, resamples = 1000, confidence = 0.95, seed } = options;
  checkBootstrap(strata.length, { resamples, confidence });
  const random = createRandom(seed, "bootstrap");
  const defined = new Map<string, number[]>();
  for (let resample = 0; resample < resamples; resample++) {
    const statistics = statistic(bootstrapIndices(strata, random));
    for (const [name, value] of Object.entries<number | null>(statistics)) {
      const values = defined.get(name) ?? [];
      defined.set(name, values);
      if (value !== null) values.push(checkStatistic(name, value));
    }
  }
  const intervals: Record<string, Interval | string | null> = {};
  for (const [name, values] of defined) {
    const enough = 2 * values.length >= resamples;
    intervals[name] = enough ? intervalOf(values, confidence) : null;
    if (enough) continue;
    intervals[`${name}_reason`] =
      `Cannot give an interval: ${name} must be defined in at least half of ${resamples} resamples, ` +
      `got ${values.length}`;
  }
  return intervals as Intervals<Name>;
}

function intervalOf(values: readonly number[], confidence: number): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    low: quantileSorted(sorted, (1 - confidence) / 2),
    high: quantileSorted(sorted, (1 + confidence) / 2),
    std: standardDeviation(sorted),
    resamples: sorted.length,
  };
}

function checkStatistic(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`Cannot bootstrap: "${name}" must be finite or null, got ${value}`);
}

function checkBootstrap(
  items: number,
  { resamples, confidence }: { resamples: number; confidence: number },
): void {
  if (items === 0) throw new RangeError("Cannot bootstrap: at least one item is needed, got none");
  if (!Number.isInteger(resamples) || resamples < 2) {
    throw new RangeError(
      `Cannot bootstrap: resamples must be an integer from 2, got ${resamples}`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot bootstrap: confidence must be above 0 and below 1, got ${confidence}`,
    );
  }
}
