/**
 * One message for everything that is wrong with a file.
 *
 * @module
 */

/** Faults that are shown one by one; of more only the number is said. */
const shown = 20;

/**
 * Words what cannot be done and why.
 *
 * @param task What cannot be done, such as `Cannot read "scores.csv"`.
 * @param faults What is wrong, at least one thing.
 * @returns One line for one fault; for several their number, then a line for each of the first
 *   twenty, then how many more there are.
 *
 * @example One fault and two
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeFaults } from "@/describe_faults.ts";
 *
 * assert.equal(describeFaults("Cannot read it", ["no image"]), "Cannot read it: no image");
 * assert.equal(
 *   describeFaults("Cannot read it", ["no image", "no class"]),
 *   "Cannot read it: it must have no faults, got 2:\n  no image\n  no class",
 * );
 * ```
 */
export function describeFaults(task: string, faults: readonly string[]): string {
  if (faults.length === 1) return `${task}: ${faults[0]}`;
  const lines = faults.slice(0, shown);
  if (faults.length > shown) lines.push(`… and ${faults.length - shown} more`);
  return `${task}: it must have no faults, got ${faults.length}:\n  ${lines.join("\n  ")}`;
}
