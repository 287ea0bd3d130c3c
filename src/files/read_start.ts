/**
 * The beginnings of files.
 *
 * @module
 */
import { readFully } from "@/files/read.ts";

/**
 * Reads the first bytes of a file.
 *
 * @param path The file.
 * @param length How many bytes at most.
 * @returns The bytes, fewer where the file is shorter.
 * @throws {Error} If the file cannot be read.
 *
 * @example Two bytes of three
 * ```ts
 * import assert from "node:assert/strict";
 * import { readStart } from "@/files/read_start.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, Uint8Array.of(1, 2, 3));
 * assert.deepEqual([...await readStart(path, 2)], [1, 2]);
 * await Deno.remove(path);
 * ```
 */
export async function readStart(path: string, length: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const start = new Uint8Array(length);
  return start.subarray(0, await readFully(file, start));
}
