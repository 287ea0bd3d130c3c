/**
 * Reading files: whether one is there and can be opened, its SHA-256 although it need not fit in
 * memory, its first bytes, and as many as fill a buffer.
 *
 * @module
 */
import { createHash } from "node:crypto";

/**
 * Describes what lies at a path.
 *
 * @param path A file, a folder, or nothing.
 * @returns What `Deno.stat` says of it; `null` if there is nothing.
 * @throws {Error} If the path cannot be looked up for another reason.
 *
 * @example Something and nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { statIfExists } from "@/files/mod.ts";
 *
 * assert.equal((await statIfExists("deno.json"))!.isFile, true);
 * assert.equal(await statIfExists("no-such-file"), null);
 * ```
 */
export async function statIfExists(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Opens a file for reading; refuses, by its name, what is none or cannot be read. */
export async function openFile(path: string): Promise<Deno.FsFile> {
  const refuse = (what: string, cause?: unknown): Error =>
    new Error(`Cannot read "${path}": ${what}`, { cause });
  let stat: Deno.FileInfo;
  try {
    stat = await Deno.stat(path);
    // A pipe is not opened: that would wait for whoever writes to it.
    if (stat.isFile) return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refuse("the file must exist", error);
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(`it must be readable, got ${reason}`, error);
  }
  throw refuse(`it must be a file, got a ${stat.isDirectory ? "folder" : "device or pipe"}`);
}

/** What may be wanted while a file is hashed. */
export interface HashFileOptions {
  /** Receives the bytes that are done and the size of the file; default: nobody is told. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Interrupts the work; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** Bytes read at once. There are two blocks: while one is hashed, the other is read. */
const block = 2 * 1024 ** 2;

/**
 * Computes the SHA-256 of a file.
 *
 * Takes O(size) time and 4 MB of memory. Reading one block while the block before it is hashed is
 * a fifth to a third faster than doing one after the other.
 *
 * @param path The file.
 * @param options Whom to tell of progress, and what interrupts.
 * @returns The hash as 64 lower-case hexadecimal digits.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example The three bytes of "abc", the example of the standard (FIPS 180-4)
 * ```ts
 * import assert from "node:assert/strict";
 * import { hashFile } from "@/files/mod.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "abc");
 * const hash = await hashFile(path);
 * await Deno.remove(path);
 *
 * assert.equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
 * ```
 */
export async function hashFile(path: string, options: HashFileOptions = {}): Promise<string> {
  using file = await Deno.open(path);
  return await hashOpenFile(file, options);
}

/**
 * Computes the SHA-256 of an open file from its first byte to its last, wherever it was read last.
 */
export async function hashOpenFile(
  file: Deno.FsFile,
  options: HashFileOptions = {},
): Promise<string> {
  const { onProgress, signal } = options;
  const { size } = await file.stat();
  await file.seek(0, Deno.SeekMode.Start);
  const hash = createHash("sha256");
  let current = new Uint8Array(block), other = new Uint8Array(block);
  let done = 0;
  signal?.throwIfAborted();
  let length = await file.read(current);
  while (length !== null) {
    // Nothing is being read here, so that whatever throws leaves the file free to be closed.
    signal?.throwIfAborted();
    done += length;
    onProgress?.(done, size);
    const next = file.read(other);
    hash.update(current.subarray(0, length));
    [current, other] = [other, current];
    length = await next;
  }
  return hash.digest("hex");
}

/** An open file, or anything else that is read piece by piece. */
export interface ByteSource {
  /** Reads some bytes into `target`; resolves to their number, or to `null` at the end. */
  read(target: Uint8Array): Promise<number | null>;
}

/** Bytes per system call, which some systems limit to 2 GiB. */
const chunkLength = 2 ** 26;

/**
 * Fills a buffer from a file's current position on, with as many calls of `read` as that takes,
 * until it is full or the file ends; resolves to the bytes filled.
 */
export async function readFully(source: ByteSource, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const count = await source.read(target.subarray(filled, filled + chunkLength));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/**
 * Fills a buffer from an open file as `readFully` does, without a pause in which another call
 * could read from it.
 */
export function readFullySync(
  file: { readSync(target: Uint8Array): number | null },
  target: Uint8Array,
): number {
  let filled = 0;
  while (filled < target.length) {
    const count = file.readSync(target.subarray(filled, filled + chunkLength));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** Reads the first bytes of a file, fewer if it is shorter. */
export async function readStart(path: string, length: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const start = new Uint8Array(length);
  return start.subarray(0, await readFully(file, start));
}
