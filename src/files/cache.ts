/**
 * Two kinds of cache on disk.
 *
 * A bounded folder does not grow beyond its limit: what was not used for longest goes first. A
 * cached file is made once and checked whenever it is used again: beside it lies a second one
 * that holds its SHA-256 and its name. Both are written under temporary names and renamed, the
 * checksum last; a file that does not match its checksum is made anew.
 *
 * A cache saves time and decides nothing: what cannot be read counts as missing, what cannot be
 * written is passed over, and a line on standard error says so.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { hashFile, readFullySync } from "@/files/read.ts";
import { fillFile, replaceFile } from "@/files/write.ts";

/** Where files are kept, and how much there may be. */
export interface BoundedFolderOptions {
  /** The folder; made when something is put into it. */
  readonly folder: string;
  /** Bytes that all files together may take. */
  readonly limit: number;
  /** Receives a line on everything that is wrong with the cache; default: standard error. */
  readonly onRemark?: (line: string) => void;
}

/** A bounded folder. What this process has used or written stays while the process runs. */
export interface BoundedFolder {
  /** The folder. */
  readonly folder: string;
  /** Reads a whole file and marks it as used; `null` if it is not there or cannot be read. */
  read(name: string): Uint8Array<ArrayBuffer> | null;
  /** Whether a file is there and can be read; that marks it as used, too. */
  has(name: string): boolean;
  /**
   * Writes a file: under another name first, so that nobody ever reads half of it. Resolves to
   * whether it is kept; what this process uses is never removed for it.
   */
  put(name: string, parts: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean>;
  /** Removes a file that turned out to be damaged, and says why: what must hold, what came instead. */
  drop(name: string, reason: string): void;
  /** Says something about what is kept here. */
  remark(line: string): void;
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
export function openBoundedFolder(options: BoundedFolderOptions): BoundedFolder {
  const { folder, limit, onRemark = sayOnError } = options;
  if (!(limit >= 0)) {
    throw new RangeError(`Cannot open cache "${folder}": its limit must be from 0, got ${limit}`);
  }
  const used = new Set<string>();
  /** Damaged files that could not be removed. */
  const damaged = new Set<string>();
  /** Bytes of finished files; `null` before the first look. */
  let total: number | null = null;
  /** Bytes of files that are being written. */
  let underWay = 0;
  const said = new Set<string>();
  /** A folder that one cannot use is said once, not for each of its files. */
  const sayOnce = (task: "read" | "write", error: unknown): void => {
    if (said.has(task)) return;
    said.add(task);
    const consequence = task === "read" ? "counts as missing" : "is not kept";
    onRemark(
      `Cannot ${task} all of cache "${folder}": that must be allowed and possible, ` +
        `got "${reasonOf(error)}"; what cannot be ${task === "read" ? "read" : "written"} ` +
        consequence,
    );
  };
  const open = (name: string): Deno.FsFile | null => {
    if (damaged.has(name)) return null;
    const path = join(folder, name);
    try {
      // A pipe is not opened: that would wait for whoever writes to it.
      if (!Deno.statSync(path).isFile) throw new Error(`"${name}" is no file`);
      const file = Deno.openSync(path);
      markUsed(name);
      return file;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) sayOnce("read", error);
      return null;
    }
  };
  const markUsed = (name: string): void => {
    if (used.has(name)) return;
    used.add(name);
    const now = new Date();
    // A file of another user can be used all the same.
    attempt(() => Deno.utimeSync(join(folder, name), now, now));
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
      if (removeFile(join(folder, file.name))) total -= file.bytes;
    }
    return total + needed <= limit;
  };
  return {
    folder,
    remark: onRemark,
    read: (name) => {
      using file = open(name);
      if (file === null) return null;
      try {
        const bytes = new Uint8Array(file.statSync().size);
        return bytes.subarray(0, readFullySync(file, bytes));
      } catch (error) {
        sayOnce("read", error);
        return null;
      }
    },
    has: (name) => {
      using file = open(name);
      return file !== null;
    },
    put: async (name, parts) => {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      if (!makeRoom(bytes)) return false;
      used.add(name);
      underWay += bytes;
      try {
        await writeWhole(join(folder, name), parts);
        damaged.delete(name);
        total = (total ?? 0) + bytes;
        return true;
      } catch (error) {
        sayOnce("write", error);
        return false;
      } finally {
        underWay -= bytes;
      }
    },
    drop: (name, reason) => {
      onRemark(`Cannot use cache entry "${join(folder, name)}": ${reason}; it is made anew`);
      if (!removeFile(join(folder, name))) damaged.add(name);
      used.delete(name);
    },
  };
}

/** Writes a line to standard error, on a terminal in place of the progress that may stand there. */
function sayOnError(line: string): void {
  const clear = Deno.stderr.isTerminal() ? "\r\x1b[K" : "";
  attempt(() => Deno.stderr.writeSync(new TextEncoder().encode(`${clear}${line}\n`)));
}

/** What went wrong, in one line; the path, which Deno adds, is named in the line around it. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n")[0]!.replace(/: \w+ '.*'$/, "");
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
  const entries = attempt(() => [...Deno.readDirSync(join(folder, inside))]) ?? [];
  for (const entry of entries) {
    const name = join(inside, entry.name);
    if (entry.isDirectory) files.push(...listFiles(folder, name));
    const stat = entry.isFile ? attempt(() => Deno.statSync(join(folder, name))) : null;
    if (stat === null) continue;
    const time = stat.mtime?.getTime() ?? 0;
    if (!name.endsWith(unfinished)) files.push({ name, bytes: stat.size, time });
    else if (Date.now() - time > abandonedAfter) removeFile(join(folder, name));
  }
  return files;
}

/** Writes a file as a whole; what it wrote of one that fails is removed. */
async function writeWhole(
  path: string,
  parts: readonly Uint8Array<ArrayBuffer>[],
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}${unfinished}`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      for (const part of parts) {
        for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
      }
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

/** What a call gives that may fail for reasons of the disk; `null` if it does. */
function attempt<Result>(call: () => Result): Result | null {
  try {
    return call();
  } catch {
    return null;
  }
}

/** Removes a file; tells whether it is gone, whoever removed it. */
function removeFile(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
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
  /** Receives a line on everything that is wrong with the cache; default: standard error. */
  readonly onRemark?: (line: string) => void;
}

/**
 * Finds a file in a cache, and makes it first where it is missing or damaged; reading it back
 * for its checksum takes about a second per gigabyte and little memory.
 *
 * Where the cache cannot be written to, the file is made in a temporary folder, which goes when
 * the process ends.
 */
export async function findCached(request: CacheRequest): Promise<CachedFile> {
  const { folder, name, onRemark = sayOnError } = request;
  const known = await findWhole(request, onRemark);
  if (known !== null) return known;
  let reason = "";
  if (!substitutes.has(folder)) {
    try {
      return await fillCached(request);
    } catch (error) {
      if (!(error instanceof DiskFailure)) throw error;
      reason = reasonOf(error.cause);
    }
  }
  const instead = { ...request, folder: substitutes.get(folder) ?? await makeSubstitute(reason) };
  const made = await findWhole(instead, onRemark) ?? await fillCached(instead).catch((error) => {
    throw error instanceof DiskFailure ? error.cause : error;
  });
  if (!substitutes.has(folder)) {
    onRemark(
      `Cannot keep "${join(folder, name)}": its folder must be one that can be written to, ` +
        `got "${reason}"; a temporary folder takes its place`,
    );
    substitutes.set(folder, instead.folder);
  }
  return made;
}

/** Temporary folders in place of those that cannot be written to. */
const substitutes = new Map<string, string>();

/** Begin of the names of these folders. */
const substituteName = "hiercore-cache-";

async function makeSubstitute(reason: string): Promise<string> {
  let substitute: string;
  try {
    substitute = await Deno.makeTempDir({ prefix: substituteName });
  } catch (cause) {
    throw new Error(
      "Cannot write to a cache: it or the system's temporary folder must allow that, " +
        `got "${reason}" and "${reasonOf(cause)}"`,
      { cause },
    );
  }
  const remove = (path: string) => attempt(() => Deno.removeSync(path, { recursive: true }));
  addEventListener("unload", () => remove(substitute));
  // A process that was killed has left its own; whose files are gone makes them anew.
  const parent = dirname(substitute);
  for (const { name } of attempt(() => [...Deno.readDirSync(parent)]) ?? []) {
    if (!name.startsWith(substituteName)) continue;
    const time = attempt(() => Deno.statSync(join(parent, name)).mtime?.getTime()) ?? Infinity;
    if (Date.now() - time > substituteLife) remove(join(parent, name));
  }
  return substitute;
}

/** Substitutes that were made so long ago, in milliseconds, are taken for left behind. */
const substituteLife = 86_400_000;

/** The file if it is there, and is what its checksum says. */
async function findWhole(
  { folder, name }: CacheRequest,
  onRemark: (line: string) => void,
): Promise<CachedFile | null> {
  const path = join(folder, name);
  const expected = attempt(() => Deno.readTextFileSync(`${path}.sha256`));
  const isThere = attempt(() => Deno.statSync(path).isFile) ?? false;
  // Before names were part of it, the checksum stood alone: such a file counts as missing.
  if (expected === null || !isThere || /^[0-9a-f]{64}\n$/.test(expected)) return null;
  const hash = await hashFile(path).catch(() => null);
  if (hash === null) return null;
  if (expected === checksumLine(hash, name)) return { path, hash };
  const got = expected.slice(0, 64);
  onRemark(
    `Cannot use cached file "${path}": its checksum must be that of its name and content, ` +
      `${hash}, got ${
        got === hash ? "that of another name" : JSON.stringify(got)
      }; it is made anew`,
  );
  return null;
}

/** What stands beside a file, as the program `sha256sum` writes it. */
function checksumLine(hash: string, name: string): string {
  return `${hash}  ${name}\n`;
}

/** A file could not be written for reasons of the disk, which are its cause. */
class DiskFailure extends Error {}

/** Bytes of a trial before anything is made, which may take long. */
const trialBytes = 65_536;

/** Makes a file and its checksum; throws what `make` throws, unless that is the disk's doing. */
async function fillCached({ folder, name, make }: CacheRequest): Promise<CachedFile> {
  const path = join(folder, name);
  let failure: unknown = null;
  try {
    const hash = await fillFile(path, async (temporary) => {
      await Deno.writeFile(temporary, new Uint8Array(trialBytes));
      try {
        await make(temporary);
      } catch (error) {
        // Whoever had begun to write may have found the disk full, whatever words that has.
        const hasBegun = attempt(() => Deno.statSync(temporary).size) !== trialBytes;
        if (!hasBegun && !isOfSystem(error)) failure = error;
        throw error;
      }
      return await hashFile(temporary);
    });
    await replaceFile(`${path}.sha256`, checksumLine(hash, name));
    return { path, hash };
  } catch (error) {
    throw error === failure ? error : new DiskFailure(reasonOf(error), { cause: error });
  }
}

/** Whether an operating system, or Deno in its place, refused something. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "code" in error || error instanceof Deno.errors.NotCapable;
}
