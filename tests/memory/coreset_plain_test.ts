import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { selectPlain, toCoresetRows } from "@/memory/coreset_rows.ts";

Deno.test("selectPlain() never values a row above its opening", () => {
  // Points 0, 10, 4. Openings 9, 1, 8: the first is 0. Then 10 counts as 1, not 100, and 4 as 8:
  // 4 is next, which leaves 10 at its opening of 1. Squared radii: 100, then (10 − 4)² = 36, then 0.
  const rows = toCoresetRows(matrixOf([[0], [10], [4]]));
  const { indices, squaredRadii } = selectPlain(rows, {
    size: 3,
    opening: Float32Array.of(9, 1, 8),
  });
  assert.deepEqual([...indices], [0, 2, 1]);
  assert.deepEqual([...squaredRadii], [100, 36, 0]);
});
