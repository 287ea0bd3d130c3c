import assert from "node:assert/strict";
import { visiblePart } from "@/images/geometry.ts";
import { assertClose } from "../helpers/mod.ts";

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
