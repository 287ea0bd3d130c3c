/**
 * Reads BTAD, and makes sure that it is BTAD.
 *
 * @module
 */
import { type BenchmarkOptions, scanBenchmark } from "@/datasets/benchmark_folders.ts";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import type { DatasetScan } from "@/datasets/faults.ts";

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
 * import { scanBTAD } from "@/datasets/btad.ts";
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
