/**
 * How anomalous and normal scores lie among each other, and the metrics that depend on nothing
 * else: the area under the receiver operating characteristic, as a rank statistic; average
 * precision, the area under the precision–recall curve without interpolation; and the best F1
 * that any threshold reaches.
 *
 * @module
 */
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";

/**
 * A ranking: one step for every distinct score of an anomalous item, from the highest score down.
 *
 * Between two steps only normal items pass the threshold, so no metric here peaks or bends there.
 */
export interface Ranking {
  /** Number of normal items. */
  readonly normalCount: number;
  /** Number of anomalous items. */
  readonly anomalousCount: number;
  /** The score of each step, descending. */
  readonly scores: Float64Array;
  /** Anomalous items with exactly this score; at least one. */
  readonly hits: Uint32Array;
  /** Normal items with a higher score; whole numbers, which may exceed 32 bits. */
  readonly above: Float64Array;
  /** Normal items with exactly this score; whole numbers, which may exceed 32 bits. */
  readonly tied: Float64Array;
}

/**
 * Ranks anomalous among normal scores.
 *
 * Sorts each label's scores and merges them: O(n log n) time, O(n) memory.
 *
 * @param scores Anomaly scores, finite.
 * @param labels 1 or true for anomalous, 0 or false for normal, one per score.
 * @returns The ranking; its steps are empty if nothing is anomalous.
 * @throws {TypeError} If scores and labels differ in number.
 * @throws {RangeError} If a score is not finite.
 *
 * @example An anomalous score tied with one of three normal ones
 * ```ts
 * import assert from "node:assert/strict";
 * import { rankScores } from "@/evaluation/mod.ts";
 *
 * const { above, tied } = rankScores([3, 2, 2, 1], [0, 0, 1, 0]);
 * assert.deepEqual([...above], [1]);
 * assert.deepEqual([...tied], [1]);
 * ```
 */
export function rankScores(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
): Ranking {
  if (scores.length !== labels.length) {
    throw new TypeError(
      `Cannot rank scores: one label per score is needed, ` +
        `got ${labels.length} labels for ${scores.length} scores`,
    );
  }
  const normal: number[] = [], anomalous: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!Number.isFinite(score)) {
      throw new RangeError(
        `Cannot rank scores: every score must be finite, got ${score} at index ${i}`,
      );
    }
    (labels[i] ? anomalous : normal).push(score);
  }
  return rankSorted(Float64Array.from(normal).sort(), Float64Array.from(anomalous).sort());
}

/** Ranks scores that are sorted in ascending order. */
function rankSorted(normal: Float64Array, anomalous: Float64Array): Ranking {
  let steps = 0;
  for (let i = 0; i < anomalous.length; i++) {
    if (i === 0 || anomalous[i] !== anomalous[i - 1]) steps++;
  }
  const scores = new Float64Array(steps), hits = new Uint32Array(steps);
  const above = new Float64Array(steps), tied = new Float64Array(steps);
  let i = anomalous.length - 1, j = normal.length - 1;
  for (let step = 0; step < steps; step++) {
    const score = anomalous[i]!, first = i;
    while (i >= 0 && anomalous[i] === score) i--;
    while (j >= 0 && normal[j]! > score) j--;
    const next = j;
    while (j >= 0 && normal[j] === score) j--;
    scores[step] = score;
    hits[step] = first - i;
    above[step] = normal.length - 1 - next;
    tied[step] = next - j;
  }
  return {
    normalCount: normal.length,
    anomalousCount: anomalous.length,
    scores,
    hits,
    above,
    tied,
  };
}

/** Insists that a ranking has both labels, without which ranking metrics are undefined. */
export function requireBothLabels(ranking: Ranking, metric: string): void {
  const { normalCount, anomalousCount } = ranking;
  if (normalCount === 0 || anomalousCount === 0) {
    throw new UndefinedMetricError(
      `Cannot compute ${metric}: normal and anomalous scores are both needed, ` +
        `got ${normalCount} normal and ${anomalousCount} anomalous`,
    );
  }
}

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
 * import { auroc } from "@/evaluation/mod.ts";
 *
 * assert.equal(auroc([1, 2, 2], [0, 0, 1]), 0.75);
 * ```
 */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): number {
  return aurocOf(rankScores(scores, labels));
}

/** Computes AUROC from a ranking that exists already; see `auroc`. */
export function aurocOf(ranking: Ranking): number {
  requireBothLabels(ranking, "AUROC");
  const { normalCount, anomalousCount, hits, above, tied } = ranking;
  let won = 0;
  for (let step = 0; step < hits.length; step++) {
    won += hits[step]! * (normalCount - above[step]! - tied[step]! / 2);
  }
  return won / (normalCount * anomalousCount);
}

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
 * import { averagePrecision } from "@/evaluation/mod.ts";
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

/** Computes average precision from a ranking that exists already; see `averagePrecision`. */
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

/** The best F1 and where it is reached. */
export interface F1Max {
  /** The best F1, above 0 and at most 1. */
  readonly f1: number;
  /**
   * Items that score at or above this count as anomalous; always the score of an anomalous item.
   */
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
 * import { f1Max } from "@/evaluation/mod.ts";
 *
 * assert.deepEqual(f1Max([4, 3, 2, 1], [1, 0, 1, 0]), { f1: 0.8, threshold: 2 });
 * ```
 */
export function f1Max(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): F1Max {
  return f1MaxOf(rankScores(scores, labels));
}

/** Finds the best F1 from a ranking that exists already; see `f1Max`. */
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
