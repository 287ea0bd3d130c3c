/**
 * Photographs that somebody names: files, folders with everything below them, patterns, and a list
 * on standard input.
 *
 * @module
 */
import { join, matchesGlob, normalize } from "node:path";
import { isImageName, isSystemName } from "@/datasets/listing.ts";
import { statIfExists } from "@/files/read.ts";

/** A photograph, or what there is instead of one. */
export interface NamedPhotograph {
  /** Its path, as it was named or found. */
  readonly path: string;
  /** Why it cannot be read; absent if nothing is known against it. */
  readonly fault?: string;
}

/** Where a list on standard input comes from. */
export interface FindOptions {
  /** Lines, one path each; default: standard input. */
  readonly lines?: AsyncIterable<string>;
}

/**
 * Finds photographs in the order in which they are named: what lies in a folder by path, character
 * by character. What is not there is found, too, with what is wrong.
 */
export async function* findPhotographs(
  words: readonly string[],
  { lines = standardInput() }: FindOptions = {},
): AsyncGenerator<NamedPhotograph> {
  for (const word of words) {
    if (word === "-") {
      for await (const line of lines) if (line !== "") yield* findOne(line);
    } else yield* findOne(word);
  }
}

async function* findOne(word: string): AsyncGenerator<NamedPhotograph> {
  const stat = await statIfExists(word).catch((error: Error) => error);
  if (stat instanceof Error) {
    yield { path: word, fault: reasonOf(stat) };
  } else if (stat?.isDirectory) {
    let isEmpty = true;
    for await (const found of walkImages(word)) {
      isEmpty = false;
      yield found;
    }
    if (isEmpty) yield { path: word, fault: "there must be an image in the folder, got none" };
  } else if (stat === null && /[*?[{]/.test(word)) {
    let isEmpty = true;
    for await (const path of expand(word)) {
      isEmpty = false;
      yield { path };
    }
    if (isEmpty) yield { path: word, fault: "the pattern must match an image, got none" };
  } else yield { path: word };
}

/** Images below a folder, links followed but not in circles; a folder that cannot be read is named. */
export async function* walkImages(
  folder: string,
  above: readonly string[] = [],
): AsyncGenerator<NamedPhotograph> {
  let entries: Deno.DirEntry[], real: string;
  try {
    real = await Deno.realPath(folder);
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) yield { path: folder, fault: reasonOf(error) };
    return;
  }
  if (above.includes(real)) return;
  entries.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  for (const { name, isDirectory, isSymlink } of entries) {
    if (isSystemName(name)) continue;
    const path = join(folder, name);
    const leadsToFolder = isSymlink &&
      await Deno.stat(path).then((stat) => stat.isDirectory, () => false);
    if (isDirectory || leadsToFolder) yield* walkImages(path, [...above, real]);
    else if (isImageName(name)) yield { path };
  }
}

/** Images that a pattern matches, in order; the folder above its first sign is walked. */
async function* expand(pattern: string): AsyncGenerator<string> {
  const parts = normalize(pattern).split("/");
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  const root = parts.slice(0, first).join("/");
  const start = root === "" ? (pattern.startsWith("/") ? "/" : ".") : root;
  for await (const { path, fault } of walkImages(start)) {
    if (fault === undefined && matchesGlob(path, normalize(pattern))) yield path;
  }
}

/** Lines of standard input. */
async function* standardInput(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
