/**
 * How certain an evaluation is: how far its metrics would move had other test images of the same
 * kinds been drawn, by the bootstrap.
 *
 * Memory bank, calibration scores and thresholds stay as they are: the intervals tell what other
 * test images would change, not what another training set or seed would. With the oracle rule,
 * whose thresholds come from the test images, each resample has its own. Pixel metrics get no
 * interval: their pixels would have to be ranked anew each time.
 *
 * @module
 */
import { quantileSorted, standardDeviation } from "simple-statistics";
import { alignScores } from "@/evaluation/alignment.ts";
import {
  type BinaryMetricName,
  binaryMetricNames,
  countDecisions,
} from "@/evaluation/binary_metrics.ts";
import {
  type ImageMetricName,
  imageMetricNames,
  imageMetrics,
  macroMean,
} from "@/evaluation/class_metrics.ts";
import { decideImages, type ScopedScore } from "@/evaluation/decisions.ts";
import { type EvaluationInput, pick } from "@/evaluation/evaluate.ts";
import { type MetricValues, UndefinedMetricError } from "@/evaluation/metric_values.ts";
import { createRandom, type Random } from "@/math/random.ts";
import { checkCount } from "@/messages.ts";

/** How intervals are made. */
export interface BootstrapOptions {
  /** How often items are drawn anew, an integer from 2; default 1000. */
  readonly resamples?: number;
  /** Share of the resampled values that the interval spans, above 0 and below 1; default 0.95. */
  readonly confidence?: number;
  /** Seed of the draws. */
  readonly seed: number;
}

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

/**
 * Computes percentile intervals of statistics by the stratified bootstrap.
 *
 * The statistics are computed on `resamples` draws of as many items, with replacement within
 * each stratum; an interval spans the middle `confidence` of their values, interpolated linearly
 * (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993). A resample in which a
 * statistic is undefined does not count for it. A statistic that is the same in every resample,
 * such as the AUROC of scores that separate perfectly, gets an interval without width: the items
 * at hand show no variation, which does not mean that new ones would not.
 *
 * @param strata The stratum of each item.
 * @param options The statistics by name, `null` where undefined, as a function of the items
 *   drawn; resamples, confidence and seed.
 * @returns One interval per name; `null` beside the reason if it is undefined in over half of
 *   the resamples.
 * @throws {RangeError} If there is no item, the number of resamples or the confidence is out of
 *   range, or a statistic is neither finite nor `null`.
 *
 * @example The mean of two numbers, drawn from both
 * ```ts
 * import assert from "node:assert/strict";
 * import { bootstrapIntervals } from "@/evaluation/mod.ts";
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

/**
 * Draws items with replacement, each from the stratum of the item whose position it takes, so
 * that every stratum keeps its size and its places.
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
  checkCount(resamples, { task: "Cannot bootstrap", name: "resamples", least: 2 });
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot bootstrap: confidence must be above 0 and below 1, got ${confidence}`,
    );
  }
}

/** Intervals under the names of the metrics that they belong to; see `Evaluation`. */
export interface EvaluationIntervals {
  /** Of the means over classes. */
  readonly macro: Intervals<ImageMetricName>;
  /** Of all test images together. */
  readonly pooled: Intervals<ImageMetricName | "aligned_image_auroc" | "aligned_image_ap">;
  /** Of the decisions against the truth. */
  readonly binary: {
    /** Means over classes. */
    readonly macro: Intervals<BinaryMetricName>;
    /** All test images together. */
    readonly pooled: Intervals<BinaryMetricName>;
  };
}

/**
 * Computes percentile intervals of image metrics by drawing the test images anew among those of
 * the same class and label, so that every resample has the classes and the anomalies of the test
 * set. Takes O(resamples × images × log images) time.
 */
export function evaluationIntervals(
  input: EvaluationInput,
  options: BootstrapOptions,
): EvaluationIntervals {
  const { samples, truth, calibration, rule, scope, given = null } = input;
  if (samples.length !== truth.length) {
    throw new TypeError(
      `Cannot compute intervals: one truth per test image is needed, ` +
        `got ${truth.length} for ${samples.length} images`,
    );
  }
  // A draw keeps class and label of every position: the truth stays, what was measured moves.
  const labels = truth.map(({ isAnomalous }) => isAnomalous);
  const decide = (drawn: readonly ScopedScore[]): readonly boolean[] =>
    decideImages(drawn, { calibration, rule, scope, given, oracleLabels: labels }).anomalous;
  const scores = samples.map(({ score }) => score);
  const aligned = alignedScores(input), decisions = decide(samples);
  const classes = [...Map.groupBy(truth.keys(), (image) => truth[image]!.className)]
    .map(([className, images]) => ({ className, images, labels: pick(labels, images) }));

  const statistic = (items: Uint32Array): Record<string, number | null> => {
    const images = [...items];
    const drawn = pick(scores, images);
    const anomalous = rule.name === "oracle_f1"
      ? decide(pick(samples, images))
      : pick(decisions, images);
    const image: Record<string, MetricValues<ImageMetricName>> = {};
    const binary: Record<string, MetricValues<BinaryMetricName>> = {};
    for (const { className, images, labels } of classes) {
      image[className] = imageMetrics(pick(drawn, images), labels);
      binary[className] = countDecisions(pick(anomalous, images), labels);
    }
    const onAligned = aligned && imageMetrics(pick(aligned, images), labels);
    return {
      ...flatten("macro", macroMean(image, imageMetricNames), imageMetricNames),
      ...flatten("pooled", imageMetrics(drawn, labels), imageMetricNames),
      "pooled.aligned_image_auroc": onAligned?.image_auroc ?? null,
      "pooled.aligned_image_ap": onAligned?.image_ap ?? null,
      ...flatten("binary.macro", macroMean(binary, binaryMetricNames), binaryMetricNames),
      ...flatten("binary.pooled", countDecisions(anomalous, labels), binaryMetricNames),
    };
  };
  const strata = truth.map(({ className, isAnomalous }) => `${isAnomalous} ${className}`);
  const all = bootstrapIntervals(strata, { ...options, statistic });
  return {
    macro: section(all, "macro", imageMetricNames),
    pooled: section(all, "pooled", [
      ...imageMetricNames,
      "aligned_image_auroc",
      "aligned_image_ap",
    ]),
    binary: {
      macro: section(all, "binary.macro", binaryMetricNames),
      pooled: section(all, "binary.pooled", binaryMetricNames),
    },
  };
}

/** Scores of the test images aligned by group; `null` where they cannot be. */
export function alignedScores(
  { samples, calibration, alignment: scale = "quantile95" }: EvaluationInput,
): number[] | null {
  try {
    return alignScores(samples, calibration, { scale });
  } catch (error) {
    if (error instanceof UndefinedMetricError) return null;
    throw error;
  }
}

function flatten<Name extends string>(
  prefix: string,
  metrics: Readonly<Record<Name, number | null>>,
  names: readonly Name[],
): Record<string, number | null> {
  return Object.fromEntries(names.map((name) => [`${prefix}.${name}`, metrics[name]]));
}

/** The intervals whose names begin with the prefix, without it. */
function section<Name extends string>(
  intervals: Readonly<Record<string, unknown>>,
  prefix: string,
  names: readonly Name[],
): Intervals<Name> {
  const keys = names.flatMap((name) => [name, `${name}_reason`]);
  return Object.fromEntries(
    keys.filter((key) => `${prefix}.${key}` in intervals)
      .map((key) => [key, intervals[`${prefix}.${key}`]]),
  ) as Intervals<Name>;
}
