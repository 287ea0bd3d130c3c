/**
 * The configuration for the dataset that the environment names.
 *
 * @module
 */
import { resolve } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import { parseDatasetChoice } from "@/datasets/dataset.ts";
import { datasetFolder } from "@/datasets/fetch.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { loadNamedConfig } from "@/load_config.ts";

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
 * A relative folder begins at the project, wherever the program was started; a name alone means the
 * folder that `deno task data download` fills.
 *
 * @param overrides Such as `DATASET.fit=square`.
 * @param options The choice.
 * @returns The configuration of `configs/`, by the dataset's name.
 * @throws {RangeError} If the choice names no dataset, or an override is not allowed.
 *
 * @example Photographs of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadChosenConfig } from "@/chosen_config.ts";
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
  const folder = datadir === null ? datasetFolder(name) : resolve(repositoryRoot, datadir);
  // The sample data have one place, where they are drawn on first use.
  const own = name === "Sample" ? [] : [`DATASET.datadir=${JSON.stringify(folder)}`];
  return await loadNamedConfig(name.toLowerCase(), [...own, ...overrides]);
}
