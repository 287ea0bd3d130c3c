/**
 * Tables of bootstrap intervals.
 *
 * @module
 */
import type { EvaluationIntervals, Interval } from "@/evaluation/intervals.ts";
import type { TableRecord } from "@/tables.ts";

/**
 * Lists the intervals of one evaluation as a row of a table.
 *
 * @param intervals The intervals.
 * @returns Image AUROC (macro, pooled, aligned) and pooled recall, false-positive rate and F1, each as
 *   text such as `96.1–98.9 %`; `null` where undefined.
 *
 * @example The names of the columns
 * ```ts
 * import assert from "node:assert/strict";
 * import { intervalRecord } from "@/charts/interval_records.ts";
 * import { evaluationIntervals } from "@/evaluation/intervals.ts";
 *
 * const record = intervalRecord(evaluationIntervals({
 *   samples: [1, 2, 8, 9].map((score) => ({ group: 0, score })),
 *   truth: [false, false, true, true].map((isAnomalous) => ({ className: "nut", isAnomalous })),
 *   calibration: [{ group: 0, score: 1.5 }],
 *   rule: { name: "max" },
 *   scope: "global",
 *   trainCounts: { nut: 1 },
 *   pixelMetrics: {},
 * }, { seed: 1, resamples: 100 }));
 * assert.equal(record["macro AUROC"], "100.0–100.0 %");
 * assert.equal(record.FPR, "0.0–100.0 %");
 * ```
 */
export function intervalRecord({ macro, pooled, binary }: EvaluationIntervals): TableRecord {
  return {
    "macro AUROC": describe(macro.image_auroc),
    pooled: describe(pooled.image_auroc),
    aligned: describe(pooled.aligned_image_auroc),
    recall: describe(binary.pooled.recall),
    FPR: describe(binary.pooled.fpr),
    F1: describe(binary.pooled.f1),
  };
}

function describe(interval: Interval | null): string | null {
  if (interval === null) return null;
  return `${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)} %`;
}
