/**
 * Where the maps and masks of a table of scores are.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { describeFaults } from "@/describe_faults.ts";
import { statIfExists } from "@/files/read.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/** A file that belongs to an image. */
export interface FileOfImage {
  /** The image. */
  readonly image: string;
  /** What the file is of it. */
  readonly what: "map" | "mask";
  /** Path of the file as the table has it. */
  readonly file: string;
}

/**
 * Finds files and makes sure that they are there, before any of them is needed.
 *
 * @param files The files.
 * @param options Folder that relative paths start from; name of the table, for errors.
 * @returns Their paths, in the same order.
 * @throws {Error} If some are missing; the message names up to twenty.
 *
 * @example A map that is missing
 * ```ts
 * import assert from "node:assert/strict";
 * import { locateFiles } from "@/audit/locate_files.ts";
 *
 * const files = [{ image: "1.png", what: "map" as const, file: "maps/1.npy" }];
 * await assert.rejects(locateFiles(files, { folder: "/no/such", source: "scores.csv" }), {
 *   message: 'Cannot read "scores.csv": the map of "1.png" must be a file, ' +
 *     'got nothing at "/no/such/maps/1.npy"',
 * });
 * ```
 */
export async function locateFiles(
  files: readonly FileOfImage[],
  options: { folder: string; source: string },
): Promise<string[]> {
  const { folder, source } = options;
  const paths = files.map(({ file }) => isAbsolute(file) ? file : join(folder, file));
  const found = await mapConcurrently(paths, { limit: 32, apply: statIfExists });
  const faults = found.flatMap((stat, index) => {
    if (stat?.isFile) return [];
    const { image, what } = files[index]!;
    const got = stat === null ? "nothing" : "a folder";
    return [`the ${what} of "${image}" must be a file, got ${got} at "${paths[index]}"`];
  });
  if (faults.length > 0) throw new Error(describeFaults(`Cannot read "${source}"`, faults));
  return paths;
}
