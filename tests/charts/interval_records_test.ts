import assert from "node:assert/strict";
import { intervalRecord } from "@/charts/records.ts";
import { evaluationIntervals } from "@/evaluation/intervals.ts";

Deno.test("intervalRecord() shows both ends in percent, and nothing where a metric is undefined", () => {
  const record = intervalRecord(evaluationIntervals({
    samples: [1, 2].map((score) => ({ group: 0, score })),
    truth: [1, 2].map(() => ({ className: "nut", isAnomalous: false })),
    calibration: [{ group: 0, score: 5 }],
    rule: { name: "max" },
    scope: "global",
    trainCounts: { nut: 1 },
    pixelMetrics: {},
  }, { seed: 1, resamples: 100 }));
  // Two normal images far below the threshold: never an alarm, and nothing to rank.
  assert.deepEqual(record, {
    "macro AUROC": null,
    pooled: null,
    aligned: null,
    recall: null,
    FPR: "0.0–0.0 %",
    F1: null,
  });
});
