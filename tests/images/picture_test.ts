import assert from "node:assert/strict";
import { colorOf, outlineMask, overlayMap, type Picture, toPicture } from "@/images/picture.ts";

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
