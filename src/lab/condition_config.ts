/**
 * The configuration of one run among several that share a configuration.
 *
 * @module
 */
import type { ExperimentConfig } from "@/config.ts";
import type { ModelName, Scenario } from "@/evaluation/scenarios.ts";

/**
 * Narrows a configuration to one method, one scenario and one seed.
 *
 * A run by itself with the narrowed configuration does the same, and has the same name.
 *
 * @param config The shared configuration.
 * @param condition Method, scenario and seed.
 * @returns A new configuration; `EVALUATION.known_class` is `null` where evaluation knows what
 *   training knows.
 *
 * @example Classes become known in training alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { scenarios } from "@/evaluation/scenarios.ts";
 * import { conditionConfig } from "@/lab/condition_config.ts";
 *
 * const { MODEL, EVALUATION } = conditionConfig(defaultConfig, {
 *   model: "PatchCore",
 *   scenario: scenarios[1]!,
 *   seed: 0,
 * });
 * assert.deepEqual([MODEL.name, MODEL.known_class], ["PatchCore", true]);
 * assert.equal(EVALUATION.known_class, false);
 * ```
 */
export function conditionConfig(
  config: ExperimentConfig,
  condition: { model: ModelName; scenario: Scenario; seed: number },
): ExperimentConfig {
  const { model, scenario: { trainingKnown, evaluationKnown }, seed } = condition;
  return {
    ...config,
    DEFAULT: { ...config.DEFAULT, seed },
    MODEL: { ...config.MODEL, name: model, known_class: trainingKnown },
    EVALUATION: {
      ...config.EVALUATION,
      known_class: trainingKnown === evaluationKnown ? null : evaluationKnown,
    },
  };
}
