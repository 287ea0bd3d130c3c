/**
 * Asks for a file that may not be there.
 *
 * @module
 */

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
 * import { statIfExists } from "@/files/stat_if_exists.ts";
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
