/**
 * Writing the entries of an archive into an empty folder.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { createEntryGuard, type EntryKind } from "@/files/archive_entry.ts";
import { checkUnpackedBytes, type UnpackLimit } from "@/files/unpack_limit.ts";

/** An entry of an archive that is being read. */
export interface PackedEntry {
  /** Its name, as it stands in the archive. */
  readonly name: string;
  /** What it is. */
  readonly kind: EntryKind;
  /** How many bytes it says it has. */
  readonly bytes: number;
  /** These bytes, which can be read once, before the next entry. */
  readonly content: AsyncIterable<Uint8Array>;
}

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

/** What was written. */
export interface WrittenEntries {
  /** How many files. */
  readonly files: number;
  /** How many bytes they have. */
  readonly bytes: number;
}

/**
 * Writes entries, each as far as it may be written; files get mode 0644 and folders 0755.
 *
 * Whatever modes, owners and times the archive gives are left out. When this throws, what was written
 * before is still there.
 *
 * @param entries The entries, in the order of the archive.
 * @param options Where they go, and the limits.
 * @returns How much was written.
 * @throws {RangeError} If an entry must not be written; see `createEntryGuard`.
 * @throws {SyntaxError} If an entry has other than the bytes it says.
 * @throws {Error} If the limit is not enough, or the disk does not take it.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example One file
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeEntries } from "@/files/archive_entries.ts";
 *
 * async function* read() {
 *   yield { name: "a/b.txt", kind: "file" as const, bytes: 1, content: ReadableStream.from(["1"])
 *     .pipeThrough(new TextEncoderStream()) };
 * }
 * const folder = await Deno.makeTempDir();
 * const limit = { bytes: 100, isDiskSpace: false };
 * const written = await writeEntries(read(), { archive: "a.tar", folder, limit });
 * const text = await Deno.readTextFile(`${folder}/a/b.txt`);
 * await Deno.remove(folder, { recursive: true });
 *
 * assert.deepEqual([text, written], ["1", { files: 1, bytes: 1 }]);
 * ```
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
