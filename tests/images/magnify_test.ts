import assert from "node:assert/strict";
import { magnify } from "@/images/resample.ts";

const image = { height: 3, width: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };

Deno.test("magnify() repeats every pixel of the part across and down", () => {
  const { data, width, height } = magnify(image, { left: 1, top: 1, side: 2, factor: 2 });
  assert.deepEqual([width, height], [4, 4]);
  assert.deepEqual([...data], [5, 5, 6, 6, 5, 5, 6, 6, 8, 8, 9, 9, 8, 8, 9, 9]);
});

Deno.test("magnify() keeps the channels of a pixel together, and the whole at factor 1", () => {
  const color = { height: 1, width: 1, channels: 3, data: Uint8Array.of(1, 2, 3) };
  const { data } = magnify(color, { left: 0, top: 0, side: 1, factor: 2 });
  assert.deepEqual([...data], [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  assert.deepEqual(magnify(image, { left: 0, top: 0, side: 3, factor: 1 }), image);
});

Deno.test("magnify() refuses a part that leaves the image", () => {
  assert.throws(() => magnify(image, { left: 2, top: 0, side: 2, factor: 4 }), {
    name: "RangeError",
    message: "Cannot enlarge a part: it must lie within 3×3 pixels and the factor be a positive " +
      "integer, got 2×2 at (2, 0), factor 4",
  });
  assert.throws(() => magnify(image, { left: 0, top: 0, side: 2, factor: 0.5 }), RangeError);
});
