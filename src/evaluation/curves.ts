/**
 * ROC and precision–recall curves for plotting: without points that a line or step already
 * passes through and, where those are still too many, thinned to few that enclose the same area.
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
 * import { rocCurve } from "@/evaluation/mod.ts";
 * import { rankScores } from "@/evaluation/mod.ts";
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
 * import { precisionRecallCurve } from "@/evaluation/mod.ts";
 * import { rankScores } from "@/evaluation/mod.ts";
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

/** How far to thin a curve. */
export interface ThinCurveOptions {
  /** Most points to leave, at least 3; 500 if not given. */
  readonly points?: number;
}

/**
 * Thins the corners of a ROC curve without changing the area under its straight lines.
 *
 * Cuts the way from (0, 0) to (1, 1) into pieces of equal length (both rates added) and leaves at
 * most three corners of each: the first, the last and one between them. A climbing line takes up
 * some share of the box between two of its corners; the corner between them is put where two
 * straight lines take up the same share, which is always inside the box, so the curve still climbs
 * and no corner moves further than its piece is long.
 *
 * @param points Corners of the curve, both rates ascending.
 * @param options Most points to leave.
 * @returns The corners, unchanged if they are few enough.
 * @throws {RangeError} If fewer than 3 points are to be left.
 *
 * @example Two steps become one
 * ```ts
 * import assert from "node:assert/strict";
 * import { thinRoc } from "@/evaluation/mod.ts";
 *
 * const corners = [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]];
 * const points = corners.map(([falsePositiveRate, truePositiveRate]) => ({
 *   falsePositiveRate: falsePositiveRate!,
 *   truePositiveRate: truePositiveRate!,
 * }));
 * assert.deepEqual(
 *   thinRoc(points, { points: 3 }).map((each) => [each.falsePositiveRate, each.truePositiveRate]),
 *   [[0, 0], [0.25, 0.75], [1, 1]],
 * );
 * ```
 */
export function thinRoc(
  points: readonly RocPoint[],
  { points: most = 500 }: ThinCurveOptions = {},
): RocPoint[] {
  requirePoints("the ROC curve", most);
  if (points.length <= most) return [...points];
  const pieces = Math.floor(most / 3);
  const pieceOf = (point: RocPoint) =>
    pieceAt((point.falsePositiveRate + point.truePositiveRate) / 2, pieces);
  return splitRuns(points, pieceOf).flatMap((run) =>
    run.length <= 3 ? run : [run[0]!, middleCorner(run), run.at(-1)!]
  );
}

/**
 * Thins the points of a precision–recall curve without changing the area under its steps.
 *
 * The steps go back from each point to the recall before it, so their area is the average
 * precision. Steps that end in the same short stretch of recall become one step, whose precision
 * is their mean weighted by width; its recall and threshold are those of the last. The first and
 * the last point stay.
 *
 * @param points Points in order of ascending recall.
 * @param options Most points to leave.
 * @returns The points, unchanged if they are few enough.
 * @throws {RangeError} If fewer than 3 points are to be left.
 *
 * @example The two steps in the middle become one
 * ```ts
 * import assert from "node:assert/strict";
 * import { thinPrecisionRecall } from "@/evaluation/mod.ts";
 *
 * const points = [
 *   { recall: 0.25, precision: 1, threshold: 4 },
 *   { recall: 0.5, precision: 0.75, threshold: 3 },
 *   { recall: 0.75, precision: 0.5, threshold: 2 },
 *   { recall: 1, precision: 0.25, threshold: 1 },
 * ];
 * assert.deepEqual(thinPrecisionRecall(points, { points: 3 }), [
 *   points[0],
 *   { recall: 0.75, precision: 0.625, threshold: 2 },
 *   points[3],
 * ]);
 * ```
 */
export function thinPrecisionRecall(
  points: readonly PrecisionRecallPoint[],
  { points: most = 500 }: ThinCurveOptions = {},
): PrecisionRecallPoint[] {
  requirePoints("the precision–recall curve", most);
  if (points.length <= most) return [...points];
  const first = points[0]!, last = points.at(-1)!;
  const between = points.slice(1, -1);
  let recall = first.recall;
  const steps = splitRuns(between, (point) => pieceAt(point.recall, most - 2)).map((run) => {
    const step = joinSteps(run, recall);
    recall = step.recall;
    return step;
  });
  return [first, ...steps, last];
}

/** The corner with which two lines from the first to the last corner enclose the same area. */
function middleCorner(run: readonly RocPoint[]): RocPoint {
  const { falsePositiveRate: left, truePositiveRate: bottom } = run[0]!;
  const width = run.at(-1)!.falsePositiveRate - left,
    height = run.at(-1)!.truePositiveRate - bottom;
  let area = 0;
  for (let i = 1; i < run.length; i++) {
    const before = run[i - 1]!, { falsePositiveRate, truePositiveRate } = run[i]!;
    area += (falsePositiveRate - before.falsePositiveRate) *
      ((truePositiveRate + before.truePositiveRate) / 2 - bottom);
  }
  const box = width * height;
  const share = box === 0 ? 0 : Math.min(Math.max(area / box, 0), 1);
  return {
    falsePositiveRate: left + width * (1 - share),
    truePositiveRate: bottom + height * share,
  };
}

/** One step as wide as all steps of a run, with their mean precision. */
function joinSteps(run: readonly PrecisionRecallPoint[], before: number): PrecisionRecallPoint {
  const last = run.at(-1)!;
  if (run.length === 1) return last;
  let area = 0, recall = before;
  for (const point of run) {
    area += (point.recall - recall) * point.precision;
    recall = point.recall;
  }
  return { ...last, precision: area / (last.recall - before) };
}

/** Splits points wherever the piece that they lie in changes. */
function splitRuns<Point>(points: readonly Point[], pieceOf: (point: Point) => number): Point[][] {
  const runs: Point[][] = [];
  let piece = -1;
  for (const point of points) {
    if (pieceOf(point) !== piece) runs.push([]);
    piece = pieceOf(point);
    runs.at(-1)!.push(point);
  }
  return runs;
}

function pieceAt(share: number, pieces: number): number {
  return Math.min(Math.floor(share * pieces), pieces - 1);
}

function requirePoints(curve: string, most: number): void {
  if (!Number.isInteger(most) || most < 3) {
    throw new RangeError(
      `Cannot thin ${curve}: points must be an integer of at least 3, got ${most}`,
    );
  }
}
