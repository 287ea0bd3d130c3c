/**
 * Scores of different groups brought to one scale, where a number is wanted without a threshold.
 *
 * @module
 */
import { mean, quantileSorted } from "simple-statistics";
import type { ScopedScore } from "@/evaluation/decisions.ts";
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";
import { scoreFloor } from "@/thresholds/gumbel.ts";

/** How scores of groups are brought to one scale. */
export type Alignment = "quantile95" | "z";

/** Calibration scores below which a group borrows the 0.95 quantile of all groups. */
const fewest = 10;

/** Calibration scores below which a group borrows mean and deviation of all groups. */
const fewestForZ = 2;

/** Scores that the common deviation counts for beside a group's own. */
const priorWeight = 5;

/**
 * Brings scores of different groups to one scale, by their calibration scores.
 *
 * This is how cluster-wise decision criteria show up in a number without a threshold.
 * - `quantile95` divides by the 0.95 quantile of the group's calibration scores: a score of 1 is
 *   what 5 % of a group's normal images exceed. A group with fewer than 10 takes the quantile over
 *   all groups.
 * - `z` takes (ln score − mean) ÷ deviation of the logarithms of the group's calibration scores. The
 *   variance is shrunk to the common one: (5 v + SS) ÷ (5 + n − 1) for SS, the sum of squares about
 *   the mean of n scores, and v, the sum of SS of all groups ÷ the sum of n − 1. A group with fewer
 *   than 2 takes mean and deviation over all groups. Scores below a thousandth of the median
 *   calibration score count as that; where one is negative, scores stand for their logarithms.
 *   Better than `quantile95` with groups of fewer than about 20 images.
 *
 * Where one group made all scores and nothing was calibrated there is nothing to bring together,
 * and scores stay as they are. The definitions are ours.
 *
 * @param scores Scores to align; classes are not looked at.
 * @param calibration Normal calibration scores.
 * @param options Which scale; default `quantile95`.
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
  options: { readonly scale?: Alignment } = {},
): number[] {
  const { scale = "quantile95" } = options;
  if (calibration.length === 0) {
    if (scores.every(({ group }) => group === scores[0]!.group)) {
      return scores.map(({ score }) => score);
    }
    throw new UndefinedMetricError("Cannot align scores: calibration scores are needed, got none");
  }
  return scale === "z" ? standardize(scores, calibration) : divideByQuantile(scores, calibration);
}

function divideByQuantile(
  scores: readonly ScopedScore[],
  calibration: readonly ScopedScore[],
): number[] {
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

/** Mean and deviation of one group. */
interface Standard {
  readonly mean: number;
  readonly deviation: number;
}

function standardize(
  scores: readonly ScopedScore[],
  calibration: readonly ScopedScore[],
): number[] {
  const isNegative = [...scores, ...calibration].some(({ score }) => score < 0);
  const known = calibration.map(({ score }) => score);
  const hasScale = !isNegative && known.some((score) => score > 0);
  const floor = hasScale ? scoreFloor(known) : -Infinity;
  const valueOf = ({ score }: ScopedScore): number =>
    hasScale ? Math.log(Math.max(score, floor)) : score;
  const groups = [...Map.groupBy(calibration, ({ group }) => group)].map(([group, members]) => {
    const values = members.map(valueOf);
    return { group, count: values.length, ...spreadOf(values) };
  });
  const freedom = groups.reduce((sum, { count }) => sum + count - 1, 0);
  const common = freedom === 0
    ? 0
    : groups.reduce((sum, { squares }) => sum + squares, 0) / freedom;
  const all = spreadOf(calibration.map(valueOf));
  const overall: Standard = {
    mean: all.mean,
    deviation: Math.sqrt(all.squares / (calibration.length - 1)),
  };
  const standards = new Map<number, Standard>();
  for (const { group, count, mean, squares } of groups) {
    if (count < fewestForZ) continue;
    const variance = (priorWeight * common + squares) / (priorWeight + count - 1);
    standards.set(group, { mean, deviation: Math.sqrt(variance) });
  }
  return scores.map((scored) => {
    const { mean, deviation } = standards.get(scored.group) ?? overall;
    if (!(deviation > 0)) {
      throw new UndefinedMetricError(
        "Cannot align scores: the deviation of calibration scores must be above zero, " +
          `got ${calibration.length === 1 ? "one score" : "equal scores"}`,
      );
    }
    return (valueOf(scored) - mean) / deviation;
  });
}

/** Mean and sum of squares about it. */
function spreadOf(values: readonly number[]): { mean: number; squares: number } {
  const center = mean([...values]);
  return { mean: center, squares: values.reduce((sum, value) => sum + (value - center) ** 2, 0) };
}
