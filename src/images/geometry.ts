/**
 * The geometry of preprocessing: scale an image, then cut a square from the middle; and the
 * rectangle that this leaves of the image for a model to see.
 *
 * @module
 */
import { checkCount } from "@/messages.ts";

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
 * With `short_side` as torchvision's `Resize(resize)` and `CenterCrop(imagesize)`: the long side
 * is rounded down, and half-way offsets are rounded to even. With `square` as its
 * `Resize((resize, resize))`: proportions are lost, and no part of the long side is cut away
 * beyond what `imagesize` leaves out.
 */
export function planCenterCrop(
  image: { height: number; width: number },
  options: { resize: number; imagesize: number; fit?: Fit },
): CenterCrop {
  const { resize, imagesize: size, fit = "short_side" } = options;
  const lengths = { height: image.height, width: image.width, resize, imagesize: size };
  for (const [name, length] of Object.entries(lengths)) {
    checkCount(length, { task: "Cannot plan a center crop", name });
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

/** Finds the part of an image that the central square of `planCenterCrop` shows. */
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
