/**
 * Writing the entries of an archive into an empty folder.
 *
 * An archive from elsewhere must not be able to write outside its folder, to replace what it has
 * written, to leave anything but files and folders (Snyk's "Zip Slip", 2018; CWE-22, CWE-59), or
 * to write more than it may. So each entry is judged by its name and kind, and bytes are counted.
 *
 * @module
 */
import { dirname, join } from "node:path";

/** An entry as its archive describes it. */
export interface ArchiveEntry {
  /** Its name, as it stands in the archive. */
  readonly name: string;
  /** What it is. */
  readonly kind: EntryKind;
}

/** An entry of an archive that is being read. */
export interface PackedEntry extends ArchiveEntry {
  /** How many bytes it says it has. */
  readonly bytes: number;
  /** These bytes, which can be read once, before the next entry. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** What an entry is. */
export type EntryKind =
  | "file"
  | "folder"
  | "symbolic link"
  | "hard link"
  | "device"
  | "FIFO"
  | "other";

/** Where entries go, and what they may be. */
export interface WriteEntriesOptions {
  /** Name of the archive, for messages. */
  readonly archive: string;
  /** An empty folder that nobody else writes to. */
  readonly folder: string;
  /** How much may be written. */
  readonly limit: UnpackLimit;
  /** Interrupts the work; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** A limit for unpacked bytes. */
export interface UnpackLimit {
  /** How many bytes there may be. */
  readonly bytes: number;
  /** Whether that is what the disk has free; else somebody set it. */
  readonly isDiskSpace: boolean;
}

/** What was written. */
export interface WrittenEntries {
  /** How many files. */
  readonly files: number;
  /** How many bytes they have. */
  readonly bytes: number;
}

/**
 * Writes entries, each as far as it may be written; files get mode 0644 and folders 0755,
 * whatever modes, owners and times the archive gives.
 *
 * When this throws, what was written before is still there.
 */
export async function writeEntries(
  entries: AsyncIterable<PackedEntry>,
  options: WriteEntriesOptions,
): Promise<WrittenEntries> {
  const { archive, folder, limit, signal } = options;
  const guard = createEntryGuard(archive);
  const made = new Set<string>([folder]);
  let files = 0, bytes = 0;
  for await (const entry of entries) {
    signal?.throwIfAborted();
    const path = guard(entry);
    if (path === null) continue;
    if (entry.kind === "folder") {
      await makeFolders(join(folder, path), made);
      continue;
    }
    checkUnpackedBytes(bytes + entry.bytes, { archive, entry: entry.name, limit });
    await makeFolders(dirname(join(folder, path)), made);
    await writeContent(entry, join(folder, path), options);
    files++;
    bytes += entry.bytes;
  }
  return { files, bytes };
}

/** Makes a folder and those above it that were not made before. */
async function makeFolders(path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return;
  await makeFolders(dirname(path), made);
  await Deno.mkdir(path);
  await Deno.chmod(path, 0o755);
  made.add(path);
}

async function writeContent(
  { name, bytes, content }: PackedEntry,
  path: string,
  { archive, signal }: WriteEntriesOptions,
): Promise<void> {
  const refuse = (got: string): SyntaxError =>
    new SyntaxError(
      `Cannot extract "${archive}": entry ${JSON.stringify(name)} must have the ${bytes} bytes ` +
        `it says, got ${got}`,
    );
  let written = 0;
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const part of content) {
    signal?.throwIfAborted();
    written += part.length;
    if (written > bytes) throw refuse("more");
    for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
  }
  if (written < bytes) throw refuse(`${written}`);
  await Deno.chmod(path, 0o644);
}

/**
 * An entry's path below the folder it goes to, with forward slashes; `null`: nothing is written.
 */
export type EntryGuard = (entry: ArchiveEntry) => string | null;

/** Most entries that an archive may have. */
export const mostEntries = 250_000;

/** Most parts that a name may have, and most bytes of a part and of all of them. */
const most = { depth: 32, part: 255, name: 1024 };

/**
 * Starts judging the entries of an archive, one after the other.
 *
 * Slashes and backslashes both part a name; empty parts and single dots are dropped. Refused are
 * absolute names, parts that lead upwards, also with the blanks and dots that Windows drops,
 * control characters, bytes that are not UTF-8, more than `most` allows, links, devices, and a
 * file with the path of another entry or above one. Names that differ in capitals are different.
 * Nothing is written of what macOS adds (`__MACOSX/…`, `._…`): such files have the names of
 * images, but are none. They are judged all the same.
 */
export function createEntryGuard(archive: string): EntryGuard {
  const kinds = new Map<string, "file" | "folder">();
  let count = 0;
  return ({ name, kind }) => {
    const refuse = (what: string): RangeError =>
      new RangeError(`Cannot extract "${archive}": entry ${JSON.stringify(name)} must ${what}`);
    if (++count > mostEntries) throw refuse(`be one of at most ${mostEntries}`);
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

/** What is about to be written. */
export interface UnpackDemand {
  /** Name of the archive, for messages. */
  readonly archive: string;
  /** The entry that is being unpacked; `null`: all of them. */
  readonly entry: string | null;
  /** The limit. */
  readonly limit: UnpackLimit;
}

/** Checks that unpacked bytes stay within a limit. */
export function checkUnpackedBytes(bytes: number, { archive, entry, limit }: UnpackDemand): void {
  if (bytes <= limit.bytes) return;
  const files = entry === null ? "its files need" : `its files up to ${JSON.stringify(entry)} need`;
  const room = limit.isDiskSpace ? "free on the disk" : "allowed";
  const message = `Cannot extract "${archive}": ${files} ${formatCount(bytes)}, ` +
    `got ${formatCount(limit.bytes)} ${room}`;
  throw limit.isDiskSpace ? new Error(message) : new RangeError(message);
}

function formatCount(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} ${bytes === 1 ? "byte" : "bytes"}`;
}
