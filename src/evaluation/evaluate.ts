/**
 * Evaluates scored test images under one setting: thresholds, decisions, metrics.
 *
 * Thresholds and decisions come from `decideImages`, which sees a class only where the setting
 * lets it be known; the truth enters with the metrics.
 *
 * @module
 */
import { type Alignment, alignScores } from "@/evaluation/alignment.ts";
import {
  type BinaryMetricName,
  binaryMetricNames,
  type BinaryMetrics,
  countDecisions,
} from "@/evaluation/binary_metrics.ts";
import {
  type ClassMetricName,
  classMetricNames,
  type Disparity,
  type ImageMetricName,
  imageMetrics,
  macroMean,
  measureDisparity,
} from "@/evaluation/class_metrics.ts";
import { decideImages, type Decisions, type ScopedScore } from "@/evaluation/decisions.ts";
import {
  type MetricValues,
  metricValues,
  UndefinedMetricError,
} from "@/evaluation/metric_values.ts";
import type { PixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import { auroc, averagePrecision } from "@/evaluation/ranking.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import type { Threshold, ThresholdRule } from "@/thresholds/rules.ts";

/** What is true of a test image. */
export interface Truth {
  /** Product category. */
  readonly className: string;
  /** Whether it shows a defect. */
  readonly isAnomalous: boolean;
}

/** What is evaluated, and how. */
export interface EvaluationInput {
  /** Test scores; the class is absent where the setting withholds it. */
  readonly samples: readonly ScopedScore[];
  /** The truth of each test image, for the metrics alone. */
  readonly truth: readonly Truth[];
  /** Normal calibration scores; the class is absent where the setting withholds it. */
  readonly calibration: readonly ScopedScore[];
  /** How thresholds follow from calibration scores. */
  readonly rule: ThresholdRule;
  /** For whom one threshold holds. */
  readonly scope: ThresholdScope;
  /** Thresholds by the name of their scope, in place of the rule's; default: none. */
  readonly given?: ReadonlyMap<string, Threshold> | null;
  /** How scores of groups are brought to one scale for pooled numbers; default `quantile95`. */
  readonly alignment?: Alignment;
  /** Training images by class. */
  readonly trainCounts: Readonly<Record<string, number>>;
  /** Pixel metrics by class. */
  readonly pixelMetrics: Readonly<Record<string, PixelMetricValues>>;
}

/** Metrics of one class, as `test_results.json` holds them. */
export type ClassMetrics = {
  /** Training images. */
  readonly n_train: number;
  /** Normal test images. */
  readonly n_normal: number;
  /** Anomalous test images. */
  readonly n_anomalous: number;
} & MetricValues<ClassMetricName>;

/** Metrics over all test images together. */
export type PooledMetrics =
  & MetricValues<ImageMetricName>
  & MetricValues<AlignedMetricName>;

/** Metrics over all test images after aligning by group: the chosen way, and both ways. */
export type AlignedMetricName =
  | "aligned_image_auroc"
  | "aligned_image_ap"
  | "quantile95_image_auroc"
  | "z_image_auroc";

/** The evaluation of one setting. */
export interface Evaluation {
  /** Metrics that need no threshold, by class. */
  readonly classes: Readonly<Record<string, ClassMetrics>>;
  /** Their means over classes. */
  readonly macro: MetricValues<ClassMetricName>;
  /** Over all test images together: on raw scores, and on scores aligned by group. */
  readonly pooled: PooledMetrics;
  /** Their spread over classes. */
  readonly disparity: Partial<Record<ClassMetricName, Disparity>>;
  /** Thresholds and decisions. */
  readonly decisions: Decisions;
  /** Decisions against the truth. */
  readonly binary: BinaryEvaluation;
}

/** Decisions against the truth, by class, averaged, and all together. */
export interface BinaryEvaluation {
  /** By class. */
  readonly classes: Readonly<Record<string, BinaryMetrics>>;
  /** Means over classes. */
  readonly macro: MetricValues<BinaryMetricName>;
  /** All test images together. */
  readonly pooled: BinaryMetrics;
}

/**
 * Evaluates scored test images under one setting.
 *
 * @param input Scores, truth, calibration, rule and scope; see `EvaluationInput`.
 * @returns Metrics, thresholds and decisions; classes in alphabetical order.
 * @throws {TypeError} If there is not one truth per test image.
 * @throws {RangeError} If a class-specific threshold is asked for and the class is withheld.
 *
 * @example Two images of one class
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluateScores } from "@/evaluation/mod.ts";
 *
 * const { macro, binary } = evaluateScores({
 *   samples: [{ group: 0, score: 1 }, { group: 0, score: 9 }],
 *   truth: [{ className: "nut", isAnomalous: false }, { className: "nut", isAnomalous: true }],
 *   calibration: [{ group: 0, score: 2 }],
 *   rule: { name: "max" },
 *   scope: "global",
 *   trainCounts: { nut: 1 },
 *   pixelMetrics: {},
 * });
 * assert.equal(macro.image_auroc, 1);
 * assert.equal(binary.pooled.accuracy, 1);
 * ```
 */
export function evaluateScores(input: EvaluationInput): Evaluation {
  const { samples, truth, calibration, rule, scope } = input;
  if (samples.length !== truth.length) {
    throw new TypeError(
      `Cannot evaluate scores: one truth per test image is needed, ` +
        `got ${truth.length} for ${samples.length} images`,
    );
  }
  const labels = truth.map(({ isAnomalous }) => isAnomalous);
  const scores = samples.map(({ score }) => score);
  const decisions = decideImages(samples, {
    calibration,
    rule,
    scope,
    given: input.given ?? null,
    ...(rule.name === "oracle_f1" && { oracleLabels: labels }),
  });
  // A class without test images has no metrics, which is said rather than left out.
  const members = membersByClass(truth, Object.keys(input.trainCounts));
  const classes = mapValues(members, (images, className): ClassMetrics => {
    const anomalous = images.filter((image) => labels[image]).length;
    return {
      n_train: ownValue(input.trainCounts, className) ?? 0,
      n_normal: images.length - anomalous,
      n_anomalous: anomalous,
      ...imageMetrics(pick(scores, images), pick(labels, images)),
      ...(ownValue(input.pixelMetrics, className) ?? noPixelMetrics),
    };
  });
  return {
    classes,
    macro: macroMean(classes, classMetricNames),
    pooled: { ...imageMetrics(scores, labels), ...alignedMetrics(input, labels) },
    disparity: measureDisparity(classes, classMetricNames),
    decisions,
    binary: evaluateDecisions(decisions.anomalous, truth, { classes: [...members.keys()] }),
  };
}

/**
 * Compares decisions with the truth, by class, averaged, and all together.
 *
 * @param decisions Whether each image was called anomalous.
 * @param truth Class and label of each image.
 * @param options Classes that are reported although they have no test image.
 * @returns Counts and rates.
 * @throws {TypeError} If there is not one truth per decision.
 *
 * @example A false alarm in one of two classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluateDecisions } from "@/evaluation/mod.ts";
 *
 * const normal = (className: string) => ({ className, isAnomalous: false });
 * const { classes, macro } = evaluateDecisions([true, false], [normal("nut"), normal("bolt")]);
 * assert.equal(classes.nut?.fpr, 1);
 * assert.equal(macro.fpr, 0.5);
 * ```
 */
export function evaluateDecisions(
  decisions: readonly boolean[],
  truth: readonly Truth[],
  options: {
    /** Classes besides those of the test images; default: none. */
    readonly classes?: readonly string[];
  } = {},
): BinaryEvaluation {
  const labels = truth.map(({ isAnomalous }) => isAnomalous);
  const pooled = countDecisions(decisions, labels);
  const classes = mapValues(
    membersByClass(truth, options.classes),
    (images) => countDecisions(pick(decisions, images), pick(labels, images)),
  );
  return { classes, macro: macroMean(classes, binaryMetricNames), pooled };
}

const noPixelMetrics: PixelMetricValues = metricValues({
  pixel_auroc: refusePixels,
  pixel_ap: refusePixels,
  pixel_f1_max: refusePixels,
  aupro: refusePixels,
});

function refusePixels(): never {
  throw new UndefinedMetricError("Cannot compute pixel metrics: there are no masks");
}

function alignedMetrics(
  { samples, calibration, alignment = "quantile95" }: EvaluationInput,
  labels: readonly boolean[],
): MetricValues<AlignedMetricName> {
  const align = (scale: Alignment): number[] => alignScores(samples, calibration, { scale });
  return metricValues({
    aligned_image_auroc: () => auroc(align(alignment), labels),
    aligned_image_ap: () => averagePrecision(align(alignment), labels),
    quantile95_image_auroc: () => auroc(align("quantile95"), labels),
    z_image_auroc: () => auroc(align("z"), labels),
  });
}

/** The test images of every class, sorted by its name; of other classes that are named, none. */
function membersByClass(
  truth: readonly Truth[],
  classes: readonly string[] = [],
): Map<string, number[]> {
  const members = new Map<string, number[]>(classes.map((className) => [className, []]));
  for (const [image, { className }] of truth.entries()) {
    const own = members.get(className);
    if (own === undefined) members.set(className, [image]);
    else own.push(image);
  }
  return new Map([...members].sort(([a], [b]) => a === b ? 0 : a < b ? -1 : 1));
}

/** What a record holds under a name by itself: a class may be called `constructor`. */
function ownValue<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function mapValues<From, To>(
  map: ReadonlyMap<string, From>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value, key)]));
}

/** Picks what belongs to some of the images. */
export function pick<Value>(values: readonly Value[], indices: readonly number[]): Value[] {
  return indices.map((index) => values[index]!);
}
