/**
 * Lets zip.js read a file that is open, piece by piece.
 *
 * @module
 */
import { Reader } from "@zip.js/zip.js";
import { readFullySync } from "@/files/read.ts";

/** What a zip reader takes for a source. */
export interface ZipSource {
  /** The bytes from the beginning, anew every time. */
  readable: ReadableStream;
  /** Number of bytes, once reading has begun. */
  size: number;
}

/**
 * Makes a source of an open file, which stays open when the zip reader is closed.
 *
 * @param file The file; nothing else may read it meanwhile.
 * @param onRead Receives the number of bytes of every piece that is read; default: nobody is told.
 * @returns The source.
 *
 * @example Not a zip file
 * ```ts
 * import { ZipReader } from "@zip.js/zip.js";
 * import assert from "node:assert/strict";
 * import { zipSource } from "@/files/zip_source.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "Dear diary");
 * {
 *   using file = await Deno.open(path);
 *   await assert.rejects(new ZipReader(zipSource(file)).getEntries());
 * }
 * await Deno.remove(path);
 * ```
 */
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
