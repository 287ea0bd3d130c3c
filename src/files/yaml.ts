/**
 * The one place that reads and writes YAML.
 *
 * Uses `jsr:@std/yaml` where `deno task setup` could get it, and js-yaml, which it descends from,
 * where it could not or was not called: a static import would stop the whole program on a machine
 * that reaches only npm. Both agree on what this project uses: maps, lists, quoted and plain text,
 * numbers, booleans, null, comments.
 *
 * @module
 */
import yaml from "js-yaml";
import { pathToFileURL } from "node:url";
import { statIfExists } from "@/files/read.ts";
import { fallbackYaml, preferredYaml, preferredYamlFile } from "@/files/yaml_library.ts";

/** What both libraries offer. */
interface YamlLibrary {
  readonly name: string;
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

const jsYaml: YamlLibrary = {
  name: fallbackYaml,
  parse: (text) => yaml.load(text) ?? null,
  stringify: (value) => yaml.dump(value, { lineWidth: 100, noRefs: true }),
};

let chosen: Promise<YamlLibrary> | undefined;

/**
 * Parses one YAML document.
 *
 * @param text The document; an empty one is `null`.
 * @param source What errors call it, such as a file name.
 * @returns Maps as objects, lists as arrays, scalars as their values.
 * @throws {SyntaxError} If the text is not YAML; the message names source and line.
 *
 * @example A section of keys
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseYaml } from "@/files/mod.ts";
 *
 * assert.deepEqual(await parseYaml("DEFAULT: {seed: 3}", "mine.yaml"), { DEFAULT: { seed: 3 } });
 * ```
 */
export async function parseYaml(text: string, source: string): Promise<unknown> {
  return parseWith(await loadLibrary(), { text, source });
}

/** Writes a value as a YAML document. */
export async function stringifyYaml(value: unknown): Promise<string> {
  return (await loadLibrary()).stringify(value);
}

/** Names the library that reads YAML in this process. */
export async function yamlBackend(): Promise<string> {
  return (await loadLibrary()).name;
}

/** Lists the libraries that can be loaded here, for comparing them. */
export async function yamlParsers(): Promise<
  readonly { name: string; parse(text: string, source: string): unknown }[]
> {
  const first = await loadLibrary();
  const libraries = first === jsYaml ? [jsYaml] : [first, jsYaml];
  return libraries.map((library) => ({
    name: library.name,
    parse: (text, source) => parseWith(library, { text, source }),
  }));
}

function parseWith(library: YamlLibrary, { text, source }: { text: string; source: string }) {
  try {
    return library.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error.message.split("\n")[0]!.trim();
    const { mark } = error as { mark?: { line: number } };
    const place = mark === undefined || reason.includes("line") || /\(\d+:\d+\)/.test(reason)
      ? ""
      : ` (line ${mark.line + 1})`;
    throw new SyntaxError(`Cannot read "${source}": it must be YAML, got ${reason}${place}`, {
      cause: error,
    });
  }
}

function loadLibrary(): Promise<YamlLibrary> {
  return chosen ??= loadStandardLibrary();
}

async function loadStandardLibrary(): Promise<YamlLibrary> {
  const file = preferredYamlFile();
  if (await statIfExists(file) === null) return jsYaml;
  const library: Omit<YamlLibrary, "name"> = await import(pathToFileURL(file).href);
  return {
    name: preferredYaml,
    parse: (text) => library.parse(text),
    stringify: (value) => library.stringify(value),
  };
}
