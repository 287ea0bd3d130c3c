import assert from "node:assert/strict";
import { type DatasetFaultKind, datasetFaultKinds, isRemark } from "@/datasets/faults.ts";

Deno.test("isRemark() lets through what changes no result, and nothing else", () => {
  const kinds = Object.keys(datasetFaultKinds) as DatasetFaultKind[];
  const harmless = kinds.filter((kind) => isRemark({ kind, path: null, reason: "" }));
  assert.deepEqual(harmless, ["repeated image", "small image", "soft mask"]);
});
