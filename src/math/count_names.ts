/**
 * How often each name occurs.
 *
 * @module
 */

/**
 * Counts names, such as images by class.
 *
 * @param names The names.
 * @returns The count of every name, in order of first appearance.
 *
 * @example Three images of two classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { countNames } from "@/math/count_names.ts";
 *
 * assert.deepEqual(countNames(["nut", "gear", "nut"]), { nut: 2, gear: 1 });
 * ```
 */
export function countNames(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
