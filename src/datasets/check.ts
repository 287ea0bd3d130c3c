/**
 * Everything that the files of a dataset can have wrong with them.
 *
 * @module
 */
import type { Benchmark } from "@/datasets/benchmarks.ts";
import { checkCounts } from "@/datasets/check_counts.ts";
import { checkDuplicates } from "@/datasets/check_duplicates.ts";
import { checkFiles } from "@/datasets/check_files.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import type { DatasetFault } from "@/datasets/faults.ts";
import type { InspectedFiles } from "@/datasets/inspected_file.ts";
import { mergeFaults } from "@/datasets/merge_faults.ts";

/** What a dataset is checked with. */
export interface CheckSamplesOptions {
  /** What was found out about the images and masks. */
  readonly files: InspectedFiles;
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
  /** What has been published about the dataset; default `null`: nothing has. */
  readonly benchmark?: Benchmark | null;
}

/**
 * Checks images, masks and numbers of a dataset, all of them rather than up to the first fault.
 *
 * @param dataset The dataset.
 * @param options Its files and what is expected of them; see `CheckSamplesOptions`.
 * @returns The faults in the order of `mergeFaults`.
 *
 * @example An image that cannot be decoded, of a class without test images
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkSamples } from "@/datasets/check.ts";
 *
 * const damaged = { header: null, decoded: null, fault: "it is damaged", sha256: null, mask: null };
 * const normal = { className: "nut", isAnomalous: false, defect: null, mask: null } as const;
 * const samples = [{ ...normal, image: "a.png", split: "train" }] as const;
 * const dataset = { name: "Folder", folder: "", classes: ["nut"], samples };
 * const files = new Map([["a.png", damaged]]);
 * const faults = checkSamples(dataset, { files, resize: 256 });
 * assert.deepEqual(faults.map(({ kind }) => kind), ["empty split", "unreadable image"]);
 * ```
 */
export function checkSamples(dataset: Dataset, options: CheckSamplesOptions): DatasetFault[] {
  const { files, resize, benchmark = null } = options;
  return mergeFaults(
    checkCounts(dataset, benchmark),
    checkFiles(dataset.samples, { files, resize }),
    checkDuplicates(dataset.samples, files),
  );
}
