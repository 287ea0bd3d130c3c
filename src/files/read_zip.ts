/**
 * Reading the entries of a zip file, by `@zip.js/zip.js`.
 *
 * @module
 */
import { type Entry, type FileEntry, ZipReader } from "@zip.js/zip.js";
import type { PackedEntry } from "@/files/archive_entries.ts";
import type { EntryKind } from "@/files/archive_entry.ts";
import { checkUnpackedBytes, type UnpackLimit } from "@/files/unpack_limit.ts";
import { zipSource } from "@/files/zip_source.ts";

/** What is needed to read a zip file. */
export interface ReadZipOptions {
  /** Name of the archive, for messages. */
  readonly archive: string;
  /** How many bytes may come out of it. */
  readonly limit: UnpackLimit;
  /** Receives how many bytes of the file were read so far; default: nobody is told. */
  readonly onRead?: (bytes: number) => void;
}

/** Types of files in Unix's modes. */
const modes: Readonly<Record<number, EntryKind>> = {
  0o000000: "file",
  0o100000: "file",
  0o040000: "folder",
  0o120000: "symbolic link",
  0o020000: "device",
  0o060000: "device",
  0o010000: "FIFO",
};

/**
 * Reads the entries of a zip file one after the other, as its directory lists them.
 *
 * Entries are decompressed piece by piece and their CRC-32 is checked. All that they say they hold is
 * checked against the limit before the first is read; no two of them may share bytes of the file.
 *
 * @param file The file, open for reading; it stays open.
 * @param options Name, limit, and whom to tell of progress.
 * @returns The entries.
 * @throws {SyntaxError} If the file is damaged or ends too early.
 * @throws {RangeError} If an entry is encrypted, or there is more than allowed.
 * @throws {Error} If the disk has not enough room.
 *
 * @example No zip file
 * ```ts
 * import assert from "node:assert/strict";
 * import { readZip } from "@/files/read_zip.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "PK\x03\x04");
 * const file = await Deno.open(path);
 * const limit = { bytes: 1e9, isDiskSpace: false };
 * await assert.rejects(readZip(file, { archive: "a.zip", limit }).next(), {
 *   name: "SyntaxError",
 *   message: /^Cannot extract "a.zip": its directory must be undamaged, got /,
 * });
 * file.close();
 * await Deno.remove(path);
 * ```
 */
export async function* readZip(
  file: Deno.FsFile,
  { archive, limit, onRead }: ReadZipOptions,
): AsyncGenerator<PackedEntry> {
  let read = 0, isListed = false;
  const reader = zipSource(file, (bytes) => {
    if (isListed) onRead?.(read += bytes);
  });
  const zip = new ZipReader(reader, {
    useWebWorkers: false,
    checkCrc32: true,
    checkOverlappingEntry: true,
    filenameValidation: "tolerant",
  });
  try {
    const entries = await zip.getEntries().catch((error: unknown) => {
      throw damage(error, { archive, place: "its directory" });
    });
    const bytes = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    checkUnpackedBytes(bytes, { archive, entry: null, limit });
    isListed = true;
    for (const entry of entries) {
      const { filename: name, uncompressedSize: bytes } = entry;
      if (entry.encrypted) {
        throw new RangeError(
          `Cannot extract "${archive}": entry ${JSON.stringify(name)} must not be encrypted`,
        );
      }
      const content = entry.directory ? readNothing() : readZipContent(entry, archive);
      yield { name, kind: zipKind(entry), bytes, content };
    }
  } finally {
    await zip.close();
  }
}

/** A name that ends in a slash makes a folder of what has no other type in Unix's modes. */
function zipKind({ directory, symlink, externalFileAttributes }: Entry): EntryKind {
  const kind = symlink ? "symbolic link" : modes[externalFileAttributes >>> 16 & 0o170000];
  return directory && kind === "file" ? "folder" : kind ?? "other";
}

async function* readNothing(): AsyncGenerator<Uint8Array> {}

async function* readZipContent(entry: FileEntry, archive: string): AsyncGenerator<Uint8Array> {
  let fail = (_error: unknown): void => {};
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => {
      fail = (error) => controller.error(error);
    },
  });
  const stop = new AbortController();
  const place = `entry ${JSON.stringify(entry.filename)}`;
  // What refuses an entry before it is read does not touch the stream.
  const writing = entry.getData(writable, { signal: stop.signal }).then(() => {}, fail);
  try {
    yield* readable;
  } catch (error) {
    throw damage(error, { archive, place });
  } finally {
    stop.abort();
    await writing;
  }
}

function damage(
  error: unknown,
  { archive, place }: { archive: string; place: string },
): SyntaxError {
  const reason = error instanceof Error ? error.message : String(error);
  return new SyntaxError(
    `Cannot extract "${archive}": ${place} must be undamaged, got ${JSON.stringify(reason)}`,
    { cause: error },
  );
}
