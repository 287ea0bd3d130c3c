/**
 * Unpacking archives that come from elsewhere: as a whole or not at all.
 *
 * @module
 */
import { basename } from "node:path";
import { type PackedEntry, writeEntries, type WrittenEntries } from "@/files/archive_entries.ts";
import { type ArchiveFormat, formatBytes, tellArchiveFormat } from "@/files/archive_format.ts";
import { readTar } from "@/files/archive_formats.ts";
import { readFreeSpace } from "@/files/free_space.ts";
import { readZip } from "@/files/read_zip.ts";
import type { UnpackLimit } from "@/files/unpack_limit.ts";
import { readUnpackedBytes } from "@/files/unpacked_bytes.ts";
import { replaceFolder } from "@/files/write.ts";

/** What to unpack, and where to. */
export interface ExtractRequest {
  /** The archive: tar, tar.xz, tar.gz or zip, whatever its name. */
  readonly archive: string;
  /** The folder that its entries go to; what was there before is replaced. */
  readonly folder: string;
  /** Most bytes that may be unpacked; default: what the disk has free. */
  readonly mostBytes?: number;
  /** Receives the share of the archive that was read, from 0 to 1; default: nobody is told. */
  readonly onProgress?: (share: number) => void;
  /** Interrupts; nothing is left behind; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** What was unpacked. */
export interface Extracted extends WrittenEntries {
  /** The format of the archive. */
  readonly format: ArchiveFormat;
}

interface OpenArchive extends ExtractRequest {
  readonly name: string;
  readonly file: Deno.FsFile;
  readonly format: ArchiveFormat;
}

/**
 * Unpacks an archive.
 *
 * Entries are written to a temporary folder beside `folder`, which takes its name when everything is
 * there; whatever goes wrong, nothing is left of the archive and what was at `folder` stays. Memory is
 * bounded however large the archive is. What may be in an archive is said at `createEntryGuard`.
 *
 * @param request What to unpack, and where to.
 * @returns How much was unpacked.
 * @throws {RangeError} If the archive holds what must not be written, or more than `mostBytes`.
 * @throws {SyntaxError} If it is no archive, is damaged, or ends too early.
 * @throws {Error} If the disk has not enough room, or cannot be written to.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example A compressed page is no archive
 * ```ts
 * import assert from "node:assert/strict";
 * import { extractArchive } from "@/files/archive.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const archive = `${folder}/data.zip`;
 * await Deno.writeTextFile(archive, "<!DOCTYPE html><title>Not found</title>");
 * await assert.rejects(extractArchive({ archive, folder: `${folder}/data` }), {
 *   message: 'Cannot extract "data.zip": it must be a tar, tar.xz, tar.gz or zip file, ' +
 *     'got one that begins with "<!DOCTYPE html><"',
 * });
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function extractArchive(request: ExtractRequest): Promise<Extracted> {
  const { archive, folder, mostBytes, onProgress, signal } = request;
  const name = basename(archive);
  if (mostBytes !== undefined && !(mostBytes >= 0)) {
    throw new RangeError(`Cannot extract "${name}": mostBytes must be from 0, got ${mostBytes}`);
  }
  using file = await Deno.open(archive);
  const format = await tellFormat(file, name);
  let written: WrittenEntries = { files: 0, bytes: 0 };
  await replaceFolder(folder, async (temporary) => {
    const limit = mostBytes === undefined
      ? { bytes: await readFreeSpace(temporary), isDiskSpace: true }
      : { bytes: mostBytes, isDiskSpace: false };
    const entries = await readEntries({ ...request, name, file, format }, limit);
    const options = { archive: name, folder: temporary, limit, ...(signal && { signal }) };
    try {
      written = await writeEntries(entries, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw describe(error, { name, folder });
    }
    onProgress?.(1);
    if (written.files > 0) return;
    throw new SyntaxError(`Cannot extract "${name}": it must hold at least one file, got none`);
  });
  return { ...written, format };
}

async function tellFormat(file: Deno.FsFile, name: string): Promise<ArchiveFormat> {
  const start = new Uint8Array(formatBytes);
  let length = 0;
  while (length < start.length) {
    const count = await file.read(start.subarray(length));
    if (count === null) break;
    length += count;
  }
  const format = tellArchiveFormat(start.subarray(0, length));
  if (format !== null) return format;
  const text = String.fromCharCode(...start.subarray(0, Math.min(length, 16)));
  const got = length === 0 ? "an empty one" : `one that begins with ${JSON.stringify(text)}`;
  throw new SyntaxError(
    `Cannot extract "${name}": it must be a tar, tar.xz, tar.gz or zip file, got ${got}`,
  );
}

async function readEntries(
  { name: archive, file, format, onProgress, signal }: OpenArchive,
  limit: UnpackLimit,
): Promise<AsyncIterable<PackedEntry>> {
  const { size } = await file.stat();
  const onRead = (bytes: number): void => onProgress?.(Math.min(1, bytes / size));
  if (format === "zip") return readZip(file, { archive, limit, onRead });
  const compression = format === "tar.xz" ? "xz" : format === "tar.gz" ? "gzip" : "none";
  const options = { compression, onRead, ...(signal && { signal }) } as const;
  return readTar(readUnpackedBytes(file, options), archive);
}

/** Errors of the disk get to say what they are about; the others do already. */
function describe(error: unknown, { name, folder }: { name: string; folder: string }): unknown {
  if (error instanceof Error && error.message.startsWith("Cannot extract ")) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(
    `Cannot extract "${name}": "${folder}" must take what it holds, got ${JSON.stringify(reason)}`,
    { cause: error },
  );
}
