/**
 * ROC and precision–recall curves for plotting, without points that a line or step already passes through.
 *
 * @module
 */
import { type Ranking, requireBothLabels } from "@/evaluation/ranking.ts";

/** One corner of a ROC curve. */
export interface RocPoint {
  /** Share of the normal items above the threshold. */
  readonly falsePositiveRate: number;
  /** Share of the anomalous items above the threshold. */
  readonly truePositiveRate: number;
}

/** One point of a precision–recall curve. */
export interface PrecisionRecallPoint {
  /** Share of the anomalous items at or above the threshold. */
  readonly recall: number;
  /** Share of the items at or above the threshold that are anomalous. */
  readonly precision: number;
  /** The threshold. */
  readonly threshold: number;
}

/**
 * Lists the corners of the ROC curve, to be joined by straight lines.
 *
 * Points inside a horizontal or vertical stretch are left out, so the area under the lines is the
 * AUROC exactly; a tie between labels is a slanted line.
 *
 * @param ranking Anomalous among normal items.
 * @returns Corners from (0, 0) to (1, 1).
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 *
 * @example A curve that goes up, right, up, right
 * ```ts
 * import assert from "node:assert/strict";
 * import { rocCurve } from "@/evaluation/curves.ts";
 * import { rankScores } from "@/evaluation/ranking.ts";
 *
 * const points = rocCurve(rankScores([4, 3, 2, 1], [1, 0, 1, 0]));
 * assert.deepEqual(
 *   points.map((point) => [point.falsePositiveRate, point.truePositiveRate]),
 *   [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]],
 * );
 * ```
 */
export function rocCurve(ranking: Ranking): RocPoint[] {
  requireBothLabels(ranking, "the ROC curve");
  const { normalCount, anomalousCount, hits, above, tied } = ranking;
  const corners: [alarms: number, found: number][] = [[0, 0]];
  const visit = (alarms: number, found: number): void => {
    const last = corners.at(-1)!, before = corners.at(-2);
    if (last[0] === alarms && last[1] === found) return;
    const isStraight = before !== undefined &&
      ((before[0] === last[0] && last[0] === alarms) ||
        (before[1] === last[1] && last[1] === found));
    if (isStraight) corners.pop();
    corners.push([alarms, found]);
  };
  let found = 0;
  for (let step = 0; step < hits.length; step++) {
    visit(above[step]!, found);
    found += hits[step]!;
    visit(above[step]! + tied[step]!, found);
  }
  visit(normalCount, anomalousCount);
  return corners.map(([alarms, hitCount]) => ({
    falsePositiveRate: alarms / normalCount,
    truePositiveRate: hitCount / anomalousCount,
  }));
}

/**
 * Lists the precision–recall points, one for every distinct score of an anomalous item, by recall.
 *
 * Drawn as steps that go back from each point to the recall before it, their area is the average
 * precision exactly (no interpolation between points).
 *
 * @param ranking Anomalous among normal items.
 * @returns Points in order of ascending recall; the last has recall 1.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 *
 * @example Precision falls when a normal item comes in between
 * ```ts
 * import assert from "node:assert/strict";
 * import { precisionRecallCurve } from "@/evaluation/curves.ts";
 * import { rankScores } from "@/evaluation/ranking.ts";
 *
 * assert.deepEqual(precisionRecallCurve(rankScores([4, 3, 2, 1], [1, 0, 1, 0])), [
 *   { recall: 0.5, precision: 1, threshold: 4 },
 *   { recall: 1, precision: 2 / 3, threshold: 2 },
 * ]);
 * ```
 */
export function precisionRecallCurve(ranking: Ranking): PrecisionRecallPoint[] {
  requireBothLabels(ranking, "the precision–recall curve");
  const { anomalousCount, scores, hits, above, tied } = ranking;
  let found = 0;
  return Array.from(hits, (count, step) => {
    found += count;
    return {
      recall: found / anomalousCount,
      precision: found / (found + above[step]! + tied[step]!),
      threshold: scores[step]!,
    };
  });
}
