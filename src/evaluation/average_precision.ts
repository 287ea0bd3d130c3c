/**
 * Average precision: the area under the precision–recall curve, without interpolation.
 *
 * @module
 */
import { type Ranking, rankScores, requireBothLabels } from "@/evaluation/ranking.ts";

/**
 * Computes the mean precision over the anomalous items, each taken at its own score.
 *
 * As scikit-learn defines it: the sum over thresholds of (recall − previous recall) × precision.
 * Items with equal scores pass the threshold together. O(n log n) time.
 *
 * @param scores Anomaly scores, finite.
 * @param labels 1 or true for anomalous, 0 or false for normal.
 * @returns A share above 0, at most 1.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 * @throws {RangeError} If a score is not finite.
 * @throws {TypeError} If scores and labels differ in number.
 *
 * @example Precision 1 at the first anomalous item, 2/3 at the second
 * ```ts
 * import assert from "node:assert/strict";
 * import { averagePrecision } from "@/evaluation/average_precision.ts";
 *
 * assert.equal(averagePrecision([4, 3, 2, 1], [1, 0, 1, 0]), (1 + 2 / 3) / 2);
 * ```
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
): number {
  return averagePrecisionOf(rankScores(scores, labels));
}

/**
 * Computes average precision from a ranking that exists already; see `averagePrecision`.
 *
 * @param ranking Anomalous among normal items.
 * @returns A share above 0, at most 1.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 *
 * @example Every anomalous item on top
 * ```ts
 * import assert from "node:assert/strict";
 * import { averagePrecisionOf } from "@/evaluation/average_precision.ts";
 * import { rankScores } from "@/evaluation/ranking.ts";
 *
 * assert.equal(averagePrecisionOf(rankScores([3, 2, 1], [1, 1, 0])), 1);
 * ```
 */
export function averagePrecisionOf(ranking: Ranking): number {
  requireBothLabels(ranking, "average precision");
  const { anomalousCount, hits, above, tied } = ranking;
  let sum = 0, found = 0;
  for (let step = 0; step < hits.length; step++) {
    found += hits[step]!;
    sum += hits[step]! * (found / (found + above[step]! + tied[step]!));
  }
  return sum / anomalousCount;
}
