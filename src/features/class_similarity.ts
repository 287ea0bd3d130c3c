/**
 * Cosine similarity of vectors by class: how alike the images of one class are, and of two.
 *
 * @module
 */
import { membersOf, partitionOf } from "@/clustering/partition.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";

/** Mean cosine similarities between the images of classes. */
export interface ClassSimilarities {
  /** The classes, in alphabetical order. */
  readonly classes: readonly string[];
  /** Images of each class. */
  readonly counts: readonly number[];
  /**
   * Mean similarity of an image of the row's class and one of the column's; on the diagonal, of two
   * different images of the class, and `null` where there is only one.
   */
  readonly means: readonly (readonly (number | null)[])[];
}

/**
 * Averages the cosine similarities of all pairs of vectors by class.
 *
 * The mean over all pairs of two classes is the product of their mean directions, so no pair is
 * looked at: O(rows × columns + classes² × columns) time.
 *
 * @param vectors Vectors, one a row; a vector of zeros is at similarity 0 to everything.
 * @param classNames Class of every row.
 * @returns The means, with classes in alphabetical order.
 * @throws {TypeError} If there is not one class per row, or no row.
 *
 * @example Two alike, and one at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { classSimilarities } from "@/features/class_similarity.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const vectors = matrixOf([[2, 0], [0, 3], [5, 0]]);
 * const { classes, means } = classSimilarities(vectors, ["nut", "cup", "nut"]);
 * assert.deepEqual(classes, ["cup", "nut"]);
 * assert.deepEqual(means, [[null, 0], [0, 1]]);
 * ```
 */
export function classSimilarities(
  vectors: Matrix,
  classNames: readonly string[],
): ClassSimilarities {
  if (vectors.rows !== classNames.length || vectors.rows === 0) {
    throw new TypeError(
      `Cannot average similarities: one class per vector is needed, ` +
        `got ${classNames.length} classes for ${vectors.rows} vectors`,
    );
  }
  const unit = normalizeRows(vectors);
  const classes = [...new Set(classNames)].sort();
  const numbers = membersOf(partitionOf([...classes, ...classNames]));
  const sums = numbers.map((members) => {
    const sum = new Float64Array(vectors.columns);
    let squares = 0;
    // The partition begins with the classes themselves, so that their order is kept.
    const rows = [...members].slice(1).map((member) => member - classes.length);
    for (const row of rows) {
      const vector = rowOf(unit, row);
      vector.forEach((value, i) => sum[i]! += value);
      squares += dotProduct(vector, vector);
    }
    return { sum, squares, count: rows.length };
  });
  const means = sums.map((a, i) =>
    sums.map((b, j) => {
      const product = a.sum.reduce((total, value, k) => total + value * b.sum[k]!, 0);
      if (i !== j) return product / (a.count * b.count);
      return a.count < 2 ? null : (product - a.squares) / (a.count * (a.count - 1));
    })
  );
  return { classes, counts: sums.map(({ count }) => count), means };
}
