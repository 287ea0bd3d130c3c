/**
 * Vectors as directions: what clustering by cosine takes in, checked.
 *
 * @module
 */
import { type Matrix, normalizeRows } from "@/math/matrix.ts";

/**
 * Checks that there are vectors and that all their values are finite.
 *
 * @param vectors Vectors to group, one a row.
 * @throws {RangeError} If there is no vector, or a value is not finite.
 *
 * @example An infinite value
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { checkVectors } from "@/math/unit_vectors.ts";
 *
 * assert.throws(() => checkVectors(matrixOf([[1], [Infinity]])), {
 *   message: "Cannot cluster vectors: values must be finite, got Infinity in row 1",
 * });
 * ```
 */
export function checkVectors(vectors: Matrix): void {
  if (vectors.rows === 0) {
    throw new RangeError("Cannot cluster vectors: at least one is needed, got none");
  }
  const unusable = vectors.data.findIndex((value) => !Number.isFinite(value));
  if (unusable !== -1) {
    throw new RangeError(
      `Cannot cluster vectors: values must be finite, got ${vectors.data[unusable]} in row ` +
        `${Math.floor(unusable / vectors.columns)}`,
    );
  }
}

/**
 * Scales every vector to length 1, refusing those that have no direction.
 *
 * @param vectors Vectors to group, one a row; left unchanged.
 * @returns A new matrix of the same shape.
 * @throws {RangeError} If there is no vector, a value is not finite, or a row holds only zeros.
 *
 * @example A row of zeros
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { unitVectors } from "@/math/unit_vectors.ts";
 *
 * assert.deepEqual([...unitVectors(matrixOf([[0, 2]])).data], [0, 1]);
 * assert.throws(() => unitVectors(matrixOf([[0, 2], [0, 0]])), {
 *   message: "Cannot cluster vectors: each must have a direction, got only zeros in row 1",
 * });
 * ```
 */
export function unitVectors(vectors: Matrix): Matrix {
  checkVectors(vectors);
  const { rows, columns, data } = vectors;
  for (let row = 0; row < rows; row++) {
    if (data.subarray(row * columns, (row + 1) * columns).every((value) => value === 0)) {
      throw new RangeError(
        `Cannot cluster vectors: each must have a direction, got only zeros in row ${row}`,
      );
    }
  }
  return normalizeRows(vectors);
}
