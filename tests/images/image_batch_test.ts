import assert from "node:assert/strict";
import { toImageBatch } from "@/images/read.ts";

const plain = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;

Deno.test("toImageBatch() turns pixels into planes, image after image", () => {
  const first = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const second = first.map((value) => value + 100);
  const { data, ...shape } = toImageBatch([first, second], { size: 2, normalization: plain });
  assert.deepEqual(shape, { count: 2, height: 2, width: 2 });
  const planes = [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12];
  assert.deepEqual([...data], [...planes, ...planes.map((value) => value + 100)]);
});

Deno.test("toImageBatch() scales, then centres, then divides, channel by channel", () => {
  // (51 / 255 − mean) / std = (0.2 − 0.1) / 0.5, (0.2 − 0.2) / 2, (0.2 − 0.3) / 0.25.
  const normalization = { scale: 255, mean: [0.1, 0.2, 0.3], std: [0.5, 2, 0.25] } as const;
  const { data } = toImageBatch([Uint8Array.of(51, 51, 51)], { size: 1, normalization });
  [0.2, 0, -0.4].forEach((value, i) => assert.ok(Math.abs(data[i]! - value) < 1e-7));
});

Deno.test("toImageBatch() puts images together as if each came alone", () => {
  const images = [7, 8].map((value) => new Uint8Array(27).fill(value));
  const together = toImageBatch(images, { size: 3, normalization: plain }).data;
  const alone = images.flatMap((image) => [
    ...toImageBatch([image], { size: 3, normalization: plain }).data,
  ]);
  assert.deepEqual([...together], alone);
});

Deno.test("toImageBatch() names the image of the wrong size", () => {
  const images = [new Uint8Array(12), new Uint8Array(4)];
  assert.throws(() => toImageBatch(images, { size: 2, normalization: plain }), {
    name: "TypeError",
    message: "Cannot form a batch: image 1 must have 12 values (2 × 2 RGB), got 4",
  });
  assert.throws(() => toImageBatch([], { size: 0, normalization: plain }), {
    name: "RangeError",
    message: "Cannot form a batch: size must be a positive integer, got 0",
  });
});
