/**
 * How well vectors keep classes apart. Classes are used to report, never to fit.
 *
 * @module
 */
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { meanSilhouettes } from "@/clustering/silhouette.ts";
import { classSimilarities } from "@/features/class_similarity.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";

/** How well vectors keep classes apart, by cosine similarity. */
export interface ClassSeparation {
  /** Mean similarity of two different images of one class. */
  readonly within: number;
  /** Mean similarity of two images of different classes. */
  readonly between: number;
  /** Mean silhouette of the classes, from −1 to 1. */
  readonly silhouette: number;
  /** Share of images whose most similar other image is of their own class. */
  readonly nearest: number;
}

/**
 * Measures how well vectors keep classes apart.
 *
 * Every pair of images counts the same. Of images that are equally similar, the lower row is the
 * most similar one. Takes O(rows² × columns) time.
 *
 * @param vectors Vectors, one a row.
 * @param classNames Class of every row.
 * @returns Similarities, silhouette, and agreement of nearest neighbours.
 * @throws {TypeError} If there is not one class per row.
 * @throws {RangeError} If there are fewer than two classes, or no class has two images.
 *
 * @example Two tight pairs at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { measureClassSeparation } from "@/features/class_separation.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const vectors = matrixOf([[1, 0], [2, 0], [0, 1], [0, 3]]);
 * const separation = measureClassSeparation(vectors, ["nut", "nut", "cup", "cup"]);
 * assert.deepEqual(separation, { within: 1, between: 0, silhouette: 1, nearest: 1 });
 * ```
 */
export function measureClassSeparation(
  vectors: Matrix,
  classNames: readonly string[],
): ClassSeparation {
  const { counts, means } = classSimilarities(vectors, classNames);
  const partition = partitionOf(classNames);
  if (partition.clusters < 2 || partition.clusters === vectors.rows) {
    throw new RangeError(
      `Cannot measure class separation: at least two classes and two images of one are needed, ` +
        `got ${partition.clusters} classes and ${vectors.rows} images`,
    );
  }
  let within = 0, between = 0, samePairs = 0, otherPairs = 0;
  counts.forEach((count, i) => {
    const pairs = count * (count - 1);
    within += pairs * (means[i]![i] ?? 0);
    samePairs += pairs;
    counts.forEach((other, j) => {
      if (i === j) return;
      between += count * other * means[i]![j]!;
      otherPairs += count * other;
    });
  });
  return {
    within: within / samePairs,
    between: between / otherPairs,
    silhouette: meanSilhouettes(vectors, [partition])[0]!,
    nearest: nearestAgreement(vectors, partition),
  };
}

function nearestAgreement(vectors: Matrix, { labels }: Partition): number {
  const unit = normalizeRows(vectors);
  let agreeing = 0;
  for (let row = 0; row < unit.rows; row++) {
    let best = -1, similarity = -Infinity;
    for (let other = 0; other < unit.rows; other++) {
      if (other === row) continue;
      const found = dotProduct(rowOf(unit, row), rowOf(unit, other));
      if (found > similarity) {
        best = other;
        similarity = found;
      }
    }
    if (labels[best] === labels[row]) agreeing++;
  }
  return agreeing / unit.rows;
}
