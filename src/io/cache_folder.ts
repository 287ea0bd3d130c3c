/**
 * Files that are made once and checked whenever they are read again.
 *
 * A file lies beside a second one that holds its SHA-256. Both are written under temporary names
 * and renamed, the checksum last; a file that does not match its checksum is made anew.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { replaceFile } from "@/io/replace_folder.ts";

/** A file in the cache. */
export interface CachedFile {
  /** Where it lies. */
  readonly path: string;
  /** Its content. */
  readonly bytes: Uint8Array;
  /** SHA-256 of its content, in hex. */
  readonly hash: string;
}

/** What to look for, and how to make it. */
export interface CacheRequest {
  /** Folder of the cache; made where missing. */
  readonly folder: string;
  /** Name of the file, which must say everything that shapes its content. */
  readonly name: string;
  /** Makes the content. */
  readonly make: () => Promise<Uint8Array>;
}

/**
 * Reads a file from a cache, and makes it first where it is missing or damaged.
 *
 * @param request Where the file lies, and how to make it.
 * @returns The file.
 *
 * @example Made once
 * ```ts
 * import assert from "node:assert/strict";
 * import { readCached } from "@/io/cache_folder.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const make = () => Promise.resolve(Uint8Array.of(1, 2, 3));
 * const first = await readCached({ folder, name: "numbers", make });
 * const second = await readCached({ folder, name: "numbers", make: () => Promise.reject() });
 * await Deno.remove(folder, { recursive: true });
 *
 * assert.equal(first.hash, second.hash);
 * ```
 */
export async function readCached(request: CacheRequest): Promise<CachedFile> {
  const path = join(request.folder, request.name);
  const stored = await readIfExists(path);
  const expected = await readIfExists(`${path}.sha256`);
  if (stored !== null && expected !== null) {
    const hash = sha256(stored);
    if (hash === new TextDecoder().decode(expected).trim()) return { path, bytes: stored, hash };
  }
  const bytes = await request.make();
  const hash = sha256(bytes);
  await replaceFile(path, bytes);
  await replaceFile(`${path}.sha256`, `${hash}\n`);
  return { path, bytes, hash };
}

async function readIfExists(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
