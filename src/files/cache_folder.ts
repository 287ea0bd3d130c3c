/**
 * Files that are made once and checked whenever they are used again.
 *
 * A file lies beside a second one that holds its SHA-256. Both are written under temporary names
 * and renamed, the checksum last; a file that does not match its checksum is made anew.
 *
 * @module
 */
import { join } from "node:path";
import { hashFile } from "@/files/hash_file.ts";
import { statIfExists } from "@/files/stat_if_exists.ts";
import { fillFile, replaceFile } from "@/files/write.ts";

/** A file in the cache. */
export interface CachedFile {
  /** Where it lies. */
  readonly path: string;
  /** SHA-256 of its content, in hex. */
  readonly hash: string;
}

/** What to look for, and how to make it. */
export interface CacheRequest {
  /** Folder of the cache; made where missing. */
  readonly folder: string;
  /** Name of the file, which must say everything that shapes its content. */
  readonly name: string;
  /** Writes the file to the path it is given. */
  readonly make: (temporary: string) => Promise<void>;
}

/**
 * Finds a file in a cache, and makes it first where it is missing or damaged.
 *
 * Reading the file back for its checksum takes about a second per gigabyte and little memory.
 *
 * @param request Where the file lies, and how to make it.
 * @returns The file.
 *
 * @example Made once
 * ```ts
 * import assert from "node:assert/strict";
 * import { findCached } from "@/files/cache_folder.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const make = (path: string) => Deno.writeTextFile(path, "1 2 3");
 * const first = await findCached({ folder, name: "numbers", make });
 * const second = await findCached({ folder, name: "numbers", make: () => Promise.reject() });
 * await Deno.remove(folder, { recursive: true });
 *
 * assert.equal(first.hash, second.hash);
 * ```
 */
export async function findCached(request: CacheRequest): Promise<CachedFile> {
  const { folder, name, make } = request;
  const path = join(folder, name);
  const expected = await readChecksum({ folder, name });
  const isThere = (await statIfExists(path))?.isFile ?? false;
  if (expected !== null && isThere && await hashFile(path) === expected) {
    return { path, hash: expected };
  }
  const hash = await fillFile(path, async (temporary) => {
    await make(temporary);
    return await hashFile(temporary);
  });
  await replaceFile(`${path}.sha256`, `${hash}\n`);
  return { path, hash };
}

/**
 * Reads the checksum that a cached file should have, without reading the file.
 *
 * @param request Where the file lies.
 * @returns SHA-256 in hex; `null` where there is no checksum.
 *
 * @example Nothing there
 * ```ts
 * import assert from "node:assert/strict";
 * import { readChecksum } from "@/files/cache_folder.ts";
 *
 * assert.equal(await readChecksum({ folder: "src", name: "numbers" }), null);
 * ```
 */
export async function readChecksum(
  request: Pick<CacheRequest, "folder" | "name">,
): Promise<string | null> {
  try {
    return (await Deno.readTextFile(join(request.folder, `${request.name}.sha256`))).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
