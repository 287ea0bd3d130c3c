import assert from "node:assert/strict";
import { markDifference } from "@/datasets/sample/image.ts";

const blank = (): Float32Array => new Float32Array(12 * 12 * 3);

Deno.test("markDifference() drops a lone pixel and keeps a small patch", () => {
  const lone = blank(), patch = blank();
  lone[(6 * 12 + 6) * 3 + 1] = 9;
  for (const i of [66, 67, 78, 79]) patch[3 * i + 2] = 9;
  const options = { width: 12, tolerance: 3 };
  assert.equal(markDifference(blank(), lone, options).indexOf(1), -1);
  // Four pixels lie within reach only of the positions whose 5 × 5 window holds all of them: 4 × 4.
  assert.equal(markDifference(blank(), patch, options).reduce((sum, value) => sum + value), 16);
});

Deno.test("markDifference() ignores differences up to the tolerance, in either direction", () => {
  const first = blank().fill(100), second = blank().fill(103);
  assert.equal(markDifference(first, second, { width: 12, tolerance: 3 }).indexOf(1), -1);
  assert.deepEqual(
    markDifference(first, second, { width: 12, tolerance: 2.9 }),
    markDifference(second, first, { width: 12, tolerance: 2.9 }),
  );
});

Deno.test("markDifference() names both sizes when they differ", () => {
  assert.throws(
    () => markDifference(new Float32Array(27), new Float32Array(30), { width: 3, tolerance: 1 }),
    {
      name: "TypeError",
      message: "Cannot mark a difference: photographs must both be 3 pixels wide with three " +
        "channels, got 27 and 30 values",
    },
  );
});
