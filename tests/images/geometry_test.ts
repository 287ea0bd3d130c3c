import assert from "node:assert/strict";
import { planCenterCrop, visiblePart } from "@/images/geometry.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("planCenterCrop() rounds the long side down and keeps the short side exact", () => {
  // 288 · 427 / 320 = 384.3; (384 − 256) / 2 = 64; (288 − 256) / 2 = 16.
  const options = { resize: 288, imagesize: 256 };
  assert.deepEqual(planCenterCrop({ height: 427, width: 320 }, options), {
    height: 384,
    width: 288,
    top: 64,
    left: 16,
    size: 256,
  });
});

Deno.test("planCenterCrop() swaps its answer when the image is turned", () => {
  const options = { resize: 21, imagesize: 20 };
  const upright = planCenterCrop({ height: 50, width: 33 }, options);
  const lying = planCenterCrop({ height: 33, width: 50 }, options);
  assert.deepEqual(lying, {
    height: upright.width,
    width: upright.height,
    top: upright.left,
    left: upright.top,
    size: 20,
  });
});

Deno.test("planCenterCrop() rounds half-way offsets to even as Python does", () => {
  // Margins of 1, 3, 5 and 7 pixels: halves of 0.5, 1.5, 2.5 and 3.5.
  const offsets = [19, 17, 15, 13].map((imagesize) =>
    planCenterCrop({ height: 20, width: 20 }, { resize: 20, imagesize }).top
  );
  assert.deepEqual(offsets, [0, 2, 2, 4]);
});

Deno.test("planCenterCrop() keeps the square inside the scaled image", () => {
  for (let width = 1; width <= 60; width++) {
    const crop = planCenterCrop({ height: 23, width }, { resize: 24, imagesize: 23 });
    assert.ok(crop.left >= 0 && crop.left + crop.size <= crop.width, `width ${width}`);
    assert.ok(crop.top >= 0 && crop.top + crop.size <= crop.height, `width ${width}`);
  }
});

Deno.test("planCenterCrop() scales both sides for a square, whatever the proportions", () => {
  const plan = { height: 288, width: 288, top: 16, left: 16, size: 256 };
  for (const [height, width] of [[320, 640], [640, 320], [9, 7]] as const) {
    const options = { resize: 288, imagesize: 256, fit: "square" } as const;
    assert.deepEqual(planCenterCrop({ height, width }, options), plan);
  }
});

Deno.test("planCenterCrop() refuses impossible sizes", () => {
  const image = { height: 4, width: 4 };
  assert.throws(() => planCenterCrop(image, { resize: 2, imagesize: 3 }), {
    name: "RangeError",
    message: "Cannot plan a center crop: imagesize must be at most resize, 2, got 3",
  });
  assert.throws(() => planCenterCrop({ height: 0, width: 4 }, { resize: 2, imagesize: 2 }), {
    name: "RangeError",
    message: "Cannot plan a center crop: height must be a positive integer, got 0",
  });
});

Deno.test("visiblePart() shows all of a square that is not cut", () => {
  assert.deepEqual(visiblePart({ height: 1024, width: 1024 }, { resize: 256, imagesize: 256 }), {
    left: 0,
    top: 0,
    width: 1024,
    height: 1024,
    share: 1,
  });
});

Deno.test("visiblePart() loses the border that imagesize leaves out", () => {
  // 288 of 576 pixels: scaled by a half; 16 pixels on every side are 32 before scaling.
  const part = visiblePart({ height: 576, width: 576 }, { resize: 288, imagesize: 256 });
  assert.deepEqual([part.left, part.top, part.width, part.height], [32, 32, 512, 512]);
  assertClose(part.share, (8 / 9) ** 2, 1e-12);
});

Deno.test("visiblePart() keeps the whole of an oblong image when both sides are scaled", () => {
  const oblong = { height: 300, width: 900 };
  const square = visiblePart(oblong, { resize: 200, imagesize: 200, fit: "square" });
  assert.deepEqual([square.width, square.height, square.share], [900, 300, 1]);
  // By the short side a square of 300 × 300 pixels is left: a third.
  const short = visiblePart(oblong, { resize: 200, imagesize: 200 });
  assert.deepEqual([short.left, short.width, short.height], [300, 300, 300]);
  assertClose(short.share, 1 / 3, 1e-12);
});

Deno.test("visiblePart() has the share of its area, and turns with the image", () => {
  for (const geometry of [{ resize: 288, imagesize: 256 }, { resize: 64, imagesize: 64 }]) {
    const lying = visiblePart({ height: 427, width: 640 }, geometry);
    const standing = visiblePart({ height: 640, width: 427 }, geometry);
    assertClose(lying.share, (lying.width * lying.height) / (427 * 640), 1e-12);
    assert.equal(standing.share, lying.share);
    assert.deepEqual([standing.top, standing.height], [lying.left, lying.width]);
  }
});
