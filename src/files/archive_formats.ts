/**
 * Reading the entries of a tar file, by `tar-stream`.
 *
 * @module
 */
import { extract } from "tar-stream";
import type { PackedEntry } from "@/files/archive_entries.ts";
import type { EntryKind } from "@/files/archive_entry.ts";

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

const kinds: Readonly<Record<string, EntryKind>> = {
  file: "file",
  directory: "folder",
  symlink: "symbolic link",
  link: "hard link",
  "block-device": "device",
  "character-device": "device",
  fifo: "FIFO",
};

/**
 * Reads the entries of a tar file one after the other: ustar, GNU's and pax's long names and sizes.
 *
 * Takes a bounded amount of memory. A tar file has no checksums but those of its headers; that it was
 * cut is noticed at any place, since the two blocks of zeros at the end are required, as POSIX does.
 *
 * @param bytes The bytes of the tar file.
 * @param archive Name of the archive, for messages.
 * @returns The entries; one that is not read is passed over.
 * @throws {SyntaxError} If the file, or what `bytes` comes from, is damaged or ends too early.
 *
 * @example No tar file
 * ```ts
 * import assert from "node:assert/strict";
 * import { readTar } from "@/files/archive_formats.ts";
 *
 * const entries = readTar(ReadableStream.from([new Uint8Array(512).fill(7)]), "a.tar");
 * await assert.rejects(entries.next(), {
 *   name: "SyntaxError",
 *   message: /^Cannot extract "a.tar": its first entry must be undamaged, got "Invalid tar header/,
 * });
 * ```
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  archive: string,
): AsyncGenerator<PackedEntry> {
  const reader = (extract as unknown as CreateReader)({ highWaterMark: 1 });
  const seen = { bytes: 0, lastUsed: 0 };
  let place = "its first entry", end = 0;
  const describe = (error: unknown): SyntaxError => {
    const reason = error instanceof Error ? error.message : String(error);
    const got = /unexpected end|fill whole buffer/i.test(reason)
      ? "its end too early"
      : JSON.stringify(reason);
    return new SyntaxError(`Cannot extract "${archive}": ${place} must be undamaged, got ${got}`, {
      cause: error,
    });
  };
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
