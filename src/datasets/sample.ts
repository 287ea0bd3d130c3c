/**
 * Reads the sample data, which are drawn when they are not there yet.
 *
 * @module
 */
import type { DatasetScan } from "@/datasets/faults.ts";
import { scanFolder } from "@/datasets/folder.ts";
import { prepareSampleDataset, type SampleDatasetOptions } from "@/datasets/sample_data.ts";

/** Which sample data to read. */
export interface SampleReaderOptions extends SampleDatasetOptions {
  /** Which classes; default all. All of them are drawn in any case. */
  readonly classes?: "all" | readonly string[];
}

/**
 * Scans the sample data, which are drawn if need be.
 *
 * @param options Where they lie, what they are drawn from, and which classes to read.
 * @returns The dataset, named `Sample`, and what is wrong with its layout.
 * @throws {Error} If the folder holds something else.
 * @throws {RangeError} If a class is unknown.
 *
 * @example A folder that holds something else is left alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanSample } from "@/datasets/sample.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/diary.txt`, "Dear diary");
 * await assert.rejects(scanSample({ folder }));
 * assert.equal(await Deno.readTextFile(`${folder}/diary.txt`), "Dear diary");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function scanSample(options: SampleReaderOptions = {}): Promise<DatasetScan> {
  const { classes = "all", ...drawn } = options;
  return await scanFolder(await prepareSampleDataset(drawn), { classes, name: "Sample" });
}
