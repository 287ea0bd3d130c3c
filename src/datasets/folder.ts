/**
 * Scans datasets whose classes are folders in the layout of MVTec AD: any folder of them, with
 * any class and defect names (`scanFolder`, which reads classes without `train`, too, as
 * `flat_classes.ts` says), or a benchmark of known classes (`scanBenchmark`), which is looked for
 * inside the folders that archives put around it.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import type { Benchmark } from "@/datasets/benchmarks.ts";
import {
  type ClassFolderNames,
  type ClassScan,
  judgeOthers,
  listClasses,
  noClasses,
  noDataset,
  scanClass,
  scanClasses,
} from "@/datasets/class_folders.ts";
import { chooseClasses, quoteSome } from "@/datasets/dataset.ts";
import type { DatasetFault, DatasetScan } from "@/datasets/faults.ts";
import {
  type DealOptions,
  describeDeal,
  isOneProduct,
  listFlatClasses,
  scanFlatClass,
} from "@/datasets/flat_classes.ts";
import { listFolder, whatLies } from "@/datasets/listing.ts";

/** What to read of a dataset folder. */
export interface FolderOptions extends Partial<DealOptions> {
  /** Which classes; default all. */
  readonly classes?: "all" | readonly string[];
  /** Name in results; default the folder's name. */
  readonly name?: string;
  /** Share of the normal images of a class without `train` that train; default 0.8. */
  readonly split?: number;
  /** Seed by which they are dealt; default 0. */
  readonly seed?: number;
}

/** How folders of normal images are called. */
const normal = "good";

/**
 * Scans a dataset in MVTec layout: any class names, any defect names, any image format (PNG,
 * JPEG, WebP, TIFF or BMP); a class without masks, and one without test images, is allowed. So is
 * a class with `good` beside its kinds of defect, whose normal images are dealt to training and
 * testing, and a dataset that is such a class itself. The order is by class, training before
 * testing, normal before anomalous, defect, file name, each by character code, so that it is the
 * same on every machine; hidden files and those that systems make are ignored, whatever else is
 * not read is a remark, and files are not opened.
 */
export async function scanFolder(
  folder: string,
  options: FolderOptions = {},
): Promise<DatasetScan> {
  const root = resolve(folder);
  const { classes: wanted = "all", split = 0.8, seed = 0 } = options;
  const name = options.name ?? basename(root);
  const laidOut = await listClasses(root);
  const isThere = await whatLies(root) === "a folder";
  const flat = isThere ? await listFlatClasses(root, { normal }) : [];
  const title = `dataset "${root}"`;
  const deal = { normal, split, seed };
  const empty = { name, folder: root, classes: [], samples: [] };
  if (isThere && await isOneProduct(root, { normal })) {
    const [other] = [...laidOut, ...flat].sort();
    if (other !== undefined) {
      const reason = `it must hold classes or the images of one product, got "${normal}" with ` +
        `images beside the class "${other}"`;
      return { dataset: empty, faults: [noDataset(reason)] };
    }
    const className = basename(root);
    chooseClasses([className], { title, wanted });
    const scan = await scanFlatClass(root, { ...deal, className, folder: "" });
    return gather({ ...empty, classes: [className] }, { scans: [scan], flat: [className], deal });
  }
  const available = [...laidOut, ...flat].sort();
  if (available.length === 0) {
    return { dataset: empty, faults: [await noClasses(root, { normal, isFlat: true })] };
  }
  const classes = chooseClasses(available, { title, wanted });
  const scans: ClassScan[] = [];
  for (const className of classes) {
    scans.push(
      flat.includes(className)
        ? await scanFlatClass(root, { ...deal, className, folder: className })
        : await scanClass(root, { className, normal }),
    );
  }
  if (wanted === "all") {
    scans.unshift({ samples: [], ...await judgeOthers(root, { classes: available, normal }) });
  }
  const dealt = classes.filter((each) => flat.includes(each));
  return gather({ ...empty, classes }, { scans, flat: dealt, deal });
}

/** Puts the scans of classes together, and says how normal images were dealt. */
function gather(
  dataset: DatasetScan["dataset"],
  { scans, flat, deal }: {
    scans: readonly ClassScan[];
    flat: readonly string[];
    deal: DealOptions;
  },
): DatasetScan {
  const samples = scans.flatMap((scan) => scan.samples);
  const remarks = scans.flatMap((scan) => scan.remarks);
  if (flat.length > 0) remarks.push(describeDeal(samples, { ...deal, classes: flat }));
  return {
    dataset: { ...dataset, samples, ...(flat.length > 0 ? { dealtBy: deal.seed } : {}) },
    faults: scans.flatMap(({ faults }) => faults),
    remarks,
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
