/**
 * Reads the configuration of an experiment: from a file and overrides, from one of the project's
 * own files, or for the dataset that the environment names.
 *
 * @module
 */
import { basename, isAbsolute, join, resolve } from "node:path";
import { readBackbones } from "@/backbones/registry.ts";
import { type ExperimentConfig, resolveConfig } from "@/config.ts";
import { parseDatasetChoice } from "@/datasets/dataset.ts";
import { datasetFolder } from "@/datasets/fetch.ts";
import { withDatasetSettings } from "@/datasets/settings.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { statIfExists } from "@/files/read.ts";
import { parseYaml, yamlParsers } from "@/files/yaml.ts";
import { describeSystemError } from "@/messages.ts";

/**
 * Reads a configuration file and applies overrides.
 *
 * @param path YAML file; `null` for the defaults alone.
 * @param overrides Such as `MODEL.sampler_ratio=0.02`; the right side is read as YAML.
 * @returns The complete configuration.
 * @throws {RangeError} If a key is unknown or a value not allowed.
 * @throws {SyntaxError} If the file or an override is not YAML.
 * @throws {Error} If the file does not exist.
 *
 * @example The defaults with one override
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const config = await loadConfig(null, ["DATASET.classname=[bolt, gear]"]);
 * assert.deepEqual(config.DATASET.classname, ["bolt", "gear"]);
 * ```
 */
export async function loadConfig(
  path: string | null,
  overrides: readonly string[] = [],
): Promise<ExperimentConfig> {
  const name = path ?? "defaults";
  const parsed = path === null ? null : await parseYaml(await readText(path), path);
  // A file leaves to the name of the dataset what it does not say; without one, defaults apply.
  const document = path === null ? null : withDatasetSettings(parsed, overrides);
  const parser = (await yamlParsers())[0]!;
  return resolveConfig({
    name,
    document,
    overrides,
    backbones: await readBackbones(),
    parseValue: (text) => parser.parse(text, `override "${text}"`),
  });
}

/**
 * Reads one of the configurations that come with the project, from wherever it was started.
 *
 * A relative `DATASET.datadir` begins at the project, as on the command line; a folder that is not
 * there is looked for where the program was started.
 *
 * @param name Name in `configs/`, without `.yaml`.
 * @param overrides Such as `MODEL.sampler_ratio=0.02`.
 * @returns The complete configuration; results go to the project's own `results/`.
 * @throws {RangeError} If an override names an unknown key or a value that is not allowed.
 * @throws {Error} If there is no such configuration, or a relative folder is in neither place.
 *
 * @example The sample data
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadNamedConfig } from "@/load_config.ts";
 *
 * assert.equal((await loadNamedConfig("sample")).DATASET.name, "Sample");
 * ```
 */
export async function loadNamedConfig(
  name: string,
  overrides: readonly string[] = [],
): Promise<ExperimentConfig> {
  const config = await loadConfig(join(repositoryRoot, "configs", `${name}.yaml`), overrides);
  const { datadir } = config.DATASET, { savedir } = config.DEFAULT;
  const about = `Cannot load "${name}": DATASET.datadir "${datadir}"`;
  const place = datadir === null ? null : await locateFolder(datadir, { about });
  return {
    ...config,
    DEFAULT: { ...config.DEFAULT, savedir: resolve(repositoryRoot, savedir) },
    DATASET: { ...config.DATASET, datadir: place },
  };
}

/** Finds a relative folder at the project or, failing that, where the program was started. */
async function locateFolder(path: string, { about }: { readonly about: string }): Promise<string> {
  if (isAbsolute(path)) return path;
  const places = [...new Set([resolve(repositoryRoot, path), resolve(path)])];
  for (const place of places) if (await statIfExists(place) !== null) return place;
  const tried = places.map((place) => `"${place}"`).join(" and ");
  throw new Error(`${about} must exist, looked for ${tried}`);
}

/** Bytes that a configuration may have at most. */
const mostBytes = 1_000_000;

async function readText(path: string): Promise<string> {
  const refuse = (what: string, cause?: unknown): Error =>
    new Error(`Cannot load "${path}": ${what}`, { cause });
  try {
    const { isDirectory, isFile, size } = await Deno.stat(path);
    if (isDirectory) throw refuse("it must be a file, got a folder");
    // A device or a pipe may never end.
    if (!isFile) throw refuse("it must be a file, got a device or pipe");
    if (size > mostBytes) throw refuse(`it must have at most ${mostBytes} bytes, got ${size}`);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refuse("the file must exist", error);
    const reason = describeSystemError(error);
    throw reason === null ? error : refuse(reason, error);
  }
}

/** The variable that names a dataset. */
export const DATASET_VARIABLE = "HIERCORE_DATASET";

/** Which text names the dataset. */
export interface ChosenConfigOptions {
  /** Such as `MVTec:/data/mvtec`; default: the variable `HIERCORE_DATASET`, or `Sample`. */
  readonly choice?: string;
}

/**
 * Loads the configuration that comes with a chosen dataset, with the folder of the choice.
 *
 * A relative folder begins at the project, wherever the program was started, and is looked for there
 * only if the project has none of that name; a name alone means the folder that
 * `deno task data download` fills.
 *
 * @param overrides Such as `DATASET.fit=square`.
 * @param options The choice.
 * @returns The configuration of `configs/`, by the dataset's name.
 * @throws {RangeError} If the choice names no dataset, or an override is not allowed.
 * @throws {Error} If a relative folder is in neither place.
 *
 * @example Photographs of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadChosenConfig } from "@/load_config.ts";
 *
 * const { DATASET } = await loadChosenConfig([], { choice: "Folder:/path/to/photos" });
 * assert.deepEqual([DATASET.name, DATASET.orientation], ["Folder", "exif"]);
 * ```
 */
export async function loadChosenConfig(
  overrides: readonly string[] = [],
  options: ChosenConfigOptions = {},
): Promise<ExperimentConfig> {
  const choice = options.choice ?? (Deno.env.get(DATASET_VARIABLE) || "Sample");
  const { name, datadir } = parseDatasetChoice(choice, { source: DATASET_VARIABLE });
  const about = `Cannot read ${DATASET_VARIABLE} "${choice}": the folder`;
  const folder = datadir === null ? datasetFolder(name) : await locateFolder(datadir, { about });
  // The sample data have one place, where they are drawn on first use.
  const own = name === "Sample" ? [] : [`DATASET.datadir=${JSON.stringify(folder)}`];
  return await loadNamedConfig(name.toLowerCase(), [...own, ...overrides]);
}

/**
 * Says at the head of a notebook whose images it looks at, and what that means for its remarks.
 *
 * @param config The configuration that the notebook works with.
 * @returns Markdown of one paragraph.
 *
 * @example Photographs of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetNotice, loadChosenConfig } from "@/load_config.ts";
 *
 * const config = await loadChosenConfig([], { choice: "Folder:/path/to/photos" });
 * assert.match(datasetNotice(config), /^You look at \*\*photos\*\* \(Folder\)\. Remarks/);
 * ```
 */
export function datasetNotice({ DATASET }: Pick<ExperimentConfig, "DATASET">): string {
  const { name, datadir } = DATASET;
  if (name === "Sample") {
    return "You look at **the sample data**. Remarks that begin with _On the sample data_ speak of " +
      "what you see.";
  }
  const place = basename(resolve(datadir ?? "")).replace(/[\\`*_[\]<>#~|]/g, "\\$&");
  return `You look at **${place}** (${name}). Remarks that begin with _On the sample data_ speak of ` +
    "other images, and what they claim is asserted of those only.";
}
