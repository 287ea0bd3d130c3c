/**
 * Area under the receiver operating characteristic, as a rank statistic.
 *
 * @module
 */
import { type Ranking, rankScores, requireBothLabels } from "@/evaluation/ranking.ts";

/**
 * Computes the probability that an anomalous item scores above a normal one, ties counted half.
 *
 * This is the Mann–Whitney statistic divided by the number of pairs, which equals the area under
 * the ROC curve (Hanley and McNeil, 1982). Counts are exact integers; O(n log n) time.
 *
 * @param scores Anomaly scores, finite.
 * @param labels 1 or true for anomalous, 0 or false for normal.
 * @returns A share from 0 to 1.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 * @throws {RangeError} If a score is not finite.
 * @throws {TypeError} If scores and labels differ in number.
 *
 * @example One pair in order, one tie
 * ```ts
 * import assert from "node:assert/strict";
 * import { auroc } from "@/evaluation/auroc.ts";
 *
 * assert.equal(auroc([1, 2, 2], [0, 0, 1]), 0.75);
 * ```
 */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): number {
  return aurocOf(rankScores(scores, labels));
}

/**
 * Computes AUROC from a ranking that exists already; see `auroc`.
 *
 * @param ranking Anomalous among normal items.
 * @returns A share from 0 to 1.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 *
 * @example The same number
 * ```ts
 * import assert from "node:assert/strict";
 * import { aurocOf } from "@/evaluation/auroc.ts";
 * import { rankScores } from "@/evaluation/ranking.ts";
 *
 * assert.equal(aurocOf(rankScores([1, 2, 2], [0, 0, 1])), 0.75);
 * ```
 */
export function aurocOf(ranking: Ranking): number {
  requireBothLabels(ranking, "AUROC");
  const { normalCount, anomalousCount, hits, above, tied } = ranking;
  let won = 0;
  for (let step = 0; step < hits.length; step++) {
    won += hits[step]! * (normalCount - above[step]! - tied[step]! / 2);
  }
  return won / (normalCount * anomalousCount);
}
