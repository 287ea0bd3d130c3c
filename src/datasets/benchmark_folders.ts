/**
 * Scans a benchmark whose classes are folders in the layout of MVTec AD.
 *
 * @module
 */
import type { Benchmark } from "@/datasets/benchmarks.ts";
import { chooseClasses, quoteSome } from "@/datasets/choose_classes.ts";
import {
  type ClassFolderNames,
  listClasses,
  noClasses,
  scanClasses,
} from "@/datasets/class_folders.ts";
import type { DatasetFault, DatasetScan } from "@/datasets/faults.ts";
import { findRoot } from "@/datasets/find_root.ts";

/** What to read of a benchmark. */
export interface BenchmarkOptions {
  /** Which classes; default all. */
  readonly classes?: "all" | readonly string[];
}

/**
 * Scans the classes of a benchmark, whatever else lies beside them.
 *
 * "all" means all classes of the benchmark: a mean over fewer must not pass for a result on it. The
 * folder may be the one that an archive puts around them.
 *
 * @param folder The dataset folder, or one around it.
 * @param options The benchmark, how its normal images are called, and which classes.
 * @returns What can be read, and what is wrong with the layout.
 * @throws {RangeError} If a class is named that the benchmark does not have.
 *
 * @example A folder that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanBenchmark } from "@/datasets/benchmark_folders.ts";
 * import { findBenchmark } from "@/datasets/benchmarks.ts";
 *
 * const benchmark = findBenchmark("MPDD");
 * const { faults } = await scanBenchmark("/no/such/folder", { benchmark, normal: "good" });
 * assert.deepEqual(faults.map(({ kind }) => kind), ["no dataset"]);
 * ```
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
  const { samples, faults: inside } = await scanClasses(root, { classes: present, normal });
  return {
    dataset: { name, folder: root, classes: present, samples },
    faults: [...faults, ...inside],
  };
}
