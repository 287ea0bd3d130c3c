import assert from "node:assert/strict";
import { binaryResultsFile, thresholdEntries } from "@/evaluation/result_files.ts";
import { tinyEvaluation } from "../helpers/scenarios.ts";

Deno.test("thresholdEntries() writes no infinity, which JSON does not have", () => {
  const reason = "no calibration score";
  const thresholds = new Map([
    ["a", { value: 2, count: 3 }],
    ["b", { value: Infinity, count: 0, reason }],
  ]);
  assert.deepEqual(thresholdEntries(thresholds), {
    a: { value: 2, count: 3 },
    b: { value: null, count: 0, reason },
  });
});

Deno.test("binaryResultsFile() holds rule, thresholds and counts", () => {
  const content = binaryResultsFile(tinyEvaluation(1), { rule: { name: "max" }, scope: "class" });
  assert.deepEqual(Object.keys(content), [
    "schema",
    "rule",
    "thresholds",
    "classes",
    "macro",
    "pooled",
  ]);
});
