/**
 * Finds out whether results can be written before hours are spent on them.
 *
 * @module
 */
import { dirname, resolve } from "node:path";

/**
 * Checks that a folder can be made or replaced.
 *
 * A folder with a random name is made in the nearest folder above that exists, and removed at once.
 *
 * @param folder The folder that results will go to; it need not exist.
 * @throws {Error} If nothing can be made there.
 *
 * @example A file is in the way
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkWritable } from "@/files/check_writable.ts";
 *
 * await assert.rejects(checkWritable("deno.json/run"), {
 *   message: /^Cannot write results to "deno\.json\/run": ".*deno\.json" must be a folder that/,
 * });
 * ```
 */
export async function checkWritable(folder: string): Promise<void> {
  let parent = dirname(resolve(folder));
  while (parent !== dirname(parent) && !await exists(parent)) parent = dirname(parent);
  try {
    await Deno.remove(await Deno.makeTempDir({ dir: parent, prefix: ".", suffix: ".partial" }));
  } catch (error) {
    throw new Error(
      `Cannot write results to "${folder}": "${parent}" must be a folder that can be written to`,
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
