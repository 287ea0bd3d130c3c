/**
 * The one place that reads and writes YAML.
 *
 * Uses `jsr:@std/yaml` where it can be loaded, and js-yaml, which it descends from, where it cannot:
 * a static import would stop the whole program on a machine that reaches only npm. Both agree on what
 * this project uses: maps, lists, quoted and plain text, numbers, booleans, null, comments.
 *
 * @module
 */
import yaml from "js-yaml";

/** What both libraries offer. */
interface YamlLibrary {
  readonly name: string;
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

/** Milliseconds that loading `jsr:@std/yaml` may take before js-yaml serves instead. */
const patience = 1500;

const jsYaml: YamlLibrary = {
  name: "npm:js-yaml@4.1.0",
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
 * import { parseYaml } from "@/io/yaml.ts";
 *
 * assert.deepEqual(await parseYaml("DEFAULT: {seed: 3}", "mine.yaml"), { DEFAULT: { seed: 3 } });
 * ```
 */
export async function parseYaml(text: string, source: string): Promise<unknown> {
  return parseWith(await loadLibrary(), { text, source });
}

/**
 * Writes a value as a YAML document.
 *
 * @param value Objects, arrays and scalars.
 * @returns The document, ending in a newline.
 *
 * @example It reads back as it was
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseYaml, stringifyYaml } from "@/io/yaml.ts";
 *
 * const value = { MODEL: { layers: ["stride8"], ratio: 0.1, name: "017" } };
 * assert.deepEqual(await parseYaml(await stringifyYaml(value), "text"), value);
 * ```
 */
export async function stringifyYaml(value: unknown): Promise<string> {
  return (await loadLibrary()).stringify(value);
}

/**
 * Names the library that reads YAML in this process.
 *
 * @returns Such as `npm:js-yaml@4.1.0`.
 *
 * @example One of two
 * ```ts
 * import assert from "node:assert/strict";
 * import { yamlBackend } from "@/io/yaml.ts";
 *
 * assert.match(await yamlBackend(), /^(jsr:@std\/yaml|npm:js-yaml)@/);
 * ```
 */
export async function yamlBackend(): Promise<string> {
  return (await loadLibrary()).name;
}

/**
 * Lists the libraries that can be loaded here, for comparing them.
 *
 * @returns A name and a parser each; js-yaml always, `jsr:@std/yaml` where it is reachable.
 *
 * @example js-yaml is always there
 * ```ts
 * import assert from "node:assert/strict";
 * import { yamlParsers } from "@/io/yaml.ts";
 *
 * const parsers = await yamlParsers();
 * assert.deepEqual(parsers.at(-1)!.parse("a: [1, x]", "text"), { a: [1, "x"] });
 * ```
 */
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
  // Put together at run time: a literal would be looked up before the program starts.
  const specifier = ["jsr:", "std/yaml", "1.2.0"].join("@");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), patience));
  const load = import(specifier).catch(() => null); // out of reach: js-yaml serves
  const library: Omit<YamlLibrary, "name"> | null = await Promise.race([load, late]);
  clearTimeout(timer);
  if (library === null) return jsYaml;
  return {
    name: specifier,
    parse: (text) => library.parse(text),
    stringify: (value) => library.stringify(value),
  };
}
