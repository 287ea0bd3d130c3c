/**
 * Finds out about a dataset whatever can be known without a model, in one pass over its files, and
 * measures its defects before and after scaling.
 *
 * @module
 */
import { join } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import type { InspectedFiles } from "@/datasets/check.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import type { MeasuredDefect } from "@/datasets/defect_sizes.ts";
import { type DatasetCheck, requireFaultless } from "@/datasets/faults.ts";
import { inspectDataset } from "@/datasets/inspect.ts";
import { type DatasetSummary, summarizeDataset } from "@/datasets/summary.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";
import { scaleDefect } from "@/images/masks.ts";
import { readMask } from "@/images/read.ts";
import { datasetRequest } from "@/lab/settings.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/** A dataset and what was found out about it. */
export interface DatasetSurvey {
  /** The configuration that names it and says how images are scaled. */
  readonly config: ExperimentConfig;
  /** What can be read. */
  readonly dataset: Dataset;
  /** Every image and mask. */
  readonly files: InspectedFiles;
  /** What it consists of. */
  readonly summary: DatasetSummary;
  /** What is wrong with it, as `checkDataset` finds it. */
  readonly check: DatasetCheck;
}

/**
 * Surveys a dataset: as `describeDataset` and `checkDataset` do, but decodes every file only once.
 *
 * A faulty dataset is no error as long as there is an image.
 *
 * @param config The experiment whose dataset it is.
 * @param options How progress is shown; default: not at all.
 * @returns What was found out.
 * @throws {Error} If there is no image, the name or a class is unknown, or the folder is missing.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { surveyDataset } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const overrides = ["DATASET.name=Folder", "DATASET.datadir=/no/such/folder"];
 * const config = await loadConfig(null, overrides);
 * await assert.rejects(surveyDataset(config), {
 *   message: 'Cannot read dataset "/no/such/folder": there must be such a folder, got none',
 * });
 * ```
 */
export async function surveyDataset(
  config: ExperimentConfig,
  options: { readonly startProgress?: StartProgress } = {},
): Promise<DatasetSurvey> {
  const { startProgress = noProgress } = options;
  const { name, resize, orientation } = config.DATASET;
  const { scan, files, check } = await inspectDataset(datasetRequest(config), {
    resize,
    orientation,
    // A folder of normal images alone trains.
    needsTest: name !== "Folder",
    startProgress,
  });
  const { dataset } = scan;
  if (dataset.samples.length === 0) requireFaultless(scan);
  const summary = summarizeDataset({ ...dataset, name }, files);
  return { config, dataset, files, summary, check };
}

/**
 * Measures the defects of all anomalous images that have a mask, as the configuration scales them.
 *
 * @param survey The dataset; masks that cannot be decoded are left out.
 * @returns One record per mask, in the order of the dataset.
 * @throws {Error} If a mask that was there at the survey is gone; the message names it.
 *
 * @example A dataset without masks
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { measureDefects } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const survey = { config: defaultConfig, dataset, files: new Map() };
 * assert.deepEqual(await measureDefects(survey), []);
 * ```
 */
export async function measureDefects(
  survey: Pick<DatasetSurvey, "config" | "dataset" | "files">,
): Promise<MeasuredDefect[]> {
  const { config, dataset, files } = survey;
  const { orientation } = config.DATASET;
  const masked = dataset.samples.flatMap(({ mask, className, defect, image }) =>
    mask === null || (files.get(mask)?.mask ?? null) === null
      ? []
      : [{ mask, className, defect: defect ?? "", image }]
  );
  return await mapConcurrently(masked, {
    limit: navigator.hardwareConcurrency,
    apply: async ({ mask, ...defect }) => {
      const grid = await readMask(join(dataset.folder, mask), { orientation });
      return { ...defect, ...scaleDefect(grid, config.DATASET) };
    },
  });
}
