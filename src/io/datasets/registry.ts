/**
 * The datasets that a configuration can name. A new one is one file and one line here.
 *
 * @module
 */
import { closestName } from "@/closest_name.ts";
import { readFolderDataset } from "@/io/datasets/folder.ts";
import { readMvtec } from "@/io/datasets/mvtec.ts";
import type { Dataset } from "@/sample.ts";

/** Which dataset to open; the names are those of the configuration's `DATASET`. */
export interface DatasetRequest {
  /** Name of the reader: one of `datasetNames`. */
  readonly name: string;
  /** Dataset folder; default none, which only `Sample` can do without. */
  readonly datadir?: string | null;
  /** Which classes; default all. */
  readonly classname?: "all" | readonly string[];
  /** Called while a dataset is being made, with the number of images done so far and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

type Reader = (request: DatasetRequest) => Promise<Dataset>;

const readers: Readonly<Record<string, Reader>> = {
  Folder: async (request) => await readFolderDataset(requireFolder(request), choose(request)),
  MVTec: async (request) => await readMvtec(requireFolder(request), choose(request)),
  Sample: async (request) => {
    // Loaded when asked for: the drawing programs are of no use to any other dataset.
    const { readSample } = await import("@/io/datasets/sample.ts");
    const { datadir, onProgress } = request;
    return await readSample({
      ...choose(request),
      ...(datadir ? { folder: datadir } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  },
};

/** Names that `openDataset` knows. */
export const datasetNames: readonly string[] = Object.keys(readers);

/**
 * Opens a dataset by name: `Folder` (any folder in MVTec layout), `MVTec`, or `Sample` (drawn when
 * it is not there yet).
 *
 * @param request Name, folder and classes; see `DatasetRequest`.
 * @returns What it holds; image files are not opened.
 * @throws {Error} If the name is unknown, a folder is needed and missing, or it cannot be read.
 *
 * @example A slip of the finger
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDataset } from "@/io/datasets/registry.ts";
 *
 * await assert.rejects(openDataset({ name: "MVTek", datadir: "mvtec" }), {
 *   message: 'Cannot open dataset: unknown name "MVTek", did you mean "MVTec"?',
 * });
 * ```
 */
export async function openDataset(request: DatasetRequest): Promise<Dataset> {
  const { name } = request;
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (read === undefined) {
    const meant = closestName(name, datasetNames);
    const hint = meant === null
      ? `known are ${datasetNames.join(", ")}`
      : `did you mean "${meant}"?`;
    throw new Error(`Cannot open dataset: unknown name "${name}", ${hint}`);
  }
  return await read(request);
}

function requireFolder({ name, datadir }: DatasetRequest): string {
  if (datadir) return datadir;
  throw new Error(`Cannot open dataset "${name}": DATASET.datadir must name its folder, got none`);
}

function choose({ classname }: DatasetRequest): { classes?: "all" | readonly string[] } {
  return classname === undefined ? {} : { classes: classname };
}
