/**
 * Finds out about a dataset whatever can be known without a model, in one pass over its files.
 *
 * Measures every defect of a dataset before and after scaling.
 *
 * How large defects are where a model looks at them, class by class.
 *
 * @module
 */
import { join } from "node:path";
import { median } from "simple-statistics";
import type { ExperimentConfig } from "@/config.ts";
import type { InspectedFiles } from "@/datasets/check.ts";
import { classesOf, type Dataset } from "@/datasets/dataset.ts";
import { type DatasetCheck, requireFaultless } from "@/datasets/faults.ts";
import { inspectDataset } from "@/datasets/inspect.ts";
import { type DatasetSummary, summarizeDataset } from "@/datasets/summary.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";
import { type ScaledDefect, scaleDefect } from "@/images/masks.ts";
import { readMask } from "@/images/read.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import type { TableRecord } from "@/tables.ts";

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
 * import { measureDefects } from "@/lab/survey_dataset.ts";
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

/** The defect of one image, before and after scaling. */
export interface MeasuredDefect extends ScaledDefect {
  /** Product category. */
  readonly className: string;
  /** Kind of defect. */
  readonly defect: string;
  /** Image file. */
  readonly image: string;
}

/** The defects of a class after scaling; pixels and patches are those that a model sees. */
export interface DefectSizes {
  /** Product category. */
  readonly className: string;
  /** Masks that mark something. */
  readonly masks: number;
  /** Median number of pixels. */
  readonly medianPixels: number;
  /** Smallest number of pixels; 0 if a defect vanishes. */
  readonly smallestPixels: number;
  /** The smallest in patches: its pixels divided by those of a patch. */
  readonly smallestPatches: number;
  /** Masks that are left with fewer pixels than a patch has, those that vanish included. */
  readonly belowPatch: number;
  /** Masks of which at least half lies outside of the square. */
  readonly cut: number;
  /** Masks that mark no pixel any more. */
  readonly vanished: number;
}

/**
 * Summarizes the sizes of defects after scaling. Empty masks do not count.
 *
 * @param defects The defects, of any classes.
 * @param options Side of a patch in pixels.
 * @returns One record per class with a mask, in order of first appearance.
 * @throws {RangeError} If `patch` is not a positive number.
 *
 * @example Half a patch of 8 × 8 pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarizeDefectSizes } from "@/lab/survey_dataset.ts";
 *
 * const scratch = { className: "nut", defect: "scratch", image: "a.png" };
 * const defects = [{ ...scratch, area: 0.001, pixels: 32, kept: 1 }];
 * const [sizes] = summarizeDefectSizes(defects, { patch: 8 });
 * assert.equal(sizes?.smallestPatches, 0.5);
 * assert.equal(sizes?.belowPatch, 1);
 * ```
 */
export function summarizeDefectSizes(
  defects: readonly MeasuredDefect[],
  { patch }: { readonly patch: number },
): DefectSizes[] {
  if (!(patch > 0 && patch < Infinity)) {
    throw new RangeError(
      `Cannot summarize defects: patch must be a positive number of pixels, got ${patch}`,
    );
  }
  const marked = defects.filter(({ area }) => area > 0);
  return [...new Set(marked.map(({ className }) => className))].map((className) => {
    const own = marked.filter((defect) => defect.className === className);
    const pixels = own.map((defect) => defect.pixels);
    const smallestPixels = pixels.reduce((least, each) => Math.min(least, each), Infinity);
    return {
      className,
      masks: own.length,
      medianPixels: median(pixels),
      smallestPixels,
      smallestPatches: smallestPixels / patch ** 2,
      belowPatch: pixels.filter((each) => each < patch ** 2).length,
      cut: own.filter(({ kept }) => kept !== null && kept <= 0.5).length,
      vanished: pixels.filter((each) => each === 0).length,
    };
  });
}

/**
 * Turns the sizes into records for a table.
 *
 * @param sizes The sizes, class by class.
 * @returns A row per class with short titles in words.
 *
 * @example The class comes first
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarizeDefectSizes, tabulateDefectSizes } from "@/lab/survey_dataset.ts";
 *
 * const dent = { className: "nut", defect: "dent", image: "a.png", area: 0.1, pixels: 9, kept: 1 };
 * const [row] = tabulateDefectSizes(summarizeDefectSizes([dent], { patch: 8 }));
 * assert.equal(row?.["class"], "nut");
 * assert.equal(row?.["smallest, px"], 9);
 * ```
 */
export function tabulateDefectSizes(sizes: readonly DefectSizes[]): TableRecord[] {
  return sizes.map((each) => ({
    class: each.className,
    masks: each.masks,
    "median, px": Math.round(each.medianPixels),
    "smallest, px": each.smallestPixels,
    "smallest, patches": each.smallestPatches,
    "below a patch": each.belowPatch,
    "half cut away": each.cut,
    vanished: each.vanished,
  }));
}
