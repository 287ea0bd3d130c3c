/**
 * A soft step from 0 to 1.
 *
 * @module
 */

/**
 * Rises smoothly from 0 at `t` ≤ 0 to 1 at `t` ≥ 1, level at both ends.
 *
 * @param t Any number.
 * @returns The cubic 3t² − 2t³ of `t` limited to 0 to 1.
 *
 * @example Half way
 * ```ts
 * import assert from "node:assert/strict";
 * import { smoothRise } from "@/datasets/sample/smooth_rise.ts";
 *
 * assert.deepEqual([-1, 0.5, 2].map(smoothRise), [0, 0.5, 1]);
 * ```
 */
export function smoothRise(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}
