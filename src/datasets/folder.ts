/**
 * Scans datasets whose classes are folders in the layout of MVTec AD: any folder of them, with
 * any class and defect names (`scanFolder`), or a benchmark of known classes (`scanBenchmark`),
 * which is looked for inside the folders that archives put around it.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import type { Benchmark } from "@/datasets/benchmarks.ts";
import {
  type ClassFolderNames,
  judgeOthers,
  listClasses,
  noClasses,
  scanClasses,
} from "@/datasets/class_folders.ts";
import { chooseClasses, quoteSome } from "@/datasets/dataset.ts";
import type { DatasetFault, DatasetScan } from "@/datasets/faults.ts";
import { listFolder, whatLies } from "@/datasets/listing.ts";

/** What to read of a dataset folder. */
export interface FolderOptions {
  /** Which classes; default all. */
  readonly classes?: "all" | readonly string[];
  /** Name in results; default the folder's name. */
  readonly name?: string;
}

/**
 * Scans a dataset in MVTec layout: any class names, any defect names, any image format (PNG,
 * JPEG, WebP, TIFF or BMP); a class without masks, and one without test images, is allowed. The
 * order is by class, training before testing, normal before anomalous, defect, file name, each
 * by character code, so that it is the same on every machine; hidden files and those that systems
 * make are ignored, whatever else is not read is a remark, and files are not opened.
 */
export async function scanFolder(
  folder: string,
  options: FolderOptions = {},
): Promise<DatasetScan> {
  const root = resolve(folder);
  const name = options.name ?? basename(root);
  const available = await listClasses(root);
  if (available.length === 0) {
    const faults = [await noClasses(root, { normal: "good" })];
    return { dataset: { name, folder: root, classes: [], samples: [] }, faults };
  }
  const { classes: wanted = "all" } = options;
  const classes = chooseClasses(available, { title: `dataset "${root}"`, wanted });
  const { samples, ...found } = await scanClasses(root, { classes, normal: "good" });
  const others = wanted === "all"
    ? await judgeOthers(root, { classes: available, normal: "good" })
    : { faults: [], remarks: [] };
  return {
    dataset: { name, folder: root, classes, samples },
    faults: [...others.faults, ...found.faults],
    remarks: [...others.remarks, ...found.remarks],
  };
}

/** What to read of a benchmark. */
export interface BenchmarkOptions {
  /** Which classes; default all. */
  readonly classes?: "all" | readonly string[];
}

/**
 * Scans the classes of a benchmark, whatever else lies beside them; the folder may be the one
 * that an archive puts around them. "all" means all classes of the benchmark: a mean over fewer
 * must not pass for a result on it.
 */
export async function scanBenchmark(
  folder: string,
  options: BenchmarkOptions & ClassFolderNames & { benchmark: Benchmark },
): Promise<DatasetScan> {
  const { benchmark: { name, title, wrappers, classes: published }, normal } = options;
  const { classes: wanted = "all" } = options;
  const all = Object.keys(published);
  const classes = chooseClasses(all, { title, wanted });
  const isRoot = async (path: string): Promise<boolean> => (await listClasses(path)).length > 0;
  const root = await findRoot(folder, { wrappers, isRoot });
  const available = await listClasses(root);
  const faults: DatasetFault[] = [];
  const missing = classes.filter((each) => !available.includes(each));
  if (available.length === 0) faults.push(await noClasses(root, { normal }));
  else if (missing.length > 0) {
    const what = wanted === "all"
      ? `all ${all.length} classes of ${title}`
      : `${missing.length === 1 ? "the class" : "the classes"} ${quoteSome(missing).join(", ")}`;
    const found = available.filter((each) => all.includes(each)).length;
    faults.push({
      kind: "missing class",
      path: null,
      reason: `it must hold ${what}, got ${found} without ${quoteSome(missing).join(", ")}`,
    });
  }
  const present = classes.filter((each) => available.includes(each));
  const { samples, ...inside } = await scanClasses(root, { classes: present, normal });
  return {
    dataset: { name, folder: root, classes: present, samples },
    faults: [...faults, ...inside.faults],
    remarks: inside.remarks,
  };
}

/** How a dataset folder is known. */
export interface RootSearch {
  /** Names of folders that may lie around it. */
  readonly wrappers: readonly string[];
  /** Whether a folder is the dataset itself. */
  readonly isRoot: (folder: string) => Promise<boolean>;
}

/** Finds the dataset folder: the given one or, through at most two wrappers, one inside it. */
export async function findRoot(folder: string, search: RootSearch): Promise<string> {
  const root = resolve(folder);
  return await lookInside(root, { ...search, depth: 2 }) ?? root;
}

async function lookInside(
  folder: string,
  search: RootSearch & { depth: number },
): Promise<string | null> {
  if (await whatLies(folder) !== "a folder") return null;
  const { folders } = await listFolder(folder);
  if (folders.length === 0) return null;
  if (await search.isRoot(folder)) return folder;
  if (search.depth === 0) return null;
  for (const name of folders.filter((each) => search.wrappers.includes(each))) {
    const inner = await lookInside(join(folder, name), { ...search, depth: search.depth - 1 });
    if (inner !== null) return inner;
  }
  return null;
}
