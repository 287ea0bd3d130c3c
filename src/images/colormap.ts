/**
 * The colours of anomaly maps: dark violet for low values, through red and orange, to pale yellow.
 *
 * Lightness rises steadily from one stop to the next, so the order of values survives printing in
 * grey and colour-blindness.
 *
 * @module
 */

/** Colours at equal distances from 0 to 1. */
export const COLORMAP_STOPS: readonly string[] = [
  "#0d0829",
  "#3b0f64",
  "#6e1a6e",
  "#a52c60",
  "#d54a41",
  "#f27a1d",
  "#fbb41a",
  "#fcf3a0",
];

const stops = COLORMAP_STOPS.map((hex) =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
);

/**
 * Finds the colour of a value.
 *
 * @param value From 0 to 1; anything beyond takes the nearer end, and NaN the lower one.
 * @returns Red, green and blue, each an integer from 0 to 255.
 *
 * @example Both ends
 * ```ts
 * import assert from "node:assert/strict";
 * import { colorOf } from "@/images/colormap.ts";
 *
 * assert.deepEqual(colorOf(0), [13, 8, 41]);
 * assert.deepEqual(colorOf(7), [252, 243, 160]);
 * ```
 */
export function colorOf(value: number): [number, number, number] {
  const position = Math.min(1, Math.max(0, value || 0)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(position));
  const share = position - index;
  const from = stops[index]!, to = stops[index + 1]!;
  const mix = (i: number): number => Math.round(from[i]! + share * (to[i]! - from[i]!));
  return [mix(0), mix(1), mix(2)];
}
