/**
 * Scores of different groups brought to one scale, where a number is wanted without a threshold.
 *
 * @module
 */
import { quantileSorted } from "simple-statistics";
import type { ScopedScore } from "@/evaluation/decisions.ts";
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";

/** Calibration scores below which a group borrows the scale of all groups. */
const fewest = 10;

/**
 * Divides each score by the 0.95 quantile of the calibration scores of the group that made it.
 *
 * This is how cluster-wise decision criteria show up in a number without a threshold: a score of
 * 1 is what 5 % of a group's normal images exceed. A group with fewer than 10 calibration scores
 * takes the quantile over all groups. Where one group made all scores and nothing was calibrated
 * there is nothing to bring together, and scores stay as they are. The definition is ours.
 *
 * @param scores Scores to align; classes are not looked at.
 * @param calibration Normal calibration scores.
 * @returns One aligned score each, in order.
 * @throws {UndefinedMetricError} If several groups have no calibration score, or a scale is not
 *   above zero.
 *
 * @example A group whose normal images score around 10
 * ```ts
 * import assert from "node:assert/strict";
 * import { alignScores } from "@/evaluation/mod.ts";
 *
 * const calibration = Array.from({ length: 20 }, () => ({ group: 0, score: 10 }));
 * assert.deepEqual(alignScores([{ group: 0, score: 25 }], calibration), [2.5]);
 * ```
 */
export function alignScores(
  scores: readonly ScopedScore[],
  calibration: readonly ScopedScore[],
): number[] {
  if (calibration.length === 0) {
    if (scores.every(({ group }) => group === scores[0]!.group)) {
      return scores.map(({ score }) => score);
    }
    throw new UndefinedMetricError("Cannot align scores: calibration scores are needed, got none");
  }
  const overall = scaleOf(calibration, "all groups");
  const scales = new Map<number, number>();
  for (const [group, members] of Map.groupBy(calibration, ({ group }) => group)) {
    if (members.length >= fewest) scales.set(group, scaleOf(members, `group ${group}`));
  }
  return scores.map(({ group, score }) => score / (scales.get(group) ?? overall));
}

function scaleOf(calibration: readonly ScopedScore[], whose: string): number {
  const sorted = calibration.map(({ score }) => score).sort((a, b) => a - b);
  const scale = quantileSorted(sorted, 0.95);
  if (!(scale > 0)) {
    throw new UndefinedMetricError(
      `Cannot align scores: the 0.95 quantile of ${whose} must be above zero, got ${scale}`,
    );
  }
  return scale;
}
