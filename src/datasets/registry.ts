/**
 * The datasets that a configuration can name. A new one is one file and one line here.
 *
 * Reads MVTec AD, and makes sure that it is MVTec AD.
 *
 * Reads BTAD, and makes sure that it is BTAD.
 *
 * Reads MPDD, and makes sure that it is MPDD.
 *
 * Reads the sample data, which are drawn when they are not there yet.
 *
 * Scans a dataset and shows progress where it is drawn first.
 *
 * @module
 */
import { findBenchmark } from "@/datasets/benchmarks.ts";
import { type Dataset, DATASET_NAMES, type DatasetName } from "@/datasets/dataset.ts";
import { type DatasetScan, requireFaultless } from "@/datasets/faults.ts";
import { type BenchmarkOptions, scanBenchmark, scanFolder } from "@/datasets/folder.ts";
import { prepareSampleDataset, type SampleDatasetOptions } from "@/datasets/sample_data.ts";
import { scanVisA } from "@/datasets/visa.ts";
import type { Progress, StartProgress } from "@/files/progress.ts";
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
    const { scanSample } = await import("@/datasets/registry.ts");
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

/**
 * Scans MVTec AD: see `scanBenchmark`.
 *
 * @param folder The dataset folder, or one around it.
 * @param options Which classes; default all.
 * @returns What can be read, named `MVTec`, and what is wrong with the layout.
 * @throws {RangeError} If a class is named that is not one of MVTec AD's.
 *
 * @example A class of another dataset
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanMVTec } from "@/datasets/registry.ts";
 *
 * await assert.rejects(scanMVTec("mvtec", { classes: ["cookie"] }), /unknown class "cookie"/);
 * ```
 */
export async function scanMVTec(
  folder: string,
  options: BenchmarkOptions = {},
): Promise<DatasetScan> {
  const benchmark = findBenchmark("MVTec");
  return await scanBenchmark(folder, { ...options, benchmark, normal: "good" });
}

/**
 * Scans BTAD: see `scanBenchmark`.
 *
 * Its folders are called `ok` and `ko`, images and masks are PNG or BMP, and the archive puts a folder
 * `BTech_Dataset_transformed` around the classes, which may be there or not.
 *
 * @param folder The dataset folder, or one around it.
 * @param options Which classes; default all.
 * @returns What can be read, named `BTAD`, and what is wrong with the layout.
 * @throws {RangeError} If a class is named that is not one of BTAD's.
 *
 * @example A class of another dataset
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanBTAD } from "@/datasets/registry.ts";
 *
 * await assert.rejects(scanBTAD("btad", { classes: ["cookie"] }), /unknown class "cookie"/);
 * ```
 */
export async function scanBTAD(
  folder: string,
  options: BenchmarkOptions = {},
): Promise<DatasetScan> {
  const benchmark = findBenchmark("BTAD");
  return await scanBenchmark(folder, { ...options, benchmark, normal: "ok" });
}

/**
 * Scans MPDD: see `scanBenchmark`.
 *
 * @param folder The dataset folder, or one around it.
 * @param options Which classes; default all.
 * @returns What can be read, named `MPDD`, and what is wrong with the layout.
 * @throws {RangeError} If a class is named that is not one of MPDD's.
 *
 * @example A class of another dataset
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanMPDD } from "@/datasets/registry.ts";
 *
 * await assert.rejects(scanMPDD("mpdd", { classes: ["cookie"] }), /unknown class "cookie"/);
 * ```
 */
export async function scanMPDD(
  folder: string,
  options: BenchmarkOptions = {},
): Promise<DatasetScan> {
  const benchmark = findBenchmark("MPDD");
  return await scanBenchmark(folder, { ...options, benchmark, normal: "good" });
}

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
 * import { scanSample } from "@/datasets/registry.ts";
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

/**
 * Scans a dataset; see `scanDataset`.
 *
 * @param request Name, folder and classes.
 * @param startProgress Shows progress while sample data are drawn.
 * @returns What can be read, and every fault of its layout.
 * @throws {Error} If the name or a class is unknown, or a folder is needed and missing.
 *
 * @example A folder that is not there is a fault
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanWithProgress } from "@/datasets/registry.ts";
 * import { noProgress } from "@/files/progress.ts";
 *
 * const request = { name: "Folder", datadir: "/no/such/folder" };
 * const { faults } = await scanWithProgress(request, noProgress);
 * assert.deepEqual(faults.map(({ kind }) => kind), ["no dataset"]);
 * ```
 */
export async function scanWithProgress(
  request: DatasetRequest,
  startProgress: StartProgress,
): Promise<DatasetScan> {
  let progress: Progress | undefined;
  const scan = await scanDataset({
    ...request,
    onProgress: (done, total) => {
      progress ??= startProgress("draw sample data");
      progress.report(done / total);
      request.onProgress?.(done, total);
    },
  });
  progress?.finish();
  return scan;
}
