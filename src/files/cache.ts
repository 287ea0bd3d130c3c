/**
 * Two kinds of cache on disk.
 *
 * A bounded folder does not grow beyond its limit: what was not used for longest goes first. A
 * cached file is made once and checked whenever it is used again: beside it lies a second one
 * that holds its SHA-256. Both are written under temporary names and renamed, the checksum last;
 * a file that does not match its checksum is made anew.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { hashFile, statIfExists } from "@/files/read.ts";
import { fillFile, replaceFile } from "@/files/write.ts";

/** Where files are kept, and how much there may be. */
export interface BoundedFolderOptions {
  /** The folder; made when something is put into it. */
  readonly folder: string;
  /** Bytes that all files together may take. */
  readonly limit: number;
}

/** A bounded folder. What this process has used or written stays while the process runs. */
export interface BoundedFolder {
  /** The folder. */
  readonly folder: string;
  /** Opens a file for reading and marks it as used; `null` if it is not there. */
  open(name: string): Deno.FsFile | null;
  /** Whether a file is there; that marks it as used, too. */
  has(name: string): boolean;
  /**
   * Writes a file: under another name first, so that nobody ever reads half of it. Resolves to
   * whether there was room, and leave to write; what this process uses is never removed for it.
   */
  put(name: string, parts: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean>;
  /** Removes a file that turned out to be damaged. */
  drop(name: string): void;
}

/**
 * Opens a bounded folder.
 *
 * Several processes may use it at once: files appear whole, and a file that one of them removes
 * stays readable to those that have it open. Each counts the bytes for itself and looks again
 * before it removes anything, so that together they may overshoot the limit by what they write
 * meanwhile.
 *
 * @param options Where it is and its limit.
 * @returns The folder, nothing of which is read yet.
 * @throws {RangeError} If the limit is not a number from 0.
 *
 * @example A file that fits, and one that does not
 * ```ts
 * import assert from "node:assert/strict";
 * import { openBoundedFolder } from "@/files/mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const files = openBoundedFolder({ folder, limit: 10 });
 * assert.equal(await files.put("a", [new Uint8Array(8)]), true);
 * assert.equal(await files.put("b", [new Uint8Array(8)]), false);
 * assert.deepEqual([files.has("a"), files.has("b")], [true, false]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function openBoundedFolder({ folder, limit }: BoundedFolderOptions): BoundedFolder {
  if (!(limit >= 0)) {
    throw new RangeError(`Cannot open cache "${folder}": its limit must be from 0, got ${limit}`);
  }
  const used = new Set<string>();
  /** Bytes of finished files; `null` before the first look. */
  let total: number | null = null;
  /** Bytes of files that are being written. */
  let underWay = 0;
  const markUsed = (name: string): void => {
    if (used.has(name)) return;
    used.add(name);
    const now = new Date();
    ifThere(() => Deno.utimeSync(join(folder, name), now, now));
  };
  const makeRoom = (bytes: number): boolean => {
    const needed = bytes + underWay;
    if (needed > limit) return false;
    if ((total ??= sizeOf(listFiles(folder))) + needed <= limit) return true;
    const files = listFiles(folder);
    total = sizeOf(files);
    const idle = files.filter(({ name }) => !used.has(name));
    if (total - sizeOf(idle) + needed > limit) return false;
    idle.sort((a, b) => a.time - b.time);
    for (const file of idle) {
      if (total + needed <= limit) break;
      ifThere(() => Deno.removeSync(join(folder, file.name)));
      total -= file.bytes;
    }
    return true;
  };
  return {
    folder,
    open: (name) => {
      const file = ifThere(() => Deno.openSync(join(folder, name)));
      if (file !== null) markUsed(name);
      return file;
    },
    has: (name) => {
      const isThere = ifThere(() => Deno.statSync(join(folder, name))) !== null;
      if (isThere) markUsed(name);
      return isThere;
    },
    put: async (name, parts) => {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      if (!makeRoom(bytes)) return false;
      used.add(name);
      underWay += bytes;
      try {
        const isWritten = await writeWhole(join(folder, name), parts);
        if (isWritten) total = (total ?? 0) + bytes;
        return isWritten;
      } finally {
        underWay -= bytes;
      }
    },
    drop: (name) => {
      ifThere(() => Deno.removeSync(join(folder, name)));
      used.delete(name);
    },
  };
}

interface KeptFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was last used, in milliseconds. */
  readonly time: number;
}

function sizeOf(files: readonly KeptFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Unfinished files older than this, in milliseconds, belong to a process that is gone. */
const abandonedAfter = 3_600_000;

/** End of the names of unfinished files. */
const unfinished = ".partial";

/** Every finished file of the folder; what was left unfinished long ago is removed. */
function listFiles(folder: string, inside = ""): KeptFile[] {
  const files: KeptFile[] = [];
  const entries = ifThere(() => [...Deno.readDirSync(join(folder, inside))]) ?? [];
  for (const entry of entries) {
    const name = join(inside, entry.name);
    if (entry.isDirectory) files.push(...listFiles(folder, name));
    const stat = entry.isFile ? ifThere(() => Deno.statSync(join(folder, name))) : null;
    if (stat === null) continue;
    const time = stat.mtime?.getTime() ?? 0;
    if (!name.endsWith(unfinished)) files.push({ name, bytes: stat.size, time });
    else if (Date.now() - time > abandonedAfter) {
      ifThere(() => Deno.removeSync(join(folder, name)));
    }
  }
  return files;
}

/** What a system says when a disk is full or may not be written to. */
const cannotWrite = ["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS"];

/** Writes a file as a whole; `false` if the disk is full or may not be written to. */
async function writeWhole(
  path: string,
  parts: readonly Uint8Array<ArrayBuffer>[],
): Promise<boolean> {
  const temporary = `${path}.${crypto.randomUUID()}${unfinished}`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for (const part of parts) {
      for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
    }
  } catch (error) {
    ifThere(() => Deno.removeSync(temporary));
    if (cannotWrite.includes((error as { code?: string }).code ?? "")) return false;
    throw error;
  }
  await Deno.rename(temporary, path);
  return true;
}

/** The result of looking at a file that another process may have removed; `null` if it is gone. */
function ifThere<Result>(look: () => Result): Result | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

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
 * Finds a file in a cache, and makes it first where it is missing or damaged; reading it back
 * for its checksum takes about a second per gigabyte and little memory.
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

/** Reads the checksum that a cached file should have, without reading the file. */
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
