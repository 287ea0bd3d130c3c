/**
 * Folders and files that appear whole or not at all, and a check that they can be written before
 * hours are spent on what goes into them.
 *
 * A folder that is written with a mark is replaced by the same thing alone, and what others put
 * into it stays; `leftovers.ts` has the temporary names, and removes what dead processes left.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve, sep } from "node:path";
import { interruptible } from "@/files/interruption.ts";
import { releaseName, sweepFolder, temporaryName } from "@/files/leftovers.ts";

/** The file in a folder that says what the program wrote there. */
export const markName = ".hiercore.json";

/** What a folder holds: only a folder of the same mark is replaced. */
export interface FolderMark {
  /** Sort of content, such as `run`. */
  readonly kind: string;
  /** What it is of, as JSON can hold it: input and settings. Its hash alone is written. */
  readonly of: unknown;
}

/** Which folders may be replaced. */
export interface ReplaceFolderOptions {
  /** What the folder will hold; `null`: whatever lies there is replaced. Default `null`. */
  readonly mark?: FolderMark | null;
  /** Whether a folder of another mark, or of none, is taken, too. Default `false`. */
  readonly overwrite?: boolean;
}

/** What a mark says, once it is written. */
interface WrittenMark {
  readonly schema: 1;
  readonly kind: string;
  readonly of: string;
  /** What the program wrote, by path: everything else is somebody else's. */
  readonly files: readonly string[];
}

/**
 * Fills a temporary folder and puts it in place of `folder` when it is complete.
 *
 * With a mark, a folder that exists must be empty or have the same mark, and files in it that this
 * program did not write are taken over; without one, everything in it is replaced. If filling or
 * renaming fails, the temporary folder is removed and what was there before stays. What a process
 * that dies in between leaves, names that start with a dot and end in `.partial`, is removed or
 * put back by the next one that writes beside it. A folder that cannot be renamed, such as a mount
 * or the working directory, is filled file by file.
 *
 * @param folder The folder to write; its parents are made when missing.
 * @param fill Writes everything into the temporary folder that it is given.
 * @param options The mark, and whether another folder may be taken; default: neither.
 * @throws Whatever `fill` throws.
 * @throws {Error} If the folder cannot be made or must not be replaced; with a mark, also if the
 *   system refuses to write.
 *
 * @example Somebody else's file stays
 * ```ts
 * import assert from "node:assert/strict";
 * import { replaceFolder } from "@/files/mod.ts";
 *
 * const parent = await Deno.makeTempDir(), run = `${parent}/run`;
 * const fill = (temporary: string) => Deno.writeTextFile(`${temporary}/a.txt`, "1");
 * const mark = { kind: "run", of: { seed: 1 } };
 * await replaceFolder(run, fill, { mark });
 * await Deno.writeTextFile(`${run}/notes.txt`, "mine");
 * await replaceFolder(run, fill, { mark });
 * assert.equal(await Deno.readTextFile(`${run}/notes.txt`), "mine");
 *
 * const other = replaceFolder(run, fill, { mark: { kind: "run", of: { seed: 2 } } });
 * await assert.rejects(other, /--overwrite/);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function replaceFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  options: ReplaceFolderOptions = {},
): Promise<void> {
  const { mark = null } = options;
  if (mark === null) return await fillAndReplace(folder, fill, options);
  try {
    await fillAndReplace(folder, fill, options);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Error(
      `Cannot write results to "${folder}": the system must let it be written, got "${
        (error as Error).message.split("\n")[0]
      }"`,
      { cause: error },
    );
  }
}

async function fillAndReplace(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  options: ReplaceFolderOptions,
): Promise<void> {
  const { mark = null } = options;
  const target = await followLink(folder);
  await Deno.mkdir(dirname(target), { recursive: true });
  await sweepFolder(dirname(target));
  const own = mark === null ? null : await checkMark(folder, { ...options, mark });
  const { temporary, isInside } = await makeTemporary(target);
  try {
    await interruptible(() => fill(temporary), { grace: 0 });
    if (mark !== null) await writeMark(temporary, mark);
    await Deno.chmod(temporary, 0o755);
    if (isInside) {
      await moveInto(temporary, target, own);
    } else {
      if (own !== null) await takeAlong(target, { to: temporary, own });
      await putInPlace(temporary, target);
    }
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => undefined);
    throw error;
  } finally {
    releaseName(temporary);
  }
}

/** Where a link leads, so that the link stays. */
async function followLink(folder: string): Promise<string> {
  try {
    return (await Deno.lstat(folder)).isSymlink ? await Deno.realPath(folder) : folder;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return folder;
    }
    throw error;
  }
}

/** Makes the folder to be filled: beside the target, or in it if that cannot be renamed. */
async function makeTemporary(
  target: string,
): Promise<{ temporary: string; isInside: boolean }> {
  const parent = dirname(target);
  const inside = async () => {
    const temporary = join(target, temporaryName("results"));
    await Deno.mkdir(temporary, { mode: 0o700 });
    return { temporary, isInside: true };
  };
  const isWorkedIn = `${Deno.cwd()}${sep}`.startsWith(`${resolve(target)}${sep}`);
  if (isWorkedIn || await isMount(target)) return await inside();
  const temporary = join(parent, temporaryName(basename(target)));
  try {
    await Deno.mkdir(temporary, { mode: 0o700 });
    return { temporary, isInside: false };
  } catch (error) {
    if (!(await exists(target))) throw error;
    return await inside();
  }
}

async function isMount(folder: string): Promise<boolean> {
  if (!await exists(folder)) return false;
  return (await Deno.stat(folder)).dev !== (await Deno.stat(dirname(resolve(folder)))).dev;
}

/** Renames the temporary folder; where that fails, what was there before gets its name back. */
async function putInPlace(temporary: string, folder: string): Promise<void> {
  const previous = temporary.replace(/\.partial$/, "-previous.partial");
  const existed = await renameIfExists(folder, previous);
  try {
    await Deno.rename(temporary, folder);
  } catch (error) {
    if (existed) await Deno.rename(previous, folder);
    throw error;
  }
  if (existed) await Deno.remove(previous, { recursive: true });
}

async function renameIfExists(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Moves file by file; what the program wrote earlier and does not any more goes. */
async function moveInto(
  temporary: string,
  target: string,
  own: ReadonlySet<string> | null,
): Promise<void> {
  const fresh = await listTree(temporary);
  for (const { path, isFolder } of fresh) {
    await Deno.mkdir(isFolder ? join(target, path) : dirname(join(target, path)), {
      recursive: true,
    });
    if (isFolder) continue;
    const place = join(target, path);
    if (own !== null && !own.has(path) && await exists(place)) {
      await Deno.rename(place, await freeName(place));
    }
    await Deno.rename(join(temporary, path), place);
  }
  await Deno.remove(temporary, { recursive: true });
  const kept = new Set(fresh.map(({ path }) => path));
  for (const { path, isFolder } of own === null ? [] : await listTree(target)) {
    if (!isFolder && own!.has(path) && !kept.has(path)) await Deno.remove(join(target, path));
  }
}

/** Gives the new folder what lies in the old one and is not the program's own. */
async function takeAlong(
  folder: string,
  { to, own }: { to: string; own: ReadonlySet<string> },
): Promise<void> {
  for (const { path, isFolder } of await listTree(folder)) {
    if (own.has(path)) continue;
    if (isFolder) {
      await Deno.mkdir(join(to, path), { recursive: true });
      continue;
    }
    const place = await freeName(join(to, path));
    await Deno.mkdir(dirname(place), { recursive: true });
    await linkOrCopy(join(folder, path), place);
  }
}

/** A name beside what the program writes under the same one. */
async function freeName(path: string): Promise<string> {
  return await exists(path) ? await freeName(`${path}.kept`) : path;
}

/** A second name of the same file, so that nothing is lost whenever the process dies. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  if ((await Deno.lstat(from)).isSymlink) return await Deno.symlink(await Deno.readLink(from), to);
  try {
    await Deno.link(from, to);
  } catch {
    await Deno.copyFile(from, to);
  }
}

/** Files, links and empty folders below a folder; none if there is no folder. */
async function listTree(
  folder: string,
  below = "",
): Promise<{ path: string; isFolder: boolean }[]> {
  const found: { path: string; isFolder: boolean }[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      const inner = isDirectory ? await listTree(folder, path) : [];
      found.push(...inner, ...(inner.length === 0 ? [{ path, isFolder: isDirectory }] : []));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

async function writeMark(folder: string, mark: FolderMark): Promise<void> {
  const files = (await listTree(folder)).map(({ path }) => path).sort();
  const content: WrittenMark = { schema: 1, kind: mark.kind, of: hashOf(mark), files };
  await Deno.writeTextFile(join(folder, markName), `${JSON.stringify(content, null, 1)}\n`);
}

function hashOf({ of }: FolderMark): string {
  return createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, 32);
}

/** Reads the mark of a folder; `null` if it has none that can be read. */
async function readMark(folder: string): Promise<WrittenMark | null> {
  try {
    const read = JSON.parse(await Deno.readTextFile(join(folder, markName)));
    return read?.schema === 1 && Array.isArray(read.files) ? read : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Tells what kind of content a folder is marked as; `null` if it has no mark that can be read. */
export async function markedKind(folder: string): Promise<string | null> {
  const mark = await readMark(folder);
  return mark === null ? null : mark.kind;
}

/** What systems put into folders by themselves. */
const litter: ReadonlySet<string> = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/**
 * Refuses a folder that holds anything else than the mark says; otherwise lists what the program
 * itself wrote there.
 */
async function checkMark(
  folder: string,
  { mark, overwrite = false }: { mark: FolderMark; overwrite?: boolean },
): Promise<ReadonlySet<string>> {
  const refuse = (must: string): Error => new Error(`Cannot write results to "${folder}": ${must}`);
  if (!await exists(folder)) return new Set();
  if (!(await Deno.stat(folder)).isDirectory) throw refuse("it must be a folder, got a file");
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => !litter.has(name)).sort();
  const found = await readMark(folder);
  const own = new Set(found === null ? [] : [markName, ...found.files]);
  const isSame = found !== null && found.kind === mark.kind && found.of === hashOf(mark);
  if (names.length === 0 || isSame) return own;
  if (overwrite) {
    // Nobody can tell whose files an unmarked folder holds: those of new names stay.
    if (found !== null) return own;
    return new Set(knownFiles((await listTree(folder)).map(({ path }) => path)));
  }
  const got = found === null
    ? `one that holds ${names.slice(0, 2).map((name) => `"${name}"`).join(", ")}` +
      `${names.length > 2 ? ` and ${names.length - 2} more` : ""}`
    : found.kind === mark.kind
    ? `a ${found.kind} of other data or settings`
    : `one with a ${found.kind}`;
  throw refuse(
    `the folder must be new, empty or of the same ${mark.kind}, got ${got}; ` +
      "--overwrite replaces that, or choose another folder",
  );
}

/** Names of results as they were written before there were marks. */
const resultNames = new RegExp(
  "^(?:(?:config\\.yaml|scores\\.csv|report\\.html)|(?:test_results|test_binary_results|eval_args|" +
    "infer_time|environment|seed_summary|scenarios(?:-seed\\d+)?|model/model)\\.json|" +
    "model/group-\\d+\\.faiss)$",
);

/** Files of a result that has no mark; none if the folder does not look like one. */
function knownFiles(paths: readonly string[]): string[] {
  const isResult = paths.some((path) =>
    /^(?:test_results|scenarios|seed_summary)\.json$/.test(path)
  );
  return isResult ? paths.filter((path) => resultNames.test(path)) : [];
}

/**
 * Writes a file under a temporary name and renames it when it is complete.
 *
 * If writing fails, the temporary file is removed and what was there before stays.
 *
 * @param path The file to write; its parents are made when missing.
 * @param content Text or bytes.
 * @throws {Error} If the file or its folder cannot be written.
 *
 * @example A text file
 * ```ts
 * import assert from "node:assert/strict";
 * import { replaceFile } from "@/files/mod.ts";
 *
 * const parent = await Deno.makeTempDir();
 * await replaceFile(`${parent}/a.txt`, "1");
 * assert.equal(await Deno.readTextFile(`${parent}/a.txt`), "1");
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await fillFile(path, (temporary) => Deno.writeFile(temporary, bytes));
}

/** Folders that this process has swept: caches hold too many files to look every time. */
const swept = new Set<string>();

/**
 * Lets a file be written under a temporary name beside it, as `replaceFile` does, and passes on
 * what `fill` resolves to.
 */
export async function fillFile<Result>(
  path: string,
  fill: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const parent = dirname(resolve(path));
  await Deno.mkdir(parent, { recursive: true });
  if (!swept.has(parent)) await sweepFolder(parent);
  swept.add(parent);
  const temporary = join(parent, temporaryName(basename(path)));
  try {
    const result = await fill(temporary);
    await Deno.rename(temporary, path);
    return result;
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw error;
  } finally {
    releaseName(temporary);
  }
}

/**
 * Checks that a folder can be made or replaced: one with a random name is made in the nearest
 * folder above that exists, and removed at once.
 *
 * @param folder The folder.
 * @param options As `replaceFolder` will get them.
 */
export async function checkWritable(
  folder: string,
  options: ReplaceFolderOptions = {},
): Promise<void> {
  let parent = dirname(resolve(folder));
  try {
    while (parent !== dirname(parent) && !await exists(parent)) parent = dirname(parent);
    await tryFolder(await exists(folder) ? [parent, folder] : [parent]);
  } catch (error) {
    const shown = folder.length > 200 ? `${folder.slice(0, 200)}…` : folder;
    throw new Error(
      `Cannot write results to "${shown}": "${parent}" must be a folder that can be written to`,
      { cause: error },
    );
  }
  const { mark = null, overwrite = false } = options;
  if (mark !== null) await checkMark(folder, { mark, overwrite });
}

/** Makes a folder in the first one that allows it. */
async function tryFolder([first, ...others]: readonly string[]): Promise<void> {
  try {
    await Deno.remove(await Deno.makeTempDir({ dir: first!, prefix: ".", suffix: ".partial" }));
  } catch (error) {
    if (others.length === 0) throw error;
    await tryFolder(others);
  }
}

/** Whether the operating system refused something, such as for want of space. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && !error.message.startsWith("Cannot ") &&
    (Object.values(Deno.errors).some((kind) => error instanceof kind) ||
      /\(os error \d+\)/.test(error.message) || "code" in error);
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
