/**
 * Reading until a buffer is full.
 *
 * @module
 */

/** An open file, or anything else that is read piece by piece. */
export interface ByteSource {
  /** Reads some bytes into `target`; resolves to their number, or to `null` at the end. */
  read(target: Uint8Array): Promise<number | null>;
}

/** Bytes per system call, which some systems limit to 2 GiB. */
const chunkLength = 2 ** 26;

/**
 * Fills a buffer from a file's current position on.
 *
 * One call of `read` may give fewer bytes than were asked for; this goes on until the buffer is full
 * or the file ends.
 *
 * @param source The file.
 * @param target Receives the bytes.
 * @returns Number of bytes that were read; less than the buffer's length only at the end of the file.
 *
 * @example A file that is shorter than the buffer
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFully } from "@/files/read.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, Uint8Array.of(1, 2, 3));
 * const file = await Deno.open(path);
 * const target = new Uint8Array(4);
 * const count = await readFully(file, target);
 * file.close();
 * await Deno.remove(path);
 *
 * assert.equal(count, 3);
 * assert.deepEqual([...target], [1, 2, 3, 0]);
 * ```
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
 * Fills a buffer from an open file without a pause in which another call could read from it.
 *
 * @param file The file, at the position to read from.
 * @param target The buffer.
 * @returns Bytes that were read: fewer than there is room for only where the file ends.
 *
 * @example A file that is too short
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFullySync } from "@/files/read.ts";
 *
 * const source = { readSync: () => null };
 * assert.equal(readFullySync(source, new Uint8Array(4)), 0);
 * ```
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
