/**
 * Where a defect is: the pixels that look different from the same photograph without it.
 *
 * @module
 */

/**
 * Marks the region in which two photographs of the same scene differ.
 *
 * A pixel belongs to the region when at least 4 of the 25 pixels around it differ by more than
 * `tolerance` in some channel: this closes small gaps and drops lone pixels.
 *
 * @param first Values from 0 to 255, three interleaved channels.
 * @param second The other photograph, of the same size.
 * @param options Pixels per row, and the difference that is still no difference.
 * @returns 1 in the region, 0 elsewhere.
 * @throws {TypeError} If the photographs differ in size or do not consist of whole rows.
 *
 * @example A brighter column
 * ```ts
 * import assert from "node:assert/strict";
 * import { markDifference } from "@/datasets/sample/sample_mask.ts";
 *
 * const first = new Float32Array(9 * 9 * 3), second = first.slice();
 * for (let row = 0; row < 9; row++) second[(row * 9 + 4) * 3] = 50;
 * const mask = markDifference(first, second, { width: 9, tolerance: 3 });
 * assert.deepEqual([...mask.subarray(36, 45)], [0, 0, 1, 1, 1, 1, 1, 0, 0]);
 * ```
 */
export function markDifference(
  first: Float32Array,
  second: Float32Array,
  options: { width: number; tolerance: number },
): Uint8Array {
  const { width, tolerance } = options;
  const height = first.length / 3 / width;
  if (first.length !== second.length || !Number.isInteger(height)) {
    throw new TypeError(
      `Cannot mark a difference: photographs must both be ${width} pixels wide with three channels, ` +
        `got ${first.length} and ${second.length} values`,
    );
  }
  const differs = new Uint8Array(width * height);
  for (let i = 0; i < differs.length; i++) {
    for (let channel = 0; channel < 3; channel++) {
      if (Math.abs(first[3 * i + channel]! - second[3 * i + channel]!) > tolerance) differs[i] = 1;
    }
  }
  const across = new Uint8Array(differs.length), mask = new Uint8Array(differs.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let x = Math.max(0, column - 2); x <= Math.min(width - 1, column + 2); x++) {
        sum += differs[row * width + x]!;
      }
      across[row * width + column] = sum;
    }
  }
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let y = Math.max(0, row - 2); y <= Math.min(height - 1, row + 2); y++) {
        sum += across[y * width + column]!;
      }
      mask[row * width + column] = sum >= 4 ? 1 : 0;
    }
  }
  return mask;
}
