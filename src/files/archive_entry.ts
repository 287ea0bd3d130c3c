/**
 * Decides whether an entry of an archive may be written, and under which name.
 *
 * An archive from elsewhere must not be able to write outside its folder, to replace what it has
 * written, or to leave anything but files and folders (Snyk's "Zip Slip", 2018; CWE-22, CWE-59).
 *
 * @module
 */

/** What an entry is. */
export type EntryKind =
  | "file"
  | "folder"
  | "symbolic link"
  | "hard link"
  | "device"
  | "FIFO"
  | "other";

/** An entry as its archive describes it. */
export interface ArchiveEntry {
  /** Its name, as it stands in the archive. */
  readonly name: string;
  /** What it is. */
  readonly kind: EntryKind;
}

/** Path of an entry below the folder it goes to, with forward slashes; `null`: nothing is written. */
export type EntryGuard = (entry: ArchiveEntry) => string | null;

/** Most parts that a name may have, most bytes of a part and of all, and most entries. */
const most = { depth: 32, part: 255, name: 1024, entries: 250_000 };

/**
 * Starts judging the entries of an archive, one after the other.
 *
 * Slashes and backslashes both part a name; empty parts and single dots are dropped. Refused are
 * absolute names, parts that lead upwards, also with the blanks and dots that Windows drops, control
 * characters, bytes that are not UTF-8, more than 32 parts, 255 bytes in a part or 1024 in a name,
 * links, devices, more than 250,000 entries, a file whose path was there before, and a file where a
 * folder is or the other way round. Names that differ in capitals are different; a folder may come
 * twice. Nothing is written of what macOS adds (`__MACOSX/…`, `._…`): such files have the names of
 * images, but are none. They are judged all the same.
 *
 * @param archive Name of the archive, for messages.
 * @returns What gives the path of an entry; it throws a RangeError if the entry must not be written,
 *   and then nothing of the archive should be kept.
 *
 * @example A good name, and one that leads out of the folder
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEntryGuard } from "@/files/archive_entry.ts";
 *
 * const guard = createEntryGuard("a.zip");
 * assert.equal(guard({ name: "./bottle\\train//good/000.png", kind: "file" }), "bottle/train/good/000.png");
 * assert.throws(() => guard({ name: "bottle/../../passwd", kind: "file" }), {
 *   name: "RangeError",
 *   message: 'Cannot extract "a.zip": entry "bottle/../../passwd" must have no part ".."',
 * });
 * ```
 */
export function createEntryGuard(archive: string): EntryGuard {
  const kinds = new Map<string, "file" | "folder">();
  let count = 0;
  return ({ name, kind }) => {
    const refuse = (what: string): RangeError =>
      new RangeError(`Cannot extract "${archive}": entry ${JSON.stringify(name)} must ${what}`);
    if (++count > most.entries) throw refuse(`be one of at most ${most.entries}`);
    if (kind !== "file" && kind !== "folder") {
      throw refuse(
        `be a file or a folder, got ${kind === "other" ? "something else" : `a ${kind}`}`,
      );
    }
    const reason = findFault(name);
    if (reason !== null) throw refuse(reason);
    const parts = splitName(name);
    const path = parts.join("/");
    if (kind === "file" && (path === "" || /[/\\]$/.test(name))) throw refuse("name a file");
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join("/");
      if (kinds.get(keyOf(above)) === "file") {
        throw refuse(`not lie in "${above}", which is a file`);
      }
      kinds.set(keyOf(above), "folder");
    }
    const before = kinds.get(keyOf(path));
    if (path !== "" && before !== undefined && (before === "file" || kind === "file")) {
      throw refuse(`have a path of its own, got that of a ${before} before it`);
    }
    kinds.set(keyOf(path), kind);
    return path === "" || isOfMacOs(parts) ? null : path;
  };
}

/** What is wrong with a name whatever else there is in the archive; null: nothing. */
function findFault(name: string): string | null {
  if (name === "") return "have a name";
  if (/^(?:[/\\]|[A-Za-z]:)/.test(name)) return "have a relative name";
  // deno-lint-ignore no-control-regex -- these are what is looked for
  if (/[\x00-\x1f\x7f]/.test(name)) return "have no control characters in its name";
  if (name.includes("\ufffd")) return "have a name in UTF-8";
  const parts = splitName(name);
  const upwards = parts.find((part) => /^[. ]+$/.test(part));
  if (upwards !== undefined) return `have no part "${upwards}"`;
  if (parts.length > most.depth) return `have at most ${most.depth} parts, got ${parts.length}`;
  const long = Math.max(0, ...parts.map(countBytes));
  if (long > most.part) return `have at most ${most.part} bytes in a part, got ${long}`;
  const whole = countBytes(parts.join("/"));
  return whole > most.name ? `have a name of at most ${most.name} bytes, got ${whole}` : null;
}

function splitName(name: string): string[] {
  return name.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
}

/** Some systems take different ways to write the same accented letter for the same name. */
function keyOf(path: string): string {
  return path.normalize("NFC");
}

function countBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

function isOfMacOs(parts: readonly string[]): boolean {
  return parts[0] === "__MACOSX" || parts.at(-1)!.startsWith("._");
}
