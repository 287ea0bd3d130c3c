/**
 * The seeds that a configuration asks for.
 *
 * @module
 */
import type { ExperimentConfig } from "@/config.ts";

/**
 * Lists the seeds of a configuration.
 *
 * @param config The configuration.
 * @returns At least one seed, in the order given.
 *
 * @example One seed, and three
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { seedsOf } from "@/lab/seeds.ts";
 *
 * assert.deepEqual(seedsOf(defaultConfig), [0]);
 * const DEFAULT = { savedir: "results", seed: [1, 2, 3] };
 * assert.deepEqual(seedsOf({ DEFAULT }), [1, 2, 3]);
 * ```
 */
export function seedsOf({ DEFAULT }: Pick<ExperimentConfig, "DEFAULT">): readonly number[] {
  return typeof DEFAULT.seed === "number" ? [DEFAULT.seed] : DEFAULT.seed;
}
