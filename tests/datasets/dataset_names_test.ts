import assert from "node:assert/strict";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";

Deno.test("DATASET_NAMES holds every benchmark, the sample data and one's own folder", () => {
  assert.deepEqual(
    [...DATASET_NAMES].sort(),
    [...Object.keys(benchmarks), "Folder", "Sample"].sort(),
  );
});
