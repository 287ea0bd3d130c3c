/**
 * The entries of tar files, by `tar-stream`, and of zip files, by `@zip.js/zip.js`, read piece
 * by piece; and the bytes of a file with the compression that is around them taken off.
 *
 * @module
 */
import { decompressStream } from "@napi-rs/lzma/xz";
import { type Entry, type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import {
  checkUnpackedBytes,
  type EntryKind,
  type PackedEntry,
  type UnpackLimit,
} from "@/files/archive_entries.ts";
import { readFullySync } from "@/files/read.ts";

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
      yield { name, kind, bytes: size, content: readTarContent(source, describe) };
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

async function* readTarContent(
  source: TarSource,
  describe: (error: unknown) => SyntaxError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
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
      const last = part.findLastIndex((byte) => byte !== 0);
      if (last >= 0) seen.lastUsed = seen.bytes + last + 1;
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
 * Reads the entries of a zip file one after the other, as its directory lists them, and checks
 * their CRC-32.
 *
 * All that they say they hold is checked against the limit before the first is read; no two of
 * them may share bytes of the file.
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

/** What a zip reader takes for a source. */
export interface ZipSource {
  /** The bytes from the beginning, anew every time. */
  readable: ReadableStream;
  /** Number of bytes, once reading has begun. */
  size: number;
}

/** Makes a source of an open file, which stays open when the zip reader is closed. */
export function zipSource(
  file: Deno.FsFile,
  onRead: (bytes: number) => void = () => {},
): ZipSource {
  return new FileReader(file, onRead);
}

class FileReader extends Reader<Deno.FsFile> {
  readonly #file: Deno.FsFile;
  readonly #onRead: (bytes: number) => void;

  constructor(file: Deno.FsFile, onRead: (bytes: number) => void) {
    super(file);
    this.#file = file;
    this.#onRead = onRead;
  }

  override async init(): Promise<void> {
    await super.init?.();
    this.size = (await this.#file.stat()).size;
  }

  /** Seeks and reads without a pause in which another call could seek elsewhere. */
  override readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    const filled = readFullySync(this.#file, bytes);
    this.#onRead(filled);
    return Promise.resolve(bytes.subarray(0, filled));
  }
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
