import assert from "node:assert/strict";
import {
  COLORMAP_STOPS,
  colorOf,
  markPart,
  outlineMask,
  overlayMap,
  overlayThresholds,
  type Picture,
  toPicture,
} from "@/images/picture.ts";

const grey = (width: number, height: number): Picture =>
  toPicture(new Uint8Array(3 * width * height).fill(100), width);

/** Which pixels of an outlined grey picture have changed, as rows of marks. */
function changed(picture: Picture): string[] {
  const { width, height, data } = picture;
  return Array.from(
    { length: height },
    (_, y) =>
      Array.from({ length: width }, (_, x) => data[3 * (y * width + x)] === 100 ? "." : "#").join(
        "",
      ),
  );
}

Deno.test("overlayMap() mixes by opacity times the root of the value", () => {
  // At the bright end the share is the opacity itself: 100 + 0.5 × (252 − 100) = 176, and so on.
  const { data } = overlayMap(grey(2, 1), Float32Array.of(0, 1), { low: 0, high: 1, opacity: 0.5 });
  assert.deepEqual([...data], [100, 100, 100, 176, 172, 130]);
});

Deno.test("overlayMap() leaves the photograph alone when all values are equal", () => {
  const photograph = grey(2, 1);
  const { data } = overlayMap(photograph, Float32Array.of(5, 5), { low: 5, high: 5 });
  assert.deepEqual(data, photograph.data);
});

Deno.test("outlineMask() draws inside the region and leaves its middle open", () => {
  const mask = Uint8Array.from([
    [0, 0, 0, 0, 0],
    [0, 1, 1, 1, 0],
    [0, 1, 1, 1, 0],
    [0, 1, 1, 1, 0],
    [0, 0, 0, 0, 0],
  ].flat());
  const thin = outlineMask(grey(5, 5), mask, { thickness: 1 });
  assert.deepEqual(changed(thin), [".....", ".###.", ".#.#.", ".###.", "....."]);
  const thick = outlineMask(grey(5, 5), mask, { thickness: 2 });
  assert.deepEqual(changed(thick), [".....", ".###.", ".###.", ".###.", "....."]);
});

Deno.test("outlineMask() draws no line along the border of the picture", () => {
  const whole = outlineMask(grey(3, 3), new Uint8Array(9).fill(1));
  assert.deepEqual(changed(whole), ["...", "...", "..."]);
});

Deno.test("overlayThresholds() covers nothing up to half, and is red from the threshold on", () => {
  const map = Float32Array.of(0, 1, 2, 4, 8, 80);
  const { data } = overlayThresholds(grey(6, 1), map, 2);
  const at = (pixel: number): number[] => [...data.subarray(3 * pixel, 3 * pixel + 3)];
  const under = grey(1, 1).data[0]!;
  assert.deepEqual([at(0), at(1)], [[under, under, under], [under, under, under]]);
  // At the threshold three quarters of #e0200f.
  assert.deepEqual(at(2), [0xe0, 0x20, 0x0f].map((c) => Math.round(under + 0.75 * (c - under))));
  // From twice on nothing changes.
  assert.deepEqual([at(4), at(5)], [at(3), at(3)]);
  const lightness = (pixel: number): number => at(pixel).reduce((sum, value) => sum + value, 0);
  assert.ok(lightness(3) < lightness(2));
});

Deno.test("toPicture(), overlayMap() and outlineMask() refuse sizes that do not fit", () => {
  assert.throws(() => toPicture(new Uint8Array(10), 2), {
    name: "TypeError",
    message: "Cannot form a picture: bytes must make whole rows of 2 RGB pixels, got 10",
  });
  assert.throws(() => overlayMap(grey(2, 2), new Float32Array(3), { low: 0, high: 1 }), {
    name: "TypeError",
    message: "Cannot draw an anomaly map: it must have 2 × 2 pixels like its picture, got 3 values",
  });
  assert.throws(() => outlineMask(grey(2, 2), new Uint8Array(5)), {
    name: "TypeError",
    message: "Cannot draw a mask: it must have 2 × 2 pixels like its picture, got 5 values",
  });
});

const lightness = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

Deno.test("colorOf() mixes neighbouring stops by halves in the middle between them", () => {
  // Stops "#0d0829" = (13, 8, 41) and "#3b0f64" = (59, 15, 100); their mean rounds to (36, 12, 71).
  assert.deepEqual(colorOf(0.5 / (COLORMAP_STOPS.length - 1)), [36, 12, 71]);
});

Deno.test("colorOf() grows lighter with the value", () => {
  for (let i = 1; i <= 100; i++) {
    assert.ok(lightness(colorOf(i / 100)) > lightness(colorOf((i - 1) / 100)), `${i} %`);
  }
});

Deno.test("colorOf() takes the nearer end beyond the range and the lower one for NaN", () => {
  assert.deepEqual(colorOf(-3), colorOf(0));
  assert.deepEqual(colorOf(Infinity), colorOf(1));
  assert.deepEqual(colorOf(NaN), colorOf(0));
});

/** The red values of a picture, row by row. */
function redOf({ data, width }: { data: Uint8Array; width: number }): number[][] {
  const red = Array.from(data).filter((_, i) => i % 3 === 0);
  return Array.from(
    { length: red.length / width },
    (_, y) => red.slice(y * width, (y + 1) * width),
  );
}

Deno.test("markPart() pales the outside, frames the part and leaves its inside as it is", () => {
  const grey = toPicture(new Uint8Array(3 * 25).fill(100), 5);
  const marked = markPart(grey, { left: 1, top: 1, width: 3, height: 3 });
  // Outside: 100 + 0.45 · 155 = 169.75. Along the frame x + y counts three by three.
  assert.deepEqual(redOf(marked), [
    [170, 170, 170, 170, 170],
    [170, 60, 235, 235, 170],
    [170, 235, 100, 235, 170],
    [170, 235, 235, 60, 170],
    [170, 170, 170, 170, 170],
  ]);
  assert.equal(grey.data[0], 100);
});

Deno.test("markPart() draws no line along the edge of the picture", () => {
  const grey = toPicture(new Uint8Array(3 * 12).fill(100), 6);
  const all = markPart(grey, { left: 0, top: 0, width: 6, height: 2 });
  assert.deepEqual(all.data, grey.data);
  const middle = markPart(grey, { left: 1.6, top: 0, width: 3, height: 2 });
  assert.deepEqual(redOf(middle)[0], [170, 170, 60, 100, 235, 170]);
});
