/**
 * The contents of result files: plain objects under the names that readers rely on.
 *
 * Keys are snake_case, shares lie in [0, 1], and an undefined metric is `null` beside
 * `<metric>_reason`. Readers refuse a `schema` that they do not know.
 *
 * @module
 */
import type { Evaluation } from "@/evaluation/evaluate.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import type { Threshold, ThresholdRule } from "@/evaluation/thresholds.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A threshold in a file, where infinity cannot be written: `null` beside the reason. */
export interface ThresholdEntry {
  /** Scores at or above it are anomalous; `null` if nothing can ever be. */
  readonly value: number | null;
  /** Scores it was computed from. */
  readonly count: number;
  /** Why it is `null`; absent otherwise. */
  readonly reason?: string;
}

/**
 * Writes thresholds as a file can hold them.
 *
 * @param thresholds Thresholds by the name of their scope.
 * @returns The same as an object; infinite ones as `null` beside their reason.
 *
 * @example Too few calibration scores
 * ```ts
 * import assert from "node:assert/strict";
 * import { thresholdEntries } from "@/evaluation/result_files.ts";
 *
 * const reason = "no calibration score";
 * const thresholds = new Map([["global", { value: Infinity, count: 0, reason }]]);
 * assert.deepEqual(thresholdEntries(thresholds), { global: { value: null, count: 0, reason } });
 * ```
 */
export function thresholdEntries(
  thresholds: ReadonlyMap<string, Threshold>,
): Record<string, ThresholdEntry> {
  return Object.fromEntries(
    [...thresholds].map(([name, threshold]) => [name, {
      ...threshold,
      value: Number.isFinite(threshold.value) ? threshold.value : null,
    }]),
  );
}

/**
 * Makes the content of `test_binary_results.json`.
 *
 * @param evaluation Thresholds and decisions.
 * @param options The rule and for whom one threshold holds.
 * @returns The object to be written.
 *
 * @example Its rule
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluateScores } from "@/evaluation/evaluate.ts";
 * import { binaryResultsFile } from "@/evaluation/result_files.ts";
 *
 * const rule = { name: "max" } as const, scope = "global" as const;
 * const evaluation = evaluateScores({
 *   samples: [{ group: 0, score: 1 }],
 *   truth: [{ className: "nut", isAnomalous: false }],
 *   calibration: [{ group: 0, score: 2 }],
 *   rule,
 *   scope,
 *   trainCounts: { nut: 1 },
 *   pixelMetrics: {},
 * });
 * assert.deepEqual(binaryResultsFile(evaluation, { rule, scope }).rule, { name: "max", scope });
 * ```
 */
export function binaryResultsFile(
  evaluation: Evaluation,
  options: { rule: ThresholdRule; scope: ThresholdScope },
): JsonObject {
  return {
    schema: 1,
    rule: { ...options.rule, scope: options.scope },
    thresholds: thresholdEntries(evaluation.decisions.thresholds),
    ...evaluation.binary,
  };
}
