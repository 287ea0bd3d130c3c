/**
 * A ranking: how anomalous and normal scores lie among each other, all that AUROC, AP, F1-max and
 * their curves depend on.
 *
 * @module
 */
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";

/**
 * One step for every distinct score that an anomalous item has, from the highest score down.
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
 * import { rankScores } from "@/evaluation/ranking.ts";
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

/**
 * Insists that a ranking has both labels, without which ranking metrics are undefined.
 *
 * @param ranking The ranking to check.
 * @param metric What is to be computed, for the message.
 * @throws {UndefinedMetricError} If nothing is normal or nothing is anomalous.
 *
 * @example Nothing is anomalous
 * ```ts
 * import assert from "node:assert/strict";
 * import { rankScores, requireBothLabels } from "@/evaluation/ranking.ts";
 *
 * assert.throws(() => requireBothLabels(rankScores([1, 2], [0, 0]), "AUROC"), {
 *   message:
 *     "Cannot compute AUROC: normal and anomalous scores are both needed, got 2 normal and 0 anomalous",
 * });
 * ```
 */
export function requireBothLabels(ranking: Ranking, metric: string): void {
  const { normalCount, anomalousCount } = ranking;
  if (normalCount === 0 || anomalousCount === 0) {
    throw new UndefinedMetricError(
      `Cannot compute ${metric}: normal and anomalous scores are both needed, ` +
        `got ${normalCount} normal and ${anomalousCount} anomalous`,
    );
  }
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
