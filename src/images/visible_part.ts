/**
 * What a model sees of an image: the rectangle that scaling and cutting leave.
 *
 * @module
 */
import { type Fit, planCenterCrop } from "@/images/geometry.ts";

/** A rectangle of an image, in its own pixels, which need not be whole. */
export interface VisiblePart {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Its share of the image, above 0 and at most 1. */
  readonly share: number;
}

/**
 * Finds the part of an image that the central square of `planCenterCrop` shows.
 *
 * @param image Height and width in pixels.
 * @param geometry Length after scaling, side of the square, and what is scaled.
 * @returns The part, before scaling.
 * @throws {RangeError} If a length is not a positive integer or the square is larger than `resize`.
 *
 * @example A landscape photograph loses half of its width
 * ```ts
 * import assert from "node:assert/strict";
 * import { visiblePart } from "@/images/visible_part.ts";
 *
 * assert.deepEqual(
 *   visiblePart({ height: 320, width: 640 }, { resize: 256, imagesize: 256 }),
 *   { left: 160, top: 0, width: 320, height: 320, share: 0.5 },
 * );
 * ```
 */
export function visiblePart(
  image: { readonly height: number; readonly width: number },
  geometry: { readonly resize: number; readonly imagesize: number; readonly fit?: Fit },
): VisiblePart {
  const { height, width, top, left, size } = planCenterCrop(image, geometry);
  const across = image.width / width, down = image.height / height;
  return {
    left: left * across,
    top: top * down,
    width: size * across,
    height: size * down,
    share: (size / width) * (size / height),
  };
}
