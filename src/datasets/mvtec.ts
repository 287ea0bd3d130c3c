/**
 * Reads MVTec AD, and makes sure that it is MVTec AD.
 *
 * @module
 */
import { type BenchmarkOptions, scanBenchmark } from "@/datasets/benchmark_folders.ts";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import type { DatasetScan } from "@/datasets/faults.ts";

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
 * import { scanMVTec } from "@/datasets/mvtec.ts";
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
