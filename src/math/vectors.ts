/**
 * Vectors compared: by squared Euclidean distance, as patch embeddings are, or as directions by
 * cosine, as semantic vectors are; with the checks of what clustering takes in.
 *
 * @module
 */
import { type Matrix, normalizeRows } from "@/math/matrix.ts";

/**
 * Squared Euclidean distance between two vectors of equal length.
 *
 * Summed in 64-bit floats over four running sums, which lets the compiler overlap the additions.
 *
 * @param a First vector.
 * @param b Second vector, as long as the first.
 * @returns Sum of squared differences, never negative.
 * @throws {TypeError} If the lengths differ.
 *
 * @example A 3-4-5 triangle
 * ```ts
 * import assert from "node:assert/strict";
 * import { squaredDistance } from "@/math/mod.ts";
 *
 * assert.equal(squaredDistance(Float32Array.of(0, 0), Float32Array.of(3, 4)), 25);
 * ```
 */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  checkLengths(a, b);
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  const whole = a.length & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const d0 = a[i]! - b[i]!, d1 = a[i + 1]! - b[i + 1]!;
    const d2 = a[i + 2]! - b[i + 2]!, d3 = a[i + 3]! - b[i + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; i < a.length; i++) {
    const d = a[i]! - b[i]!;
    s0 += d * d;
  }
  return s0 + s1 + s2 + s3;
}

/**
 * Inner product of two vectors of equal length; the cosine similarity when both have length 1.
 *
 * @param a First vector.
 * @param b Second vector, as long as the first.
 * @returns Sum of products, in 64-bit floats.
 * @throws {TypeError} If the lengths differ.
 *
 * @example Vectors at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { dotProduct } from "@/math/mod.ts";
 *
 * assert.equal(dotProduct(Float32Array.of(1, 0), Float32Array.of(0, 1)), 0);
 * ```
 */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  checkLengths(a, b);
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  const whole = a.length & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + s2 + s3;
}

/**
 * Inner product of two vectors of 64-bit floats, in one running sum.
 *
 * Apart from `dotProduct`, since one loop that meets both kinds of arrays takes three times as long.
 */
export function dotProduct64(a: Float64Array, b: Float64Array): number {
  checkLengths(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function checkLengths(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length) {
    throw new TypeError(
      `Cannot compare vectors: both must have the same length, got ${a.length} and ${b.length}`,
    );
  }
}

/** Checks that there are vectors and that all their values are finite. */
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

/** Scales every vector to length 1, refusing those that have no direction. */
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
