import assert from "node:assert/strict";
import { meanFeatures } from "@/features/layers.ts";

const map = {
  count: 2,
  channels: 2,
  height: 2,
  width: 1,
  data: Float32Array.of(1, 3, 0, -4, 5, 5, 2, 0),
};

Deno.test("meanFeatures() averages every channel of every image", () => {
  assert.deepEqual(meanFeatures(map), { rows: 2, columns: 2, data: Float32Array.of(2, -2, 5, 1) });
});

Deno.test("meanFeatures() does not see where something is", () => {
  const moved = { ...map, data: Float32Array.of(3, 1, -4, 0, 5, 5, 0, 2) };
  assert.deepEqual(meanFeatures(moved), meanFeatures(map));
});

Deno.test("meanFeatures() refuses a map that is not whole", () => {
  assert.throws(() => meanFeatures({ ...map, width: 2 }), {
    name: "TypeError",
    message: "Cannot average features: a map of 2 × 2 × 2 × 2 must have that many values and a " +
      "position, got 8 values",
  });
});
