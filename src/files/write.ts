/**
 * Folders and files that appear whole or not at all, and a check that they can be written before
 * hours are spent on what goes into them.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";

/**
 * Fills a temporary folder and puts it in place of `folder` when it is complete.
 *
 * If filling or renaming fails, the temporary folder is removed and what was there before stays. A
 * process that dies in between leaves at most folders whose names start with a dot and end in
 * `.partial`.
 *
 * @param folder The folder to write; its parents are made when missing.
 * @param fill Writes everything into the temporary folder that it is given.
 * @throws Whatever `fill` throws.
 * @throws {Error} If the folder cannot be made or replaced.
 *
 * @example A folder with one file
 * ```ts
 * import assert from "node:assert/strict";
 * import { replaceFolder } from "@/files/mod.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const fill = (temporary: string) => Deno.writeTextFile(`${temporary}/a.txt`, "1");
 * await replaceFolder(`${parent}/run`, fill);
 * assert.equal(await Deno.readTextFile(`${parent}/run/a.txt`), "1");
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function replaceFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(folder);
  await Deno.mkdir(parent, { recursive: true });
  const temporary = await Deno.makeTempDir({
    dir: parent,
    prefix: `.${basename(folder)}-`,
    suffix: ".partial",
  });
  try {
    await fill(temporary);
    await Deno.chmod(temporary, 0o755);
    await putInPlace(temporary, folder);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => undefined);
    throw error;
  }
}

/** Renames the temporary folder; where that fails, what was there before gets its name back. */
async function putInPlace(temporary: string, folder: string): Promise<void> {
  const previous = `${temporary}-previous.partial`;
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

/**
 * Lets a file be written under a temporary name beside it, as `replaceFile` does, and passes on
 * what `fill` resolves to.
 */
export async function fillFile<Result>(
  path: string,
  fill: (temporary: string) => Promise<Result>,
): Promise<Result> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}-${crypto.randomUUID()}.partial`);
  try {
    const result = await fill(temporary);
    await Deno.rename(temporary, path);
    return result;
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * Checks that a folder can be made or replaced: one with a random name is made in the nearest
 * folder above that exists, and removed at once.
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
