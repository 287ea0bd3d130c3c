/**
 * What a configuration says about thresholds and requirements.
 *
 * @module
 */
import type { ExperimentConfig } from "@/config.ts";
import type { BootstrapOptions } from "@/evaluation/intervals.ts";
import type { Tolerances } from "@/evaluation/requirements.ts";
import type { ThresholdRule } from "@/evaluation/thresholds.ts";

/**
 * Reads the threshold rule of a configuration.
 *
 * @param evaluation The `EVALUATION` section.
 * @returns The rule with its parameter.
 *
 * @example The default
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { thresholdRuleOf } from "@/lab/settings.ts";
 *
 * const rule = thresholdRuleOf(defaultConfig.EVALUATION);
 * assert.deepEqual(rule, { name: "conformal", alpha: 0.05 });
 * ```
 */
export function thresholdRuleOf(evaluation: ExperimentConfig["EVALUATION"]): ThresholdRule {
  const { threshold_rule: name, alpha, quantile, std_factor: factor } = evaluation;
  switch (name) {
    case "conformal":
      return { name, alpha };
    case "quantile":
      return { name, quantile };
    case "mean_std":
      return { name, factor };
    default:
      return { name };
  }
}

/**
 * Reads the tolerances of both requirements from a configuration.
 *
 * @param evaluation The `EVALUATION` section.
 * @returns The tolerances, in percentage points.
 *
 * @example The defaults
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { tolerancesOf } from "@/lab/settings.ts";
 *
 * assert.equal(tolerancesOf(defaultConfig.EVALUATION).r2Points, 1);
 * ```
 */
export function tolerancesOf(evaluation: ExperimentConfig["EVALUATION"]): Tolerances {
  return {
    r1MeanPoints: evaluation.r1_mean_tolerance,
    r1WorstPoints: evaluation.r1_worst_tolerance,
    r2Points: evaluation.r2_tolerance,
  };
}

/**
 * Reads how the test images are drawn anew for intervals.
 *
 * @param evaluation The `EVALUATION` section.
 * @returns Number of resamples, confidence and seed; `null` where no intervals are asked for.
 *
 * @example No intervals by default
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { bootstrapOf } from "@/lab/settings.ts";
 *
 * assert.equal(bootstrapOf(defaultConfig.EVALUATION), null);
 * ```
 */
export function bootstrapOf(
  { bootstrap, confidence }: ExperimentConfig["EVALUATION"],
): BootstrapOptions | null {
  // One seed whatever the run's: every model and seed is judged on the same resamples.
  return bootstrap === 0 ? null : { resamples: bootstrap, confidence, seed: 0 };
}
