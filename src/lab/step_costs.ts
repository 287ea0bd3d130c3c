/**
 * What each step of a growing piece of work adds.
 *
 * @module
 */
import type { StageCost } from "@/charts/stage_costs.ts";

/**
 * Turns times of ever longer parts of the same work into the cost of what each adds to the one before.
 *
 * @param parts Times from the shortest part to the longest.
 * @returns The first time and the differences, 0 where noise makes one negative.
 *
 * @example The second part takes three milliseconds more
 * ```ts
 * import assert from "node:assert/strict";
 * import { stepCosts } from "@/lab/step_costs.ts";
 *
 * const costs = stepCosts([{ stage: "a", milliseconds: 2 }, { stage: "b", milliseconds: 5 }]);
 * assert.deepEqual(costs.map(({ milliseconds }) => milliseconds), [2, 3]);
 * ```
 */
export function stepCosts(parts: readonly StageCost[]): StageCost[] {
  return parts.map(({ stage, milliseconds }, number) => ({
    stage,
    milliseconds: Math.max(0, milliseconds - (parts[number - 1]?.milliseconds ?? 0)),
  }));
}
