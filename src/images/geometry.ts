/**
 * The geometry of preprocessing: scale an image, then cut a square from the middle.
 *
 * What a model sees of an image: the rectangle that scaling and cutting leave.
 *
 * @module
 */

/** What is scaled to a given length: the short side, keeping proportions, or both sides. */
export type Fit = "short_side" | "square";

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
 * With `short_side` as torchvision's `Resize(resize)` and `CenterCrop(imagesize)`: the short side
 * becomes `resize`, the long side is rounded down, and half-way offsets are rounded to even. With
 * `square` as its `Resize((resize, resize))`: both sides become `resize`, proportions are lost, and no
 * part of the long side is cut away beyond what `imagesize` leaves out.
 *
 * @param image Height and width in pixels.
 * @param options Length after scaling, side of the square, and what is scaled (default `short_side`).
 * @returns The geometry, the same for an image and its mask.
 * @throws {RangeError} If a length is not a positive integer or the square is larger than `resize`.
 *
 * @example A landscape photograph
 * ```ts
 * import assert from "node:assert/strict";
 * import { planCenterCrop } from "@/images/geometry.ts";
 *
 * assert.deepEqual(
 *   planCenterCrop({ height: 320, width: 640 }, { resize: 288, imagesize: 256 }),
 *   { height: 288, width: 576, top: 16, left: 160, size: 256 },
 * );
 * ```
 */
export function planCenterCrop(
  image: { height: number; width: number },
  options: { resize: number; imagesize: number; fit?: Fit },
): CenterCrop {
  const { resize, imagesize: size, fit = "short_side" } = options;
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
    fit === "square" || length <= other ? resize : Math.trunc((resize * length) / other);
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
 * import { visiblePart } from "@/images/geometry.ts";
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
