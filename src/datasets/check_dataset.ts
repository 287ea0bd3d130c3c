/**
 * Checks a dataset: its layout, every file, and the published numbers.
 *
 * @module
 */
import type { DatasetCheck } from "@/datasets/dataset_check.ts";
import { inspectDataset, type InspectDatasetOptions } from "@/datasets/inspect_dataset.ts";
import type { DatasetRequest } from "@/datasets/registry.ts";

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
 * import { checkDataset } from "@/datasets/check_dataset.ts";
 * import { noProgress } from "@/files/progress.ts";
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
  options: InspectDatasetOptions,
): Promise<DatasetCheck> {
  return (await inspectDataset(request, options)).check;
}
