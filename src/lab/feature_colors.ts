/**
 * Feature maps as pictures: alike where the features are alike.
 *
 * @module
 */
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { type Picture, toPicture } from "@/images/picture.ts";
import { type Matrix, toMatrix } from "@/math/matrix.ts";
import { principalComponents } from "@/math/projection.ts";

/** Feature maps in colours. */
export interface FeatureColors {
  /** One picture per image, one pixel per position. */
  readonly pictures: readonly Picture[];
  /** Share of the features' variance that the colours show, in [0, 1]. */
  readonly explained: number;
}

/** Share of positions at either end whose colour is cut off, so that a few do not set the scale. */
const CUT = 0.01;

/**
 * Colours every position by the first three principal components of its features: red, green, blue.
 *
 * Components are those of all positions of all images together, so colours can be compared between
 * the images, but not between layers. Each is stretched from its 1 % to its 99 % quantile.
 * Takes O(positions × channels) time for each of some hundred iterations.
 *
 * @param map The feature map of one or more images, with at least three channels.
 * @returns The pictures, and how much of the features they show.
 * @throws {RangeError} If there are fewer than three channels.
 * @throws {TypeError} If there are fewer than two positions.
 *
 * @example Two kinds of position
 * ```ts
 * import assert from "node:assert/strict";
 * import { featureColors } from "@/lab/feature_colors.ts";
 *
 * const data = Float32Array.of(1, 1, 9, 9, 2, 2, 2, 2, 0, 0, 0, 0);
 * const { pictures } = featureColors({ count: 1, channels: 3, height: 2, width: 2, data });
 * const [a, b, c, d] = [0, 3, 6, 9].map((i) => [...pictures[0]!.data.slice(i, i + 3)]);
 * assert.deepEqual(a, b);
 * assert.deepEqual(c, d);
 * assert.notDeepEqual(a, c);
 * ```
 */
export function featureColors(map: FeatureMap): FeatureColors {
  const { count, channels, height, width } = map;
  if (channels < 3) {
    throw new RangeError(
      `Cannot colour features: at least three channels are needed, got ${channels}`,
    );
  }
  const { scores, explained } = principalComponents(positionRows(map), { count: 3 });
  const ranges = [0, 1, 2].map((component) => rangeOf(scores, component));
  const bytes = Uint8Array.from(scores.data, (value, i) => {
    const { low, high } = ranges[i % 3]!;
    return high > low
      ? Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low))))
      : 0;
  });
  const size = 3 * height * width;
  return {
    pictures: Array.from(
      { length: count },
      (_, image) => toPicture(bytes.slice(image * size, (image + 1) * size), width),
    ),
    explained: explained.reduce((sum, share) => sum + share, 0),
  };
}

/** One row per position, image by image. */
function positionRows({ count, channels, height, width, data }: FeatureMap): Matrix {
  const positions = height * width;
  const rows = new Float32Array(data.length);
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = (image * channels + channel) * positions;
      for (let position = 0; position < positions; position++) {
        rows[(image * positions + position) * channels + channel] = data[from + position]!;
      }
    }
  }
  return toMatrix(rows, { rows: count * positions, columns: channels });
}

function rangeOf(scores: Matrix, component: number): { low: number; high: number } {
  const values = Float32Array.from(
    { length: scores.rows },
    (_, row) => scores.data[row * scores.columns + component]!,
  ).sort();
  const cut = Math.floor(CUT * (values.length - 1));
  return { low: values[cut]!, high: values[values.length - 1 - cut]! };
}
