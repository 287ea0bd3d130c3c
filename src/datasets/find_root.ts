/**
 * Looks through the folders that archives put around a dataset.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { listFolder } from "@/datasets/listing.ts";

/** How a dataset folder is known. */
export interface RootSearch {
  /** Names of folders that may lie around it. */
  readonly wrappers: readonly string[];
  /** Whether a folder is the dataset itself. */
  readonly isRoot: (folder: string) => Promise<boolean>;
}

/**
 * Finds the dataset folder: the given one or, through at most two wrappers, one inside it.
 *
 * @param folder Where the dataset was unpacked.
 * @param search How it is known.
 * @returns Its absolute path; the given folder if nothing inside is a dataset either.
 *
 * @example An archive with a folder of its own
 * ```ts
 * import assert from "node:assert/strict";
 * import { findRoot } from "@/datasets/find_root.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/VisA/split_csv`, { recursive: true });
 * const isRoot = async (path: string) => (await Array.fromAsync(Deno.readDir(path)))
 *   .some(({ name }) => name === "split_csv");
 * assert.equal(await findRoot(folder, { wrappers: ["VisA"], isRoot }), `${folder}/VisA`);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function findRoot(folder: string, search: RootSearch): Promise<string> {
  const root = resolve(folder);
  return await lookInside(root, { ...search, depth: 2 }) ?? root;
}

async function lookInside(
  folder: string,
  search: RootSearch & { depth: number },
): Promise<string | null> {
  const { folders } = await listFolder(folder).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotADirectory) return { folders: [] };
    throw error;
  });
  if (folders.length === 0) return null;
  if (await search.isRoot(folder)) return folder;
  if (search.depth === 0) return null;
  for (const name of folders.filter((each) => search.wrappers.includes(each))) {
    const inner = await lookInside(join(folder, name), { ...search, depth: search.depth - 1 });
    if (inner !== null) return inner;
  }
  return null;
}
