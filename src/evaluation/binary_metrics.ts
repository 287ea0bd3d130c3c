/**
 * Decisions counted and turned into rates.
 *
 * @module
 */
import {
  type MetricValues,
  metricValues,
  UndefinedMetricError,
} from "@/evaluation/metric_values.ts";

/** How decisions met the truth. */
export interface DecisionCounts {
  /** Anomalous images called anomalous. */
  readonly tp: number;
  /** Normal images called anomalous. */
  readonly fp: number;
  /** Normal images called normal. */
  readonly tn: number;
  /** Anomalous images called normal. */
  readonly fn: number;
}

/** Names of the rates in result files. */
export type BinaryMetricName =
  | "accuracy"
  | "balanced_accuracy"
  | "precision"
  | "recall"
  | "f1"
  | "fpr";

/** Counts and rates; an undefined rate is `null` beside its reason. */
export type BinaryMetrics = DecisionCounts & MetricValues<BinaryMetricName>;

/** Names of the rates, in the order of result files. */
export const binaryMetricNames: readonly BinaryMetricName[] = [
  "accuracy",
  "balanced_accuracy",
  "precision",
  "recall",
  "f1",
  "fpr",
];

/** Counts decisions and computes their rates. */
export function countDecisions(
  decisions: readonly boolean[],
  labels: readonly boolean[],
): BinaryMetrics {
  if (decisions.length !== labels.length) {
    throw new TypeError(
      `Cannot count decisions: one label per decision is needed, ` +
        `got ${labels.length} for ${decisions.length}`,
    );
  }
  const count = (decision: boolean, label: boolean): number =>
    decisions.filter((each, i) => each === decision && labels[i] === label).length;
  const tp = count(true, true), fp = count(true, false);
  const tn = count(false, false), fn = count(false, true);
  const rates = metricValues<BinaryMetricName>({
    accuracy: () => divide("accuracy", tp + tn, tp + fp + tn + fn),
    balanced_accuracy: () =>
      (divide("balanced accuracy", tp, tp + fn) + divide("balanced accuracy", tn, tn + fp)) / 2,
    precision: () => divide("precision", tp, tp + fp),
    recall: () => divide("recall", tp, tp + fn),
    f1: () => {
      divide("F1", 0, tp + fn); // without anomalous images there is nothing to find
      return divide("F1", 2 * tp, 2 * tp + fp + fn);
    },
    fpr: () => divide("false-positive rate", fp, fp + tn),
  });
  return { tp, fp, tn, fn, ...rates };
}

function divide(name: string, part: number, whole: number): number {
  if (whole > 0) return part / whole;
  throw new UndefinedMetricError(`Cannot compute ${name}: there is nothing to count`);
}
