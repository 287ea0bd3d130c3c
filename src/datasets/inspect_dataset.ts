/**
 * Scans a dataset and looks at every file, once.
 *
 * @module
 */
import { benchmarks } from "@/datasets/benchmarks.ts";
import { checkSamples } from "@/datasets/check.ts";
import type { DatasetCheck } from "@/datasets/dataset_check.ts";
import type { DatasetScan } from "@/datasets/faults.ts";
import { inspectFiles } from "@/datasets/inspect.ts";
import type { InspectedFiles } from "@/datasets/inspected_file.ts";
import { mergeFaults } from "@/datasets/merge_faults.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";
import { scanWithProgress } from "@/datasets/scan_with_progress.ts";
import type { StartProgress } from "@/files/progress.ts";
import type { Orientation } from "@/images/decode.ts";

/** How a dataset is looked at. */
export interface InspectDatasetOptions {
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
  /** Which way is up; default `file`. */
  readonly orientation?: Orientation;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/** What was found out about a dataset. */
export interface InspectedDataset {
  /** What can be read, and what is wrong with the layout. */
  readonly scan: DatasetScan;
  /** Every image and mask. */
  readonly files: InspectedFiles;
  /** Everything that is wrong. */
  readonly check: DatasetCheck;
}

/**
 * Scans a dataset, decodes every image and mask, and hashes every image.
 *
 * @param request Name, folder and classes.
 * @param options How images will be used, and where progress is shown.
 * @returns What lies there, what the files are like, and what is wrong.
 * @throws {Error} If the name or a class is unknown, or a folder is needed and missing.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { inspectDataset } from "@/datasets/inspect_dataset.ts";
 * import { noProgress } from "@/files/progress.ts";
 *
 * const request = { name: "Folder", datadir: "/no/such/folder" };
 * const options = { resize: 288, startProgress: noProgress };
 * const { scan, files } = await inspectDataset(request, options);
 * assert.deepEqual([scan.faults.length, files.size], [1, 0]);
 * ```
 */
export async function inspectDataset(
  request: DatasetRequest,
  options: InspectDatasetOptions,
): Promise<InspectedDataset> {
  const { resize, orientation = "file", startProgress } = options;
  const { name } = request;
  const scan = await scanWithProgress(request, startProgress);
  const { dataset, faults } = scan;
  const files = await inspectFiles(dataset, { startProgress, orientation });
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  const found = checkSamples(dataset, { files, resize, benchmark: benchmark ?? null });
  return {
    scan,
    files,
    check: {
      name,
      folder: dataset.folder,
      classes: dataset.classes.length,
      images: dataset.samples.length,
      faults: mergeFaults(faults, found),
    },
  };
}
