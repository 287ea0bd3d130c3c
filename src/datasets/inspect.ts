/**
 * Scans a dataset and looks into its files, each once: to say what is wrong with it
 * (`checkDataset`: layout, every file, the published numbers), or what it consists of
 * (`describeDataset`: folders, headers of images, masks), or what a run should say about it
 * (`glanceAtDataset`: a file or two of each class, and the beginning of every mask).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { benchmarks } from "@/datasets/benchmarks.ts";
import {
  checkCounts,
  checkFiles,
  checkSamples,
  type InspectedFile,
  type InspectedFiles,
} from "@/datasets/check.ts";
import type { Dataset } from "@/datasets/dataset.ts";
import {
  type DatasetCheck,
  type DatasetFault,
  type DatasetScan,
  mergeFaults,
  requireFaultless,
} from "@/datasets/faults.ts";
import { type DatasetRequest, scanDataset } from "@/datasets/registry.ts";
import { type DatasetSummary, summarizeDataset } from "@/datasets/summary.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";
import {
  decodeImage,
  layoutOfFile,
  type Orientation,
  readImageFacts,
  readImageFile,
  UnreadableImage,
} from "@/images/decode.ts";
import { decodeMask } from "@/images/decode_mask.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/** How a dataset is looked at. */
export interface InspectDatasetOptions {
  /** Length to which the short side is scaled, in pixels. */
  readonly resize: number;
  /** Which way is up; default `file`. */
  readonly orientation?: Orientation;
  /** Whether every class must have test images, rather than should; default: it must. */
  readonly needsTest?: boolean;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/**
 * Checks a dataset, all of it rather than up to the first fault.
 *
 * Every image and mask is decoded, every image hashed, with a few files in memory at once. All kinds
 * of fault are in `datasetFaultKinds`.
 *
 * @param request Name, folder and classes.
 * @param options How images will be used, and where progress is shown.
 * @returns The faults and remarks, none if all is well.
 * @throws {RangeError} If the name or a class is unknown.
 * @throws {Error} If a folder is needed and missing.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkDataset } from "@/datasets/mod.ts";
 * import { noProgress } from "@/files/mod.ts";
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

/** What was found out about a dataset. */
export interface InspectedDataset {
  /** What can be read, and what is wrong with the layout. */
  readonly scan: DatasetScan;
  /** Every image and mask. */
  readonly files: InspectedFiles;
  /** Everything that is wrong. */
  readonly check: DatasetCheck;
}

/** Scans a dataset, decodes every image and mask, and hashes every image. */
export async function inspectDataset(
  request: DatasetRequest,
  options: InspectDatasetOptions,
): Promise<InspectedDataset> {
  const { resize, orientation = "file", needsTest = true, startProgress } = options;
  const { name } = request;
  const scan = await scanDataset({ ...request, startProgress });
  const { dataset, faults, remarks = [] } = scan;
  const files = await inspectFiles(dataset, { startProgress, orientation });
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  const found = checkSamples(dataset, { files, resize, benchmark: benchmark ?? null, needsTest });
  return {
    scan,
    files,
    check: {
      name,
      folder: dataset.folder,
      classes: dataset.classes.length,
      images: dataset.samples.length,
      faults: mergeFaults(faults, remarks, found),
    },
  };
}

/**
 * Finds what a run should say about a dataset in one line (`describeRemarks`) without reading all
 * of it: what the scan remarked, which masks are of a lossy format, and what is wrong with the
 * first training image, the first test image and the first mask of each class.
 */
export async function glanceAtDataset(
  { dataset, remarks = [] }: DatasetScan,
  options: { readonly orientation?: Orientation } = {},
): Promise<DatasetFault[]> {
  const { orientation = "file" } = options;
  const { classes, samples, folder } = dataset;
  const first = classes.flatMap((className) => {
    const own = samples.filter((sample) => sample.className === className);
    const some = [
      own.find(({ split }) => split === "train"),
      own.find(({ split }) => split === "test"),
      own.find(({ mask }) => mask !== null),
    ];
    return some.filter((sample) => sample !== undefined);
  });
  const chosen = [...new Set(first)];
  const files = await inspectFiles({ ...dataset, samples: chosen }, {
    startProgress: noProgress,
    orientation,
  });
  const masks = samples.flatMap(({ mask }) => mask !== null && !files.has(mask) ? [mask] : []);
  const lossy = await mapConcurrently([...new Set(masks)], {
    limit: navigator.hardwareConcurrency,
    apply: async (path) => await hasLosses(join(folder, path)) ? path : null,
  });
  const others = lossy.flatMap((path): DatasetFault[] =>
    path === null ? [] : [{ kind: "lossy mask", path, reason: `"${path}" is of a lossy format` }]
  );
  const untested = checkCounts(dataset, { benchmark: null, needsTest: false });
  return mergeFaults(remarks, untested, checkFiles(chosen, { files, resize: 1 }), others);
}

/** Bytes that tell whether a mask is of a lossy format, unless it is a TIFF. */
const glimpse = 4096;

async function hasLosses(path: string): Promise<boolean> {
  const what = "mask";
  try {
    const bytes = await readImageFile(path, { what, length: glimpse });
    return layoutOfFile(path, { what, bytes }).isLossy;
  } catch (error) {
    if (error instanceof UnreadableImage) return false; // whoever reads it says so
    throw error;
  }
}

/** A description of a dataset. */
export interface DatasetDescription {
  /** What it consists of. */
  readonly summary: DatasetSummary;
  /** What is wrong with its layout; files that are not where they belong are not counted. */
  readonly faults: readonly DatasetFault[];
}

/**
 * Describes a dataset from its folders, the headers of its images, and its masks.
 *
 * Images are not decoded; `checkDataset` does that.
 *
 * @param request Name, folder and classes.
 * @param options Where progress is shown.
 * @returns What it consists of, and what is wrong with its layout.
 * @throws {RangeError} If the name or a class is unknown.
 * @throws {Error} If a folder is needed and missing, or there is no image.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeDataset } from "@/datasets/mod.ts";
 * import { noProgress } from "@/files/mod.ts";
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
  const scan = await scanDataset({ ...request, startProgress });
  if (scan.dataset.samples.length === 0) requireFaultless(scan);
  const files = await inspectFiles(scan.dataset, { startProgress, images: "header" });
  const summary = summarizeDataset({ ...scan.dataset, name: request.name }, files);
  return { summary, faults: scan.faults };
}

/** How closely files are looked at. */
export interface InspectFilesOptions {
  /** Shows progress. */
  readonly startProgress: StartProgress;
  /**
   * How images are looked at: `header` reads no pixels, `complete` decodes and hashes them; default
   * `complete`. Masks are decoded in any case.
   */
  readonly images?: "header" | "complete";
  /** Which way is up in a decoded file; default `file`. */
  readonly orientation?: Orientation;
  /** Files that are open at once; default: one per core. */
  readonly concurrency?: number;
}

/**
 * Inspects every image and mask of a dataset, each file once; one that cannot be read or decoded
 * is no error, for that is what is found out about it. Only a few files are in memory at once,
 * each with its pixels; of every file a few numbers are kept.
 */
export async function inspectFiles(
  dataset: Dataset,
  options: InspectFilesOptions,
): Promise<InspectedFiles> {
  const { startProgress, concurrency = navigator.hardwareConcurrency, ...looking } = options;
  const masks = new Set(dataset.samples.flatMap(({ mask }) => mask ?? []));
  const paths = [...new Set([...dataset.samples.map(({ image }) => image), ...masks])];
  const inspect = async (path: string): Promise<InspectedFile> => {
    const what = masks.has(path) ? "mask" : "image";
    return await inspectFile(join(dataset.folder, path), { what, ...looking });
  };
  const progress = startProgress("read images and masks");
  let done = 0;
  const inspected = await mapConcurrently(paths, {
    limit: concurrency,
    apply: async (path) => {
      const file = await inspect(path);
      progress.report(++done / paths.length);
      return [path, file] as const;
    },
  });
  const files = new Map(inspected);
  // The decoder keeps one list of errors for all threads: what it says of a file is about that file,
  // and the same every time, only while it reads no other.
  for (const [path, { fault }] of files) {
    if (fault !== null) files.set(path, await inspect(path));
  }
  progress.finish();
  return files;
}

async function inspectFile(
  path: string,
  options: Pick<InspectFilesOptions, "images" | "orientation"> & { what: "image" | "mask" },
): Promise<InspectedFile> {
  const { what, images = "complete", orientation = "file" } = options;
  const nothing = { header: null, decoded: null, fault: null, sha256: null, mask: null };
  let found: InspectedFile = nothing;
  try {
    if (what === "image" && images === "header") {
      return { ...nothing, header: await readImageFacts(path, { what }) };
    }
    const bytes = await readImageFile(path, { what });
    const header = await readImageFacts(path, { what, bytes });
    found = { ...nothing, header };
    if (what === "mask") {
      const { width, height, marked, values, isLossy } = await decodeMask(path, {
        bytes,
        orientation,
      });
      const mask = { area: marked / (width * height), values, ...(isLossy ? { isLossy } : {}) };
      return { ...found, decoded: { width, height }, mask };
    }
    const depth = header.bits === 16 ? 16 : 8;
    const { width, height, data } = await decodeImage(path, { what, depth, orientation, bytes });
    return {
      ...found,
      decoded: { width, height },
      sha256: createHash("sha256").update(bytes).digest("hex"),
      ...(depth === 16 ? { peak: peakOf(data) } : {}),
    };
  } catch (error) {
    if (!(error instanceof UnreadableImage)) throw error;
    return { ...found, fault: error.reason };
  }
}

/** The largest of values of 16 bits as a share of the largest possible. */
function peakOf(data: Uint8Array): number {
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  let peak = 0;
  for (const value of values) if (value > peak) peak = value;
  return peak / 65535;
}
