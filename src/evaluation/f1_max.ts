/**
 * F1-max: the best F1 that any threshold reaches, and that threshold.
 *
 * @module
 */
import { type Ranking, rankScores, requireBothLabels } from "@/evaluation/ranking.ts";

/** The best F1 and where it is reached. */
export interface F1Max {
  /** The best F1, above 0 and at most 1. */
  readonly f1: number;
  /** Items that score at or above this count as anomalous; always the score of an anomalous item. */
  readonly threshold: number;
}

/**
 * Finds the threshold with the largest F1 = 2·TP / (2·TP + FP + FN).
 *
 * Every score is tried, an item at or above the threshold counting as anomalous; of thresholds
 * with equal F1 the highest is taken, which raises the fewest alarms. O(n log n) time. The
 * threshold is chosen with the labels of the same items: an oracle, not a decision rule.
 *
 * @param scores Anomaly scores, finite.
 * @param labels 1 or true for anomalous, 0 or false for normal.
 * @returns The best F1 and its threshold.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 * @throws {RangeError} If a score is not finite.
 * @throws {TypeError} If scores and labels differ in number.
 *
 * @example Two found, one false alarm
 * ```ts
 * import assert from "node:assert/strict";
 * import { f1Max } from "@/evaluation/f1_max.ts";
 *
 * assert.deepEqual(f1Max([4, 3, 2, 1], [1, 0, 1, 0]), { f1: 0.8, threshold: 2 });
 * ```
 */
export function f1Max(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): F1Max {
  return f1MaxOf(rankScores(scores, labels));
}

/**
 * Finds the best F1 from a ranking that exists already; see `f1Max`.
 *
 * @param ranking Anomalous among normal items.
 * @returns The best F1 and its threshold.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 *
 * @example A perfect separation
 * ```ts
 * import assert from "node:assert/strict";
 * import { f1MaxOf } from "@/evaluation/f1_max.ts";
 * import { rankScores } from "@/evaluation/ranking.ts";
 *
 * assert.deepEqual(f1MaxOf(rankScores([5, 1], [1, 0])), { f1: 1, threshold: 5 });
 * ```
 */
export function f1MaxOf(ranking: Ranking): F1Max {
  requireBothLabels(ranking, "F1-max");
  const { anomalousCount, scores, hits, above, tied } = ranking;
  let f1 = 0, threshold = Infinity, found = 0;
  for (let step = 0; step < hits.length; step++) {
    found += hits[step]!;
    const candidate = 2 * found / (found + above[step]! + tied[step]! + anomalousCount);
    if (candidate > f1) {
      f1 = candidate;
      threshold = scores[step]!;
    }
  }
  return { f1, threshold };
}
