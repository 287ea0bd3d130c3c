/**
 * What lies in a folder of a dataset.
 *
 * @module
 */
import { join } from "node:path";

/** The names in a folder, sorted by character code; hidden ones are left out. */
export interface Listing {
  /** Folders. */
  readonly folders: readonly string[];
  /** Images, told by their extension. */
  readonly images: readonly string[];
  /** Number of other files. */
  readonly others: number;
}

const imageName = /\.(png|jpe?g|webp|tiff?|bmp)$/i;

/**
 * Lists a folder. Links count as what they lead to.
 *
 * @param folder The folder.
 * @returns The names in it; all empty if there is no such folder.
 * @throws {Error} If it is a file, may not be read, or holds a link that leads nowhere.
 *
 * @example A folder that does not exist
 * ```ts
 * import assert from "node:assert/strict";
 * import { listFolder } from "@/datasets/listing.ts";
 *
 * const nothing = { folders: [], images: [], others: 0 };
 * assert.deepEqual(await listFolder("/no/such/folder"), nothing);
 * ```
 */
export async function listFolder(folder: string): Promise<Listing> {
  const folders: string[] = [];
  const images: string[] = [];
  let others = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name.startsWith(".")) continue;
      const kind = entry.isSymlink ? await follow(join(folder, entry.name)) : entry;
      if (kind.isDirectory) folders.push(entry.name);
      else if (imageName.test(entry.name)) images.push(entry.name);
      else others++;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { folders: folders.sort(), images: images.sort(), others };
}

async function follow(link: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(link);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot list "${link}": the link must lead to a file or folder, got nowhere`);
  }
}
