/**
 * Checks a dataset: its layout, every file, and the published numbers.
 *
 * @module
 */
import { benchmarks } from "@/benchmarks.ts";
import { checkSamples } from "@/check_samples.ts";
import type { DatasetCheck } from "@/dataset_check.ts";
import type { DatasetRequest } from "@/io/datasets/registry.ts";
import type { Orientation } from "@/io/decode_image.ts";
import { inspectFiles } from "@/io/inspect_files.ts";
import { scanWithProgress } from "@/io/scan_with_progress.ts";
import type { StartProgress } from "@/io/workbench.ts";
import { mergeFaults } from "@/merge_faults.ts";

/** How a dataset is checked. */
export interface CheckDatasetOptions {
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
  /** Which way is up; default `file`. */
  readonly orientation?: Orientation;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/**
 * Checks a dataset, all of it rather than up to the first fault.
 *
 * Every image and mask is decoded, every image hashed; see `checkSamples` for what is looked for in
 * them and `datasetFaultKinds` for all kinds of fault.
 *
 * @param request Name, folder and classes.
 * @param options How images will be used, and where progress is shown.
 * @returns The faults and remarks, none if all is well.
 * @throws {Error} If the name or a class is unknown, or a folder is needed and missing.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkDataset } from "@/io/check_dataset.ts";
 * import { noProgress } from "@/io/workbench.ts";
 *
 * const request = { name: "BTAD", datadir: "/no/such/folder" };
 * const options = { resize: 288, startProgress: noProgress };
 * const { images, faults } = await checkDataset(request, options);
 * assert.equal(images, 0);
 * assert.deepEqual(faults.map(({ kind }) => kind), ["no dataset"]);
 * ```
 */
export async function checkDataset(
  request: DatasetRequest,
  options: CheckDatasetOptions,
): Promise<DatasetCheck> {
  const { resize, orientation = "file", startProgress } = options;
  const { dataset, faults } = await scanWithProgress(request, startProgress);
  const files = await inspectFiles(dataset, { startProgress, orientation });
  const benchmark = Object.hasOwn(benchmarks, request.name) ? benchmarks[request.name] : undefined;
  const found = checkSamples(dataset, { files, resize, benchmark: benchmark ?? null });
  return {
    name: request.name,
    folder: dataset.folder,
    classes: dataset.classes.length,
    images: dataset.samples.length,
    faults: mergeFaults(faults, found),
  };
}
