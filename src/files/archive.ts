/**
 * Unpacking archives that come from elsewhere: as a whole or not at all.
 *
 * The first bytes of an archive tell its format, whatever its name says; unless told otherwise,
 * no more is unpacked than the disk has room for.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import {
  type PackedEntry,
  type UnpackLimit,
  writeEntries,
  type WrittenEntries,
} from "@/files/archive_entries.ts";
import { readTar, readUnpackedBytes, readZip } from "@/files/archive_formats.ts";
import { readFully } from "@/files/read.ts";
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

/** How an archive is packed. */
export type ArchiveFormat = "tar" | "tar.xz" | "tar.gz" | "zip";

/**
 * Unpacks an archive into a temporary folder beside `folder`, which takes its name when everything
 * is there; whatever goes wrong, nothing is left of the archive and what was at `folder` stays.
 *
 * Memory is bounded however large the archive is. What may be in it is said at `createEntryGuard`.
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
  const length = await readFully(file, start);
  const format = tellArchiveFormat(start.subarray(0, length));
  if (format !== null) return format;
  const text = String.fromCharCode(...start.subarray(0, Math.min(length, 16)));
  const got = length === 0 ? "an empty one" : `one that begins with ${JSON.stringify(text)}`;
  throw new SyntaxError(
    `Cannot extract "${name}": it must be a tar, tar.xz, tar.gz or zip file, got ${got}`,
  );
}

/** Bytes that suffice to tell the format: one block of tar. */
export const formatBytes = 512;

const marks: readonly { format: ArchiveFormat; offset: number; bytes: readonly number[] }[] = [
  { format: "tar.xz", offset: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { format: "tar.gz", offset: 0, bytes: [0x1f, 0x8b, 0x08] },
  { format: "zip", offset: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { format: "zip", offset: 0, bytes: [0x50, 0x4b, 0x05, 0x06] },
  { format: "tar", offset: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] },
];

/**
 * Tells the format of an archive by its marks; whether a compressed file holds a tar shows when
 * it is read.
 *
 * The marks are those of the .xz file format 1.2.1 (section 2.1.1.1), of RFC 1952 (gzip), of
 * zip's APPNOTE 6.3 (4.3.7, 4.3.16: no entries), and of POSIX.1-1988 (tar, "ustar" at byte 257).
 */
export function tellArchiveFormat(start: Uint8Array): ArchiveFormat | null {
  const match = marks.find(({ offset, bytes }) =>
    bytes.every((byte, i) => start[offset + i] === byte)
  );
  return match?.format ?? null;
}

interface OpenArchive extends ExtractRequest {
  readonly name: string;
  readonly file: Deno.FsFile;
  readonly format: ArchiveFormat;
}

async function readEntries(
  { archive: path, name: archive, file, format, onProgress, signal }: OpenArchive,
  limit: UnpackLimit,
): Promise<AsyncIterable<PackedEntry>> {
  const { size } = await file.stat();
  const onRead = (bytes: number): void => onProgress?.(Math.min(1, bytes / size));
  if (format === "zip") return readZip(path, { archive, limit, onRead });
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

/** Finds out how many bytes can be written to a folder, which need not exist yet. */
export async function readFreeSpace(folder: string): Promise<number> {
  for (let path = resolve(folder);; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing || path === dirname(path)) throw error;
    }
  }
}
