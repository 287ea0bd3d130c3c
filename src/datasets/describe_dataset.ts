/**
 * Describes a dataset from its folders, the headers of its images, and its masks.
 *
 * @module
 */
import { type DatasetFault, requireFaultless } from "@/datasets/faults.ts";
import { inspectFiles } from "@/datasets/inspect.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";
import { scanWithProgress } from "@/datasets/scan_with_progress.ts";
import { type DatasetSummary, summarizeDataset } from "@/datasets/summary.ts";
import type { StartProgress } from "@/files/progress.ts";

/** A description of a dataset. */
export interface DatasetDescription {
  /** What it consists of. */
  readonly summary: DatasetSummary;
  /** What is wrong with its layout; files that are not where they belong are not counted. */
  readonly faults: readonly DatasetFault[];
}

/**
 * Describes a dataset. Images are not decoded, which `checkDataset` does.
 *
 * @param request Name, folder and classes.
 * @param options Where progress is shown.
 * @returns What it consists of, and what is wrong with its layout.
 * @throws {Error} If there is no image, the name or a class is unknown, or a folder is needed and
 *   missing.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeDataset } from "@/datasets/describe_dataset.ts";
 * import { noProgress } from "@/files/progress.ts";
 *
 * const request = { name: "Folder", datadir: "/no/such/folder" };
 * await assert.rejects(describeDataset(request, { startProgress: noProgress }), {
 *   message: 'Cannot read dataset "/no/such/folder": there must be such a folder, got none',
 * });
 * ```
 */
export async function describeDataset(
  request: DatasetRequest,
  options: { startProgress: StartProgress },
): Promise<DatasetDescription> {
  const { startProgress } = options;
  const scan = await scanWithProgress(request, startProgress);
  if (scan.dataset.samples.length === 0) requireFaultless(scan);
  const files = await inspectFiles(scan.dataset, { startProgress, images: "header" });
  const summary = summarizeDataset({ ...scan.dataset, name: request.name }, files);
  return { summary, faults: scan.faults };
}
