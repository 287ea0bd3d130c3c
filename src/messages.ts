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

/** What the errors of systems mean to whoever reads them, by the system's name for them. */
const systemErrors: Readonly<Record<string, string>> = {
  EACCES: "there must be permission for it, got none",
  EPERM: "there must be permission for it, got none",
  EROFS: "the disk must be writable, got a read-only one",
  ENOSPC: "there must be room on the disk, got a full one",
  EDQUOT: "there must be room on the disk, got a full quota",
  EMFILE: "there must be room for open files, got too many (ulimit -n)",
  ENFILE: "there must be room for open files, got too many",
  ENAMETOOLONG: "the path must be short enough for the system, got one too long",
  ELOOP: "links must lead somewhere, got a circle",
  ENOTDIR: "a folder is needed, got a file",
  EISDIR: "a file is needed, got a folder",
  ENOENT: "it must exist, got nothing",
  EEXIST: "nothing may be there yet, got something",
  ENOTEMPTY: "the folder must be empty, got something in it",
  EBUSY: "nothing else may use it, got something that does",
  EIO: "the disk must work, got an input or output error",
  ENXIO: "it must be a file, got a device that is not there",
};

/**
 * Says in one line what an operating system refused, with the path where the error names one;
 * `null` for any other error.
 */
export function describeSystemError(error: unknown): string | null {
  if (!(error instanceof Error) || error.message.startsWith("Cannot ")) return null;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const isSystem = Object.hasOwn(systemErrors, code) || /\(os error \d+\)/.test(error.message);
  const isNul = /\bnul byte\b|null bytes/i.test(error.message);
  if (!isSystem && !isNul) return null;
  const [line = ""] = error.message.split("\n");
  const path = /'([^']*)'\s*$/.exec(line)?.[1];
  const reason = isNul
    ? "a path must be without NUL, got one with it"
    : systemErrors[code] ?? `the system must allow it, got ${line}`;
  if (path === undefined || path === "") return reason;
  return `"${path.length > 200 ? `${path.slice(0, 199)}…` : path}": ${reason}`;
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
