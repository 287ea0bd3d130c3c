import assert from "node:assert/strict";
import { adaptiveBin, adaptiveMean } from "@/features/patch_embedding.ts";

Deno.test("adaptiveBin() covers every value, in order, with bins of nearly equal length", () => {
  for (let length = 1; length <= 12; length++) {
    for (let bins = 1; bins <= 15; bins++) {
      let covered = 0;
      for (let index = 0; index < bins; index++) {
        const { begin, end } = adaptiveBin(index, { length, bins });
        assert.ok(begin < end && begin <= covered && end >= covered, `${length} in ${bins}`);
        assert.ok(end - begin <= Math.ceil(length / bins) + 1);
        covered = end;
      }
      assert.equal(covered, length);
    }
  }
});

Deno.test("adaptiveMean() averages overlapping bins when the lengths do not divide", () => {
  // Five values into three bins: 0 to 5/3 → values 0, 1; 5/3 to 10/3 → 1, 2, 3; 10/3 to 5 → 3, 4.
  assert.deepEqual([...adaptiveMean([0, 2, 4, 12, 14], 3)], [1, 6, 13]);
});

Deno.test("adaptiveMean() repeats values when there are more bins than values", () => {
  assert.deepEqual([...adaptiveMean([1, 5], 4)], [1, 1, 5, 5]);
});

Deno.test("adaptiveMean() changes nothing when the length stays", () => {
  assert.deepEqual([...adaptiveMean([3, 1, 2], 3)], [3, 1, 2]);
});

Deno.test("adaptiveMean() and adaptiveBin() say which count is wrong", () => {
  assert.throws(() => adaptiveMean([], 2), {
    name: "RangeError",
    message:
      "Cannot divide values into bins: both counts must be positive integers, got 0 values and 2 bins",
  });
  assert.throws(() => adaptiveMean([1], 0), {
    name: "RangeError",
    message:
      "Cannot divide values into bins: both counts must be positive integers, got 1 values and 0 bins",
  });
  assert.throws(() => adaptiveBin(2, { length: 3, bins: 2 }), {
    name: "RangeError",
    message: "Cannot find a bin: index must be an integer from 0 to 1, got 2",
  });
});
