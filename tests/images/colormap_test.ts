import assert from "node:assert/strict";
import { COLORMAP_STOPS, colorOf } from "@/images/picture.ts";

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
