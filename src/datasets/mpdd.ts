/**
 * Reads MPDD, and makes sure that it is MPDD.
 *
 * @module
 */
import { type BenchmarkOptions, scanBenchmark } from "@/datasets/benchmark_folders.ts";
import { findBenchmark } from "@/datasets/benchmarks.ts";
import type { DatasetScan } from "@/datasets/faults.ts";

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
 * import { scanMPDD } from "@/datasets/mpdd.ts";
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
