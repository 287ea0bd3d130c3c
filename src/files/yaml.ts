/**
 * The one place that reads and writes YAML.
 *
 * Uses `jsr:@std/yaml` where it can be loaded, and js-yaml, which it descends from, where it
 * cannot: a static import would stop the whole program on a machine that reaches only npm. Both
 * agree on what this project uses: maps, lists, quoted and plain text, numbers, booleans, null,
 * comments.
 *
 * @module
 */
import yaml from "js-yaml";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import { replaceFile } from "@/files/write.ts";

/** What both libraries offer. */
interface YamlLibrary {
  readonly name: string;
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

/** The library that is preferred. */
const preferred = "jsr:@std/yaml@1.2.0";

/** Milliseconds that fetching it may take, and for which a failure is remembered. */
const patience = 3000, memory = 7 * 24 * 3600 * 1000;

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
  if (!await isWithinReach()) return jsYaml;
  try {
    // Named by a variable: a literal would be looked up before the program starts.
    const library: Omit<YamlLibrary, "name"> = await import(preferred);
    return {
      name: preferred,
      parse: (text) => library.parse(text),
      stringify: (value) => library.stringify(value),
    };
  } catch (error) {
    if (error instanceof TypeError) return jsYaml; // not in the cache any more
    throw error;
  }
}

/**
 * Whether the preferred library is in Deno's cache, or could be fetched into it in time.
 *
 * Asked in a process of its own, which can be stopped: an import that never answers would keep this
 * one from ending. The outcome is kept in `data/`, so that only the first start takes the time.
 */
async function isWithinReach(): Promise<boolean> {
  const note = dataFolder("yaml_backend.json");
  const known = await readNote(note);
  if (known?.specifier === preferred && (known.within_reach || Date.now() < known.ask_again)) {
    return known.within_reach;
  }
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", preferred],
    cwd: repositoryRoot,
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(patience),
  }).output();
  const outcome = { specifier: preferred, within_reach: success, ask_again: Date.now() + memory };
  await replaceFile(note, `${JSON.stringify(outcome)}\n`);
  return success;
}

interface Note {
  readonly specifier: string;
  readonly within_reach: boolean;
  readonly ask_again: number;
}

async function readNote(path: string): Promise<Note | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}
