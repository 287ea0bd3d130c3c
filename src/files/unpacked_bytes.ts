/**
 * The bytes of a file, with the compression that is around them taken off.
 *
 * @module
 */
import { decompressStream } from "@napi-rs/lzma/xz";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

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
 * Reads an open file from its beginning and decompresses it on the way.
 *
 * Takes a bounded amount of memory, however far behind the caller is. Whatever the file holds to be
 * checked with is checked: CRC-32, CRC-64 or SHA-256 of xz with its index, CRC-32 of gzip.
 *
 * @param file The file, open for reading; it stays open.
 * @param options The compression, whom to tell of progress, and what interrupts.
 * @returns The bytes in pieces of any length.
 * @throws {Error} If the file ends too early or is damaged; the message is the library's.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example A gzip file
 * ```ts
 * import assert from "node:assert/strict";
 * import { gzipSync } from "node:zlib";
 * import { readUnpackedBytes } from "@/files/unpacked_bytes.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, gzipSync("abc"));
 * const file = await Deno.open(path);
 * let text = "";
 * for await (const bytes of readUnpackedBytes(file, { compression: "gzip" })) {
 *   text += new TextDecoder().decode(bytes);
 * }
 * file.close();
 * await Deno.remove(path);
 *
 * assert.equal(text, "abc");
 * ```
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
