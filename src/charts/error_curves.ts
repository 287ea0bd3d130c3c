/**
 * False-positive and false-negative rate of one class as functions of the threshold.
 *
 * Both are steps: they change at scores only. A score at or above the threshold is anomalous.
 *
 * @module
 */
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";

/** One step of a rate, from the step before to `upTo`. */
export interface RateStep {
  /** Largest threshold at which the rate holds; it holds from the one before, which is excluded. */
  readonly upTo: number;
  /** The rate, from 0 to 1. */
  readonly rate: number;
}

/**
 * Lists the false-positive rate for every threshold.
 *
 * @param scores Scores of normal images, in any order.
 * @returns Steps by ascending threshold, from rate 1 to rate 0; the last reaches to infinity.
 * @throws {UndefinedMetricError} If there is no score.
 * @throws {RangeError} If a score is not finite.
 *
 * @example Two normal images
 * ```ts
 * import assert from "node:assert/strict";
 * import { falsePositiveSteps } from "@/charts/error_curves.ts";
 *
 * assert.deepEqual(falsePositiveSteps([3, 1]), [
 *   { upTo: 1, rate: 1 },
 *   { upTo: 3, rate: 0.5 },
 *   { upTo: Infinity, rate: 0 },
 * ]);
 * ```
 */
export function falsePositiveSteps(scores: readonly number[]): RateStep[] {
  return stepsOf(scores, "false-positive rate")
    .map(({ upTo, below }) => ({ upTo, rate: (scores.length - below) / scores.length }));
}

/**
 * Lists the false-negative rate for every threshold.
 *
 * @param scores Scores of anomalous images, in any order.
 * @returns Steps by ascending threshold, from rate 0 to rate 1; the last reaches to infinity.
 * @throws {UndefinedMetricError} If there is no score.
 * @throws {RangeError} If a score is not finite.
 *
 * @example Two anomalous images
 * ```ts
 * import assert from "node:assert/strict";
 * import { falseNegativeSteps } from "@/charts/error_curves.ts";
 *
 * assert.deepEqual(falseNegativeSteps([3, 1]), [
 *   { upTo: 1, rate: 0 },
 *   { upTo: 3, rate: 0.5 },
 *   { upTo: Infinity, rate: 1 },
 * ]);
 * ```
 */
export function falseNegativeSteps(scores: readonly number[]): RateStep[] {
  return stepsOf(scores, "false-negative rate")
    .map(({ upTo, below }) => ({ upTo, rate: below / scores.length }));
}

/** Every distinct score, and infinity, with the number of scores below. */
function stepsOf(
  scores: readonly number[],
  metric: string,
): { readonly upTo: number; readonly below: number }[] {
  if (scores.length === 0) {
    throw new UndefinedMetricError(`Cannot compute the ${metric}: at least one score is needed`);
  }
  const wrong = scores.find((score) => !Number.isFinite(score));
  if (wrong !== undefined) {
    throw new RangeError(`Cannot compute the ${metric}: every score must be finite, got ${wrong}`);
  }
  const sorted = [...scores.toSorted((a, b) => a - b), Infinity];
  return sorted.flatMap((score, below) =>
    score === sorted[below - 1] ? [] : [{ upTo: score, below }]
  );
}
