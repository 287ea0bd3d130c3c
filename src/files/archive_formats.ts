/**
 * The entries of tar files, by `tar-stream`, and of zip files, by `yauzl`, read piece by piece;
 * and the bytes of a file with the compression that is around them taken off.
 *
 * @module
 */
import { decompressStream } from "@napi-rs/lzma/xz";
import { Readable } from "node:stream";
import { crc32, createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import {
  checkUnpackedBytes,
  type EntryKind,
  mostEntries,
  type PackedEntry,
  type UnpackLimit,
} from "@/files/archive_entries.ts";

/** What is used of a header that `tar-stream` has read. */
interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly type: string | null;
  /** Position of the entry's content in the tar file. */
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>> | null;
}

/** What is used of an entry of `tar-stream`. */
interface TarSource extends AsyncIterable<Uint8Array> {
  readonly header: TarHeader;
  resume(): void;
}

/** What is used of the reader of `tar-stream`, whose own types need those of another package. */
interface TarReader extends AsyncIterable<TarSource> {
  readonly destroying: boolean;
  write(bytes: Uint8Array): boolean;
  end(): void;
  destroy(error?: unknown): void;
  on(event: "drain" | "close", listener: () => void): void;
}

/** With a mark of one byte, every piece is used up before the next one is asked for. */
type CreateReader = (options: { readonly highWaterMark: number }) => TarReader;

/** Bytes of a block, and of the two blocks of zeros that end a tar file. */
const tarBlock = 512, ending = 2 * tarBlock;

/**
 * Reads the entries of a tar file one after the other, in bounded memory: ustar, GNU's and pax's
 * long names and sizes.
 *
 * A tar file has no checksums but those of its headers; that it was cut is noticed at any place,
 * since the two blocks of zeros at the end are required, as POSIX does.
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  archive: string,
): AsyncGenerator<PackedEntry> {
  const reader = (extract as unknown as CreateReader)({ highWaterMark: 1 });
  const seen = { bytes: 0, lastUsed: 0 };
  let place = "its first entry", end = 0;
  const describe = (error: unknown): SyntaxError =>
    damage(error, { archive, place, cut: /unexpected end|fill whole buffer/i });
  const feeding = feed(bytes, { reader, seen });
  try {
    for await (const source of reader) {
      const { name, size, byteOffset, type } = source.header;
      const kind = tarKind(source.header);
      place = `entry ${JSON.stringify(name)}`;
      end = byteOffset + (type === "directory" ? 0 : Math.ceil(size / tarBlock) * tarBlock);
      yield { name, kind, bytes: size, content: passOn(source, describe) };
      source.resume();
      place = `what follows entry ${JSON.stringify(name)}`;
    }
    if (seen.bytes < end + ending || seen.lastUsed > end) {
      throw new Error("unexpected end");
    }
  } catch (error) {
    throw describe(error);
  } finally {
    reader.destroy();
    await feeding;
  }
}

/** Kinds of entries by the types of `tar-stream`. */
const kinds: Readonly<Record<string, EntryKind>> = {
  file: "file",
  directory: "folder",
  symlink: "symbolic link",
  link: "hard link",
  "block-device": "device",
  "character-device": "device",
  fifo: "FIFO",
};

/** A sparse file would be written without its gaps. */
function tarKind({ type, pax }: TarHeader): EntryKind {
  if (Object.keys(pax ?? {}).some((key) => key.startsWith("GNU.sparse."))) return "other";
  return kinds[type ?? ""] ?? "other";
}

/** Hands content on; an error on the way says where the archive is damaged. */
async function* passOn(
  content: AsyncIterable<Uint8Array>,
  describe: (error: unknown) => SyntaxError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw describe(error);
  }
}

/** Hands bytes to the reader as fast as it takes them, and notes where the last one above 0 was. */
async function feed(
  bytes: AsyncIterable<Uint8Array>,
  { reader, seen }: { reader: TarReader; seen: { bytes: number; lastUsed: number } },
): Promise<void> {
  let wake = (): void => {};
  reader.on("drain", () => wake());
  reader.on("close", () => wake());
  try {
    for await (const part of bytes) {
      if (reader.destroying) return;
      let used = part.length;
      while (used > 0 && part[used - 1] === 0) used--;
      if (used > 0) seen.lastUsed = seen.bytes + used;
      seen.bytes += part.length;
      if (reader.write(part)) continue;
      await new Promise<void>((resolve) => wake = resolve);
      if (reader.destroying) return;
    }
    reader.end();
  } catch (error) {
    reader.destroy(error);
  }
}

/** What is needed to read a zip file. */
export interface ReadZipOptions {
  /** Name of the archive, for messages. */
  readonly archive: string;
  /** How many bytes may come out of it. */
  readonly limit: UnpackLimit;
  /** Receives how many packed bytes were read so far; default: nobody is told. */
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
 * Reads the entries of a zip file one after the other, as its directory lists them, and checks
 * their CRC-32.
 *
 * All that they say they hold is checked against the limit before the first is read; no two of
 * them may share bytes of the file.
 */
export async function* readZip(
  path: string,
  { archive, limit, onRead }: ReadZipOptions,
): AsyncGenerator<PackedEntry> {
  const zip = await openZip(path, archive);
  try {
    const entries = await Array.fromAsync(zip.eachEntry()).catch((error: unknown) => {
      throw damage(error, { archive, place: "its directory" });
    });
    const bytes = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    checkUnpackedBytes(bytes, { archive, entry: null, limit });
    checkOverlap(entries, archive);
    let before = 0;
    for (const entry of entries) {
      const name = nameOf(entry), { compressedSize: packed, uncompressedSize: bytes } = entry;
      const place = `entry ${JSON.stringify(name)}`;
      if (entry.isEncrypted()) {
        throw new RangeError(`Cannot extract "${archive}": ${place} must not be encrypted`);
      }
      const start = before;
      const onPart = (done: number): void => onRead?.(start + packed * Math.min(1, done / bytes));
      const content = passOn(
        readZipContent(entry, { zip, onPart }),
        (error) => damage(error, { archive, place }),
      );
      yield { name, kind: zipKind(entry), bytes, content };
      before += packed;
    }
  } finally {
    zip.close();
  }
}

/** Opens a zip file; names stay bytes, which are judged in our own words. */
async function openZip(path: string, archive: string): Promise<ZipFile> {
  const options = { autoClose: false, decodeStrings: false };
  const zip = await yauzl.openPromise(path, options).catch((error: unknown) => {
    throw damage(error, { archive, place: "its directory" });
  });
  if (zip.entryCount <= mostEntries) return zip;
  zip.close();
  throw new RangeError(
    `Cannot extract "${archive}": it must hold at most ${mostEntries} entries, ` +
      `got ${zip.entryCount}`,
  );
}

/** Refuses entries that begin before what lies before them ends, as in bombs of shared bytes. */
function checkOverlap(entries: readonly Entry[], archive: string): void {
  const startOf = (entry: Entry): number => entry.relativeOffsetOfLocalHeader;
  let end = 0;
  for (const entry of entries.toSorted((a, b) => startOf(a) - startOf(b))) {
    if (startOf(entry) < end) {
      const place = `entry ${JSON.stringify(nameOf(entry))}`;
      throw damage("bytes that belong to another entry", { archive, place });
    }
    end = startOf(entry) + localHeader + entry.fileNameLength + entry.compressedSize;
  }
}

/** Bytes before an entry's name and content. */
const localHeader = 30;

/** The name as it stands in the archive, with its backslashes. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
}

/** The type in Unix's modes; a slash at the end, or MS-DOS's attribute, makes a folder of a file. */
function zipKind(entry: Entry): EntryKind {
  const { externalFileAttributes: attributes } = entry;
  const mode = attributes >>> 16 & 0o170000, kind = modes[mode] ?? "other";
  const isFolder = nameOf(entry).endsWith("/") || (mode === 0 && (attributes & 0x10) !== 0);
  return kind === "file" && isFolder ? "folder" : kind;
}

/** Reads an entry's content, and compares its CRC-32, which `yauzl` does not. */
async function* readZipContent(
  entry: Entry,
  { zip, onPart }: { zip: ZipFile; onPart: (done: number) => void },
): AsyncGenerator<Uint8Array> {
  let sum = 0, done = 0;
  for await (const part of await zip.openReadStreamPromise(entry)) {
    sum = crc32(part, sum);
    onPart(done += part.length);
    yield part;
  }
  if (sum !== entry.crc32) throw new Error("a wrong CRC-32");
}

/** Says where an archive is damaged, and how; `cut` is how an error says that it ends too early. */
function damage(
  error: unknown,
  { archive, place, cut }: { archive: string; place: string; cut?: RegExp },
): SyntaxError {
  const reason = error instanceof Error ? error.message : String(error);
  const got = cut?.test(reason) ? "its end too early" : JSON.stringify(reason);
  return new SyntaxError(`Cannot extract "${archive}": ${place} must be undamaged, got ${got}`, {
    cause: error,
  });
}

/** How a file is compressed. */
export type Compression = "xz" | "gzip" | "none";

/** What is read, and what may be wanted meanwhile. */
export interface UnpackedBytesOptions {
  /** What is around the bytes. */
  readonly compression: Compression;
  /** Receives how many bytes of the file were read so far; default: nobody is told. */
  readonly onRead?: (bytes: number) => void;
  /** Interrupts the work; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** Bytes read from the file at once. */
const pieceBytes = 256 * 1024;

/**
 * Reads an open file from its beginning and decompresses it on the way, in bounded memory
 * however far behind the caller is.
 *
 * Whatever the file holds to be checked with is checked: CRC-32, CRC-64 or SHA-256 of xz with
 * its index, CRC-32 of gzip.
 */
export async function* readUnpackedBytes(
  file: Deno.FsFile,
  options: UnpackedBytesOptions,
): AsyncGenerator<Uint8Array> {
  const { compression } = options;
  let failure: { readonly error: unknown } | null = null;
  const blocks = readBlocks(file, options, (error) => failure = { error });
  try {
    if (compression === "none") yield* blocks;
    else if (compression === "gzip") yield* Readable.from(blocks).compose(createGunzip());
    else yield* decompressStream(ReadableStream.from(blocks));
  } catch (error) {
    // The libraries pass on only the message of what went wrong with the file.
    throw (failure as { readonly error: unknown } | null)?.error ?? error;
  }
}

async function* readBlocks(
  file: Deno.FsFile,
  { onRead, signal }: UnpackedBytesOptions,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    await file.seek(0, Deno.SeekMode.Start);
    for (let done = 0;;) {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(pieceBytes);
      const length = await file.read(bytes);
      if (length === null) return;
      done += length;
      onRead?.(done);
      yield bytes.subarray(0, length);
    }
  } catch (error) {
    onFailure(error);
    throw error;
  }
}
