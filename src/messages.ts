/**
 * Words for errors and captions: which name was meant, one message for everything that is wrong
 * with a file, how many there are of something, and how many there must be.
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

/** Asks, at the end of an error, whether a similar name was meant; empty if none is similar. */
export function askForName(
  name: string,
  known: readonly string[],
  options: {
    /** What stands before the similar name; default: nothing. */
    readonly prefix?: string;
  } = {},
): string {
  const similar = closestName(name, known);
  return similar === null ? "" : `, did you mean "${options.prefix ?? ""}${similar}"?`;
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

/** Says how many there are, such as "no faults", "1 fault" or "1,200 faults". */
export function plural(
  count: number,
  one: string,
  options: {
    /** The noun for any number but one; default: `one` with an s. */
    readonly several?: string;
  } = {},
): string {
  const { several = `${one}s` } = options;
  return `${count === 0 ? "no" : count.toLocaleString("en-US")} ${count === 1 ? one : several}`;
}

/** Checks how many there are to be: an integer within the bounds that are given, or from 1. */
export function checkCount(
  count: number,
  options: {
    /** What cannot be done otherwise, such as "Cannot select a coreset". */
    readonly task: string;
    /** What the number is called. */
    readonly name: string;
    /** Smallest that is allowed; default 1. */
    readonly least?: number;
    /** Largest that is allowed; default: none. */
    readonly most?: number;
  },
): void {
  const { task, name, least = 1, most } = options;
  if (Number.isInteger(count) && count >= least && count <= (most ?? Infinity)) return;
  const allowed = options.least === undefined && most === undefined
    ? "a positive integer"
    : `an integer from ${least}${most === undefined ? "" : ` to ${most}`}`;
  throw new RangeError(`${task}: ${name} must be ${allowed}, got ${count}`);
}
