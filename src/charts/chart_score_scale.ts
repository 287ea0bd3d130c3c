/**
 * The axis of anomaly scores: linear, or logarithmic where scores span much.
 *
 * @module
 */

/**
 * Chooses the axis for anomaly scores: logarithmic when all are positive and they span more than a
 * factor of 30.
 *
 * @param scores Everything that is drawn along the axis; finite.
 * @returns The scale, as Vega-Lite takes it.
 *
 * @example Classes on very different levels
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreScale } from "@/charts/chart_score_scale.ts";
 *
 * assert.equal(scoreScale([0.5, 2, 40])["type"], "log");
 * assert.equal(scoreScale([0, 2, 40])["type"], "linear");
 * ```
 */
export function scoreScale(scores: readonly number[]): Record<string, unknown> {
  let least = Infinity, largest = -Infinity;
  for (const score of scores) {
    least = Math.min(least, score);
    largest = Math.max(largest, score);
  }
  return least > 0 && largest > 30 * least
    ? { type: "log", nice: false, padding: 6 }
    : { type: "linear", zero: false };
}
