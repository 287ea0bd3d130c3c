/**
 * The datasets that a configuration can name. A new one is one file and one line here.
 *
 * @module
 */
import { scanBTAD } from "@/datasets/btad.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import { DATASET_NAMES, type DatasetName } from "@/datasets/dataset_names.ts";
import { type DatasetScan, requireFaultless } from "@/datasets/faults.ts";
import { scanFolder } from "@/datasets/folder.ts";
import { scanMPDD } from "@/datasets/mpdd.ts";
import { scanMVTec } from "@/datasets/mvtec.ts";
import { scanVisA } from "@/datasets/visa.ts";
import { closestName } from "@/messages.ts";

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

type Scanner = (request: DatasetRequest) => Promise<DatasetScan>;

const scanners: Readonly<Record<DatasetName, Scanner>> = {
  Sample: async (request) => {
    // Loaded when asked for: the drawing programs are of no use to any other dataset.
    const { scanSample } = await import("@/datasets/sample.ts");
    const { datadir, onProgress } = request;
    return await scanSample({
      ...choose(request),
      ...(datadir ? { folder: datadir } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  },
  Folder: async (request) => await scanFolder(requireFolder(request), choose(request)),
  MVTec: async (request) => await scanMVTec(requireFolder(request), choose(request)),
  VisA: async (request) => await scanVisA(requireFolder(request), choose(request)),
  BTAD: async (request) => await scanBTAD(requireFolder(request), choose(request)),
  MPDD: async (request) => await scanMPDD(requireFolder(request), choose(request)),
};

/** Names that `openDataset` knows. */
export const datasetNames: readonly DatasetName[] = DATASET_NAMES;

/**
 * Scans a dataset by name: `Sample` (drawn when it is not there yet), `Folder` (any folder in the
 * layout of MVTec AD), `MVTec`, `VisA`, `BTAD` or `MPDD`.
 *
 * @param request Name, folder and classes; see `DatasetRequest`.
 * @returns What can be read, and every fault of its layout; image files are not opened.
 * @throws {Error} If the name or a class is unknown, or a folder is needed and missing.
 *
 * @example A folder that is not there is a fault
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanDataset } from "@/datasets/registry.ts";
 *
 * const { faults } = await scanDataset({ name: "BTAD", datadir: "/no/such/folder" });
 * assert.deepEqual(faults.map(({ kind }) => kind), ["no dataset"]);
 * ```
 */
export async function scanDataset(request: DatasetRequest): Promise<DatasetScan> {
  const { name } = request;
  const scan = Object.hasOwn(scanners, name) ? scanners[name as DatasetName] : undefined;
  if (scan !== undefined) return await scan(request);
  const meant = closestName(name, datasetNames);
  const hint = meant === null ? `known are ${datasetNames.join(", ")}` : `did you mean "${meant}"?`;
  throw new RangeError(`Cannot open dataset: unknown name "${name}", ${hint}`);
}

/**
 * Opens a dataset that has no faults; see `scanDataset`.
 *
 * @param request Name, folder and classes; see `DatasetRequest`.
 * @returns What it holds; image files are not opened.
 * @throws {Error} If the name is unknown, a folder is needed and missing, or it cannot be read.
 *
 * @example A slip of the finger
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDataset } from "@/datasets/registry.ts";
 *
 * await assert.rejects(openDataset({ name: "MVTek", datadir: "mvtec" }), {
 *   message: 'Cannot open dataset: unknown name "MVTek", did you mean "MVTec"?',
 * });
 * ```
 */
export async function openDataset(request: DatasetRequest): Promise<Dataset> {
  return requireFaultless(await scanDataset(request));
}

function requireFolder({ name, datadir }: DatasetRequest): string {
  if (datadir) return datadir;
  throw new Error(`Cannot open dataset "${name}": DATASET.datadir must name its folder, got none`);
}

function choose({ classname }: DatasetRequest): { classes?: "all" | readonly string[] } {
  return classname === undefined ? {} : { classes: classname };
}
