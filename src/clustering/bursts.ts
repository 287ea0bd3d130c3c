/**
 * Bursts: several shots of the same view, which nearest neighbours mistake for classes.
 *
 * @module
 */
import { median } from "simple-statistics";
import { defaultNeighbors, findNeighbors, type Neighbors } from "@/clustering/links.ts";
import type { Matrix } from "@/math/matrix.ts";
import { checkVectors } from "@/math/vectors.ts";
import { plural } from "@/messages.ts";

/** How many images are mostly surrounded by near-copies. */
export interface Bursts {
  /** Images most of whose neighbours are near-copies. */
  readonly images: number;
  /** Their share of all images, from 0 to 1. */
  readonly share: number;
  /** Median number of near-copies that such an image has; 0 if there is none. */
  readonly copies: number;
  /** What to print where the share is at least a tenth; `null` otherwise. */
  readonly warning: string | null;
}

/**
 * How many times farther than the last near-copy the next image must be. Copies whose noise is 0.3
 * of the distance to the next view jump 5 times, classes of real5 with ResNet-18 less than 2 times
 * inside a class, at 99 % of the images: `tests/clustering/bursts_test.ts`.
 */
const jump = 3;

/** Share of images from which it is worth a warning; real5 has none. */
const worthSaying = 0.1;

/** Cosine distances below that are rounding. */
const leastDistance = 1e-6;

/**
 * Finds images whose nearest neighbours are mostly near-copies of themselves.
 *
 * An image's near-copies are those before the largest jump among its cosine distances to its
 * nearest 2 × `neighbors` others, if that is a jump to at least 3 times the distance. An image
 * counts when at least half of `neighbors` are. Then links between groups (`joinLinkedGroups`)
 * stay inside bursts, and classes fall apart; and calibration scores of images with copies are too
 * low. A class of `neighbors` ÷ 2 to 2 × `neighbors` images, far from all others, looks the same,
 * as the warning says. The measure is ours. Takes O(rows² × columns) time.
 *
 * @param vectors Semantic vectors, one row per image; only their directions count.
 * @param options Neighbours that grouping names, default 10; and where twice as many are known
 *   already, these.
 * @returns How many such images there are, and what to print if they are many.
 * @throws {RangeError} If there is no vector or a value is not finite.
 *
 * @example Eight shots of each of five views
 * ```ts
 * import assert from "node:assert/strict";
 * import { measureBursts } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf(
 *   Array.from({ length: 40 }, (_, i) => {
 *     const angle = 0.2 * (i % 5) + 0.001 * i;
 *     return [Math.cos(angle), Math.sin(angle)];
 *   }),
 * );
 * const { share, copies } = measureBursts(vectors);
 * assert.deepEqual([share, copies], [1, 7]);
 * ```
 */
export function measureBursts(
  vectors: Matrix,
  options: { readonly neighbors?: number; readonly near?: Neighbors } = {},
): Bursts {
  const { neighbors = defaultNeighbors } = options;
  checkVectors(vectors);
  const { cosines, count } = options.near ?? findNeighbors(vectors, 2 * neighbors);
  const copies: number[] = [];
  for (let row = 0; row < vectors.rows; row++) {
    const own = copiesBefore(cosines.subarray(row * count, (row + 1) * count));
    if (own >= neighbors / 2) copies.push(own);
  }
  const images = copies.length, share = images / vectors.rows;
  const typical = images === 0 ? 0 : median(copies);
  if (share < worthSaying) return { images, share, copies: typical, warning: null };
  const warning = `${plural(images, "image")} of ${vectors.rows.toLocaleString("en-US")} ` +
    `${images === 1 ? "has" : "have"} near-copies for most of ${neighbors} nearest neighbours ` +
    `(median ${typical}): groups may be bursts of shots instead of classes, and calibration ` +
    "scores too low; keep one image of each burst, unless classes have that few images";
  return { images, share, copies: typical, warning };
}

/** Neighbours before the largest jump of the distance; 0 where there is no jump. */
function copiesBefore(cosines: Float64Array): number {
  let before = 0, largest = jump;
  for (let place = 1; place < cosines.length; place++) {
    const nearer = Math.max(leastDistance, 1 - cosines[place - 1]!);
    const ratio = Math.max(leastDistance, 1 - cosines[place]!) / nearer;
    if (ratio >= largest) [before, largest] = [place, ratio];
  }
  return before;
}
