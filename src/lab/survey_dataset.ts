/**
 * Finds out about a dataset whatever can be known without a model, in one pass over its files.
 *
 * @module
 */
import type { ExperimentConfig } from "@/config.ts";
import type { InspectedFiles } from "@/datasets/check.ts";
import { classesOf, type Dataset } from "@/datasets/dataset.ts";
import { type DatasetCheck, requireFaultless } from "@/datasets/faults.ts";
import { inspectDataset } from "@/datasets/inspect.ts";
import { type DatasetSummary, summarizeDataset } from "@/datasets/summary.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";

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
 * import { surveyDataset } from "@/lab/survey_dataset.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const config = await loadConfig(null, ["DATASET.name=Folder", "DATASET.datadir=/no/such/folder"]);
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
  const { name, datadir, classname, resize, orientation } = config.DATASET;
  const request = { name, datadir, classname: classesOf(classname) };
  const { scan, files, check } = await inspectDataset(request, {
    resize,
    orientation,
    startProgress,
  });
  const { dataset } = scan;
  if (dataset.samples.length === 0) requireFaultless(scan);
  const summary = summarizeDataset({ ...dataset, name }, files);
  return { config, dataset, files, summary, check };
}
