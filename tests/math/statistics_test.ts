import assert from "node:assert/strict";
import { countNames, meanStd, overSeeds } from "@/math/statistics.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("countNames() counts every name in order of first appearance", () => {
  assert.deepEqual(Object.entries(countNames(["b", "a", "b", "b"])), [["b", 3], ["a", 1]]);
  assert.deepEqual(countNames([]), {});
});

Deno.test("meanStd() divides the squared deviations by one less than the number of values", () => {
  // Mean 5; squared deviations 9, 1, 1, 9: 20 ÷ 3.
  const { mean, std } = meanStd([2, 4, 6, 8]);
  assert.equal(mean, 5);
  assertClose(std!, Math.sqrt(20 / 3), 1e-12);
});

Deno.test("meanStd() has no deviation of a single value, and refuses none", () => {
  assert.deepEqual(meanStd([4]), { mean: 4, std: null });
  assert.throws(() => meanStd([]), {
    name: "RangeError",
    message: "Cannot average values: at least one is needed, got none",
  });
});

Deno.test("overSeeds() has no mean where any seed leaves the value undefined", () => {
  assert.deepEqual(overSeeds([1, 3]), { mean: 2, std: Math.SQRT2 });
  assert.equal(overSeeds([4]), 4);
  assert.deepEqual([overSeeds([1, undefined]), overSeeds([null]), overSeeds([])], [
    null,
    null,
    null,
  ]);
});
