/**
 * How certain an evaluation is: bootstrap intervals of its metrics.
 *
 * @module
 */
import { alignScores } from "@/evaluation/align_scores.ts";
import {
  type BinaryMetricName,
  binaryMetricNames,
  countDecisions,
} from "@/evaluation/binary_metrics.ts";
import { type ImageMetricName, imageMetrics, macroMean } from "@/evaluation/class_metrics.ts";
import { decideImages } from "@/evaluation/decide_images.ts";
import type { EvaluationInput } from "@/evaluation/evaluate.ts";
import {
  bootstrapIntervals,
  type BootstrapOptions,
  type Intervals,
} from "@/evaluation/intervals.ts";
import { type MetricValues, UndefinedMetricError } from "@/evaluation/metric_values.ts";
import type { ScopedScore } from "@/evaluation/thresholds.ts";

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

const imageNames: readonly ImageMetricName[] = ["image_auroc", "image_ap", "image_f1_max"];

/**
 * Computes percentile intervals of image metrics by drawing the test images anew.
 *
 * Images are drawn with replacement among those of the same class and label, so every resample has
 * the classes and the anomalies of the test set. Memory bank, calibration scores and thresholds stay
 * as they are: the intervals tell what other test images would change, not what another training set
 * or seed would. With the oracle rule, whose thresholds come from the test images, each resample has
 * its own. Pixel metrics get no interval: their pixels would have to be ranked anew each time.
 *
 * Takes O(resamples × images × log images) time.
 *
 * @param input What `evaluateScores` takes.
 * @param options Seed, number of resamples (default 1000) and confidence (default 0.95).
 * @returns The intervals, under the metrics' names.
 * @throws {TypeError} If there is not one truth per test image.
 * @throws {RangeError} If there is no test image, an option is out of range, or a class-specific
 *   threshold is asked for and the class is withheld.
 *
 * @example Scores that separate perfectly, and a threshold among the normal ones
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluationIntervals } from "@/evaluation/evaluation_intervals.ts";
 *
 * const { macro, binary } = evaluationIntervals({
 *   samples: [1, 2, 8, 9].map((score) => ({ group: 0, score })),
 *   truth: [false, false, true, true].map((isAnomalous) => ({ className: "nut", isAnomalous })),
 *   calibration: [{ group: 0, score: 1.5 }],
 *   rule: { name: "max" },
 *   scope: "global",
 *   trainCounts: { nut: 1 },
 *   pixelMetrics: {},
 * }, { seed: 1, resamples: 100 });
 * assert.deepEqual([macro.image_auroc?.low, macro.image_auroc?.high], [1, 1]);
 * assert.deepEqual([binary.pooled.fpr?.low, binary.pooled.fpr?.high], [0, 1]);
 * ```
 */
export function evaluationIntervals(
  input: EvaluationInput,
  options: BootstrapOptions,
): EvaluationIntervals {
  const { samples, truth, calibration, rule, scope } = input;
  if (samples.length !== truth.length) {
    throw new TypeError(
      `Cannot compute intervals: one truth per test image is needed, ` +
        `got ${truth.length} for ${samples.length} images`,
    );
  }
  // A draw keeps class and label of every position: the truth stays, what was measured moves.
  const labels = truth.map(({ isAnomalous }) => isAnomalous);
  const decide = (drawn: readonly ScopedScore[]): readonly boolean[] =>
    decideImages(drawn, { calibration, rule, scope, oracleLabels: labels }).anomalous;
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
      ...flatten("macro", macroMean(image, imageNames), imageNames),
      ...flatten("pooled", imageMetrics(drawn, labels), imageNames),
      "pooled.aligned_image_auroc": onAligned?.image_auroc ?? null,
      "pooled.aligned_image_ap": onAligned?.image_ap ?? null,
      ...flatten("binary.macro", macroMean(binary, binaryMetricNames), binaryMetricNames),
      ...flatten("binary.pooled", countDecisions(anomalous, labels), binaryMetricNames),
    };
  };
  const strata = truth.map(({ className, isAnomalous }) => `${isAnomalous} ${className}`);
  const all = bootstrapIntervals(strata, { ...options, statistic });
  return {
    macro: section(all, "macro", imageNames),
    pooled: section(all, "pooled", [...imageNames, "aligned_image_auroc", "aligned_image_ap"]),
    binary: {
      macro: section(all, "binary.macro", binaryMetricNames),
      pooled: section(all, "binary.pooled", binaryMetricNames),
    },
  };
}

function alignedScores({ samples, calibration }: EvaluationInput): number[] | null {
  try {
    return alignScores(samples, calibration);
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

function pick<Value>(values: readonly Value[], indices: readonly number[]): Value[] {
  return indices.map((index) => values[index]!);
}
