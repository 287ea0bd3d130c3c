/**
 * Threshold rules in words.
 *
 * @module
 */
import type { ThresholdRule } from "@/evaluation/thresholds.ts";

/**
 * Says in words how thresholds are set.
 *
 * @param rule The rule.
 * @returns A phrase, without a full stop.
 *
 * @example The largest calibration score
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeRule } from "@/evaluation/describe_rule.ts";
 *
 * assert.equal(describeRule({ name: "max" }), "largest calibration score");
 * ```
 */
export function describeRule(rule: ThresholdRule): string {
  switch (rule.name) {
    case "conformal":
      return `conformal, at most ${
        100 * rule.alpha
      } % false alarms among exchangeable normal images`;
    case "quantile":
      return `${rule.quantile} quantile of the calibration scores`;
    case "mean_std":
      return `mean + ${rule.factor} standard deviations of the calibration scores`;
    case "max":
      return "largest calibration score";
    case "oracle_f1":
      return "oracle: largest F1 on the test images themselves";
  }
}
