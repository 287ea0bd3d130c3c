/**
 * Words for errors: which name was meant, and one message for everything that is wrong with a file.
 *
 * @module
 */

/**
 * Finds the known name that a misspelt one resembles most; `null` if more than a third of its
 * characters, and more than one, differ. A tie goes to the earlier name.
 *
 * Counts inserted, dropped, changed and swapped neighbouring characters (optimal string
 * alignment), case aside, in O(names × length²) time.
 */
export function closestName(name: string, known: readonly string[]): string | null {
  let closest: string | null = null;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const edits = countEdits(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) {
      fewest = edits;
      closest = candidate;
    }
  }
  return closest;
}

function countEdits(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + changed);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, before[j - 2]! + 1);
      row.push(edits);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** Faults that are shown one by one; of more only the number is said. */
const shown = 20;

/** Words what cannot be done and why: a single fault on the same line, several on one each. */
export function describeFaults(task: string, faults: readonly string[]): string {
  if (faults.length === 1) return `${task}: ${faults[0]}`;
  const lines = faults.slice(0, shown);
  if (faults.length > shown) lines.push(`… and ${faults.length - shown} more`);
  return `${task}: it must have no faults, got ${faults.length}:\n  ${lines.join("\n  ")}`;
}
