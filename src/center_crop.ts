/**
 * The geometry of preprocessing: scale the short side, then cut a square from the middle.
 *
 * @module
 */

/** How a square is cut from a scaled image; all numbers are pixels. */
export interface CenterCrop {
  /** Height after scaling. */
  readonly height: number;
  /** Width after scaling. */
  readonly width: number;
  /** First row of the square in the scaled image. */
  readonly top: number;
  /** First column of the square in the scaled image. */
  readonly left: number;
  /** Side of the square. */
  readonly size: number;
}

/**
 * Works out the scaled size of an image and where its central square lies.
 *
 * As torchvision's `Resize(resize)` and `CenterCrop(imagesize)`: the short side becomes `resize`, the
 * long side is rounded down, and half-way offsets are rounded to even.
 *
 * @param image Height and width in pixels.
 * @param options Short side after scaling, and side of the square.
 * @returns The geometry, the same for an image and its mask.
 * @throws {RangeError} If a length is not a positive integer or the square is larger than `resize`.
 *
 * @example A landscape photograph
 * ```ts
 * import assert from "node:assert/strict";
 * import { planCenterCrop } from "@/center_crop.ts";
 *
 * assert.deepEqual(
 *   planCenterCrop({ height: 320, width: 640 }, { resize: 288, imagesize: 256 }),
 *   { height: 288, width: 576, top: 16, left: 160, size: 256 },
 * );
 * ```
 */
export function planCenterCrop(
  image: { height: number; width: number },
  options: { resize: number; imagesize: number },
): CenterCrop {
  const { resize, imagesize: size } = options;
  const lengths = { height: image.height, width: image.width, resize, imagesize: size };
  for (const [name, length] of Object.entries(lengths)) {
    if (!Number.isInteger(length) || length < 1) {
      throw new RangeError(
        `Cannot plan a center crop: ${name} must be a positive integer, got ${length}`,
      );
    }
  }
  if (size > resize) {
    throw new RangeError(
      `Cannot plan a center crop: imagesize must be at most resize, ${resize}, got ${size}`,
    );
  }
  const scale = (length: number, other: number): number =>
    length <= other ? resize : Math.trunc((resize * length) / other);
  const height = scale(image.height, image.width);
  const width = scale(image.width, image.height);
  return {
    height,
    width,
    top: roundHalfToEven((height - size) / 2),
    left: roundHalfToEven((width - size) / 2),
    size,
  };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
