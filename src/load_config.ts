/**
 * Reads an experiment's configuration from a file and overrides.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { readBackbones } from "@/backbones/registry.ts";
import { type ExperimentConfig, resolveConfig } from "@/config.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { parseYaml, yamlParsers } from "@/files/yaml.ts";

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
  const document = path === null ? null : await parseYaml(await readText(path), path);
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
 * @param name Name in `configs/`, without `.yaml`.
 * @param overrides Such as `MODEL.sampler_ratio=0.02`.
 * @returns The complete configuration; results go to the project's own `results/`.
 * @throws {Error} If there is no such configuration.
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
  const { savedir } = config.DEFAULT;
  return { ...config, DEFAULT: { ...config.DEFAULT, savedir: resolve(repositoryRoot, savedir) } };
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`Cannot load "${path}": the file must exist`, { cause: error });
    }
    if (error instanceof Deno.errors.IsADirectory) {
      throw new Error(`Cannot load "${path}": it must be a file, got a folder`, { cause: error });
    }
    throw error;
  }
}
