/**
 * Suggests what a mistyped name was meant to be.
 *
 * @module
 */

/**
 * Finds the name that takes the fewest edits to reach, if it is near enough to be meant.
 *
 * An edit inserts, deletes or replaces a character, or swaps two neighbours (optimal string
 * alignment); upper and lower case are the same. Near enough: at most a third of the longer length.
 *
 * @param name What was typed.
 * @param names What there is.
 * @returns The nearest name, the first of several; `null` if none is near.
 *
 * @example A swapped pair of letters
 * ```ts
 * import assert from "node:assert/strict";
 * import { suggestName } from "@/suggest_name.ts";
 *
 * assert.equal(suggestName("blot", ["nut", "bolt"]), "bolt");
 * assert.equal(suggestName("screw", ["nut", "bolt"]), null);
 * ```
 */
export function suggestName(name: string, names: readonly string[]): string | null {
  let best: string | null = null, fewest = Infinity;
  for (const candidate of names) {
    const edits = countEdits(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest && edits <= Math.max(name.length, candidate.length) / 3) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

function countEdits(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replaced, rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, rows[i - 2]![j - 2]! + 1);
      row.push(edits);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
