/**
 * Reads the sample data, which are drawn when they are not there yet.
 *
 * @module
 */
import { readFolderDataset } from "@/io/datasets/folder.ts";
import { prepareSampleDataset, type SampleDatasetOptions } from "@/io/sample_dataset.ts";
import type { Dataset } from "@/sample.ts";

/** Which sample data to read. */
export interface SampleReaderOptions extends SampleDatasetOptions {
  /** Which classes; default all. All of them are drawn in any case. */
  readonly classes?: "all" | readonly string[];
}

/**
 * Reads the sample data.
 *
 * @param options Where they lie, what they are drawn from, and which classes to read.
 * @returns The dataset, named `Sample`.
 * @throws {Error} If the folder holds something else or a class is unknown.
 *
 * @example A folder that holds something else is left alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { readSample } from "@/io/datasets/sample.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/diary.txt`, "Dear diary");
 * await assert.rejects(readSample({ folder }));
 * assert.equal(await Deno.readTextFile(`${folder}/diary.txt`), "Dear diary");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readSample(options: SampleReaderOptions = {}): Promise<Dataset> {
  const { classes = "all", ...drawn } = options;
  return await readFolderDataset(await prepareSampleDataset(drawn), { classes, name: "Sample" });
}
