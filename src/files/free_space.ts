/**
 * Room on a disk.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Finds out how many bytes can be written to a folder.
 *
 * @param folder The folder; where it does not exist, the nearest one above that does counts.
 * @returns Bytes that a user without special rights may still write.
 *
 * @example A folder that is not there yet
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFreeSpace } from "@/files/free_space.ts";
 *
 * assert.ok(await readFreeSpace("no/such/folder") > 0);
 * ```
 */
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
