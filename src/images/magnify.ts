/**
 * Enlarges a square part of an image, pixel by pixel.
 *
 * @module
 */
import type { Pixels } from "@/images/resample.ts";

/** Which part, and how much larger. */
export interface MagnifyOptions {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** Columns and rows. */
  readonly side: number;
  /** Pixels of the result per pixel of the part, across and down. */
  readonly factor: number;
}

/**
 * Cuts a square from an image and repeats every pixel, so that single pixels can be seen.
 *
 * @param image The image, of any number of channels; left unchanged.
 * @param options Which part, and how much larger; whole numbers.
 * @returns The part, `side · factor` pixels wide and high.
 * @throws {RangeError} If the part does not lie within the image, or the factor is no positive integer.
 *
 * @example The right pixel of two, twice as large
 * ```ts
 * import assert from "node:assert/strict";
 * import { magnify } from "@/images/magnify.ts";
 *
 * const image = { height: 1, width: 2, channels: 1, data: Uint8Array.of(5, 7) };
 * const { data } = magnify(image, { left: 1, top: 0, side: 1, factor: 2 });
 * assert.deepEqual([...data], [7, 7, 7, 7]);
 * ```
 */
export function magnify(image: Pixels, options: MagnifyOptions): Pixels {
  const { left, top, side, factor } = options;
  const isWhole = [left, top, side, factor].every(Number.isInteger);
  const isWithin = left >= 0 && top >= 0 && side >= 1 && left + side <= image.width &&
    top + side <= image.height;
  if (!isWhole || !isWithin || factor < 1) {
    throw new RangeError(
      `Cannot enlarge a part: it must lie within ${image.width}×${image.height} pixels and the ` +
        `factor be a positive integer, got ${side}×${side} at (${left}, ${top}), factor ${factor}`,
    );
  }
  const { channels } = image;
  const length = side * factor;
  const data = new Uint8Array(length * length * channels);
  let out = 0;
  for (let y = 0; y < length; y++) {
    const row = (top + Math.floor(y / factor)) * image.width + left;
    for (let x = 0; x < length; x++) {
      const begin = (row + Math.floor(x / factor)) * channels;
      for (let c = 0; c < channels; c++) data[out++] = image.data[begin + c]!;
    }
  }
  return { height: length, width: length, channels, data };
}
