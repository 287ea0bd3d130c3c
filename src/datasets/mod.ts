/**
 * Folders of photographs as samples: readers, checks, descriptions, downloads, and the drawn
 * products.
 *
 * A reader scans a layout and collects every fault; `openDataset` refuses a dataset that has one.
 * Read `dataset.ts` first, then `registry.ts`.
 *
 * @module
 */
export { findBenchmark } from "@/datasets/benchmarks.ts";
export { type Dataset, DATASET_NAMES, type Sample } from "@/datasets/dataset.ts";
export { summarizeDefectSizes, tabulateDefectSizes } from "@/datasets/defect_sizes.ts";
export { tabulateFaults } from "@/datasets/faults.ts";
export { fetchDataset } from "@/datasets/fetch.ts";
export { checkDataset, describeDataset } from "@/datasets/inspect.ts";
export { openDataset, scanDataset } from "@/datasets/registry.ts";
export { prepareSampleDataset } from "@/datasets/sample_data.ts";
