import assert from "node:assert/strict";
import { countNames } from "@/math/statistics.ts";

Deno.test("countNames() counts every name in order of first appearance", () => {
  assert.deepEqual(Object.entries(countNames(["b", "a", "b", "b"])), [["b", 3], ["a", 1]]);
  assert.deepEqual(countNames([]), {});
});
