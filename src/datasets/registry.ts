/**
 * The datasets that a configuration can name: each is read, and made sure of, under its name.
 *
 * MVTec AD, BTAD and MPDD have one layout and differ by what their folder of normal images is
 * called. A new dataset is one line here, and one file where its layout is its own.
 *
 * @module
 */
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { type Dataset, DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { type DatasetScan, requireFaultless } from "@/datasets/faults.ts";
import { scanBenchmark, scanFolder } from "@/datasets/folder.ts";
import { scanVisA } from "@/datasets/visa.ts";
import { noProgress, type Progress, type StartProgress } from "@/files/progress.ts";
import { closestName } from "@/messages.ts";

/** Which dataset to open; the names are those of the configuration's `DATASET`. */
export interface DatasetRequest {
  /** Name of the reader: one of `DATASET_NAMES`. */
  readonly name: string;
  /** Dataset folder; default none, which only `Sample` can do without. */
  readonly datadir?: string | null;
  /** Which classes; default all. */
  readonly classname?: "all" | readonly string[];
  /** Of `Folder`: share of normal images that train where folders do not say; default 0.8. */
  readonly split?: number;
  /** Of `Folder`: seed by which they are chosen; default 0. */
  readonly seed?: number;
  /** Shows progress while sample data are drawn; default: nothing is shown. */
  readonly startProgress?: StartProgress;
}

type Scanner = (request: DatasetRequest) => Promise<DatasetScan>;

const scanners: Readonly<Record<DatasetName, Scanner>> = {
  Sample: scanSampleData,
  Folder: async (request) => {
    const { split = 0.8, seed = 0 } = request;
    return await scanFolder(requireFolder(request), { ...choose(request), split, seed });
  },
  MVTec: scannerOf("MVTec", "good"),
  VisA: async (request) => await scanVisA(requireFolder(request), choose(request)),
  BTAD: scannerOf("BTAD", "ok"),
  MPDD: scannerOf("MPDD", "good"),
};

/**
 * Scans a dataset by name: `Sample` (drawn when it is not there yet), `Folder` (any folder in the
 * layout of MVTec AD, or of classes with `good` beside kinds of defect), `MVTec`, `VisA`, `BTAD` or `MPDD`.
 *
 * @param request Name, folder and classes; see `DatasetRequest`.
 * @returns What can be read, and every fault of its layout; image files are not opened.
 * @throws {RangeError} If the name or a class is unknown.
 * @throws {Error} If a folder is needed and missing.
 *
 * @example A folder that is not there is a fault
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanDataset } from "@/datasets/mod.ts";
 *
 * const { faults } = await scanDataset({ name: "BTAD", datadir: "/no/such/folder" });
 * assert.deepEqual(faults.map(({ kind }) => kind), ["no dataset"]);
 * ```
 */
export async function scanDataset(request: DatasetRequest): Promise<DatasetScan> {
  const { name } = request;
  const scan = Object.hasOwn(scanners, name) ? scanners[name as DatasetName] : undefined;
  if (scan !== undefined) return await scan(request);
  const meant = closestName(name, DATASET_NAMES);
  const hint = meant === null
    ? `known are ${DATASET_NAMES.join(", ")}`
    : `did you mean "${meant}"?`;
  throw new RangeError(`Cannot open dataset: unknown name "${name}", ${hint}`);
}

/**
 * Opens a dataset that has no faults; see `scanDataset`.
 *
 * @param request Name, folder and classes; see `DatasetRequest`.
 * @returns What it holds; image files are not opened.
 * @throws {RangeError} If the name or a class is unknown.
 * @throws {Error} If a folder is needed and missing, or there are faults, the first of which are
 *   listed.
 *
 * @example A slip of the finger
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDataset } from "@/datasets/mod.ts";
 *
 * await assert.rejects(openDataset({ name: "MVTek", datadir: "mvtec" }), {
 *   message: 'Cannot open dataset: unknown name "MVTek", did you mean "MVTec"?',
 * });
 * ```
 */
export async function openDataset(request: DatasetRequest): Promise<Dataset> {
  return requireFaultless(await scanDataset(request));
}

/** A benchmark in the layout of MVTec AD; `normal` is the name of its folders of normal images. */
function scannerOf(name: DatasetName, normal: string): Scanner {
  const benchmark = findBenchmark(name);
  return async (request) =>
    await scanBenchmark(requireFolder(request), { ...choose(request), benchmark, normal });
}

async function scanSampleData(request: DatasetRequest): Promise<DatasetScan> {
  // Loaded when asked for: the drawing programs are of no use to any other dataset.
  const { scanSample } = await import("@/datasets/sample_data.ts");
  const { datadir, startProgress = noProgress } = request;
  let progress: Progress | undefined;
  const scan = await scanSample({
    ...choose(request),
    ...(datadir ? { folder: datadir } : {}),
    onProgress: (done, total) => {
      progress ??= startProgress("draw sample data");
      progress.report(done / total);
    },
  });
  progress?.finish();
  return scan;
}

function requireFolder({ name, datadir }: DatasetRequest): string {
  if (datadir) return datadir;
  throw new Error(`Cannot open dataset "${name}": DATASET.datadir must name its folder, got none`);
}

function choose({ classname }: DatasetRequest): { classes?: "all" | readonly string[] } {
  return classname === undefined ? {} : { classes: classname };
}
