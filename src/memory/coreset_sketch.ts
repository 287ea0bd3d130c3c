/**
 * The directions along which the compiled selection sketches rows.
 *
 * @module
 */
import { createRandom, permutation } from "@/math/random.ts";
import type { CoresetRows } from "@/memory/coreset_rows.ts";

/** Coordinates in a sketch. */
export const SKETCH_COORDINATES = 128;

/** Bounds of the number of rows that the directions are found from, and one of how many is taken. */
const LEAST_SAMPLE = 256, MOST_SAMPLE = 1000, ROWS_PER_SAMPLE = 64;

/** Rounds of the search; the directions need not be exact, only perpendicular. */
const ROUNDS = 2;

/** Where sketches are measured from and along what. */
export interface SketchDirections {
  /** Mean of every column of the sample. */
  readonly means: Float32Array;
  /** The coordinates of the first column, of the second, and so on: `stride × 128`; zeros where there are fewer directions. */
  readonly directions: Float32Array;
}

/**
 * Finds perpendicular directions in which a sample of rows varies most, strongest first.
 *
 * Subspace iteration (Bauer, 1957) on at most 1000 rows drawn at random. The directions are
 * perpendicular only up to rounding; they are shortened so that a sketch cannot lengthen a
 * distance: the square root of the largest row sum of |Gram matrix| bounds the stretch. Takes
 * O(128 × columns × min(1000, columns)) time.
 *
 * @param rows Padded rows, none of them empty.
 * @returns Means and directions.
 *
 * @example The first direction is the diagonal
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { toCoresetRows } from "@/memory/coreset_rows.ts";
 * import { findSketchDirections } from "@/memory/coreset_sketch.ts";
 *
 * const rows = toCoresetRows(matrixOf([[0, 0], [2, 2]]));
 * const { means, directions } = findSketchDirections(rows);
 * assert.deepEqual([means[0], means[1]], [1, 1]);
 * assert.ok(Math.abs(Math.abs(directions[0]!) - Math.SQRT1_2) < 1e-6);
 * ```
 */
export function findSketchDirections(rows: CoresetRows): SketchDirections {
  const { stride } = rows;
  const { means, sample } = centerSample(rows);
  const directions = new Float32Array(stride * SKETCH_COORDINATES);
  const count = Math.min(SKETCH_COORDINATES, stride);
  const found = findSubspace(sample.length > stride ? covarianceOf(sample) : sample, {
    columns: stride,
    count,
  });
  let stretch = 0;
  for (const one of found) {
    let sum = 0;
    for (const other of found) sum += Math.abs(innerProduct(one, other));
    stretch = Math.max(stretch, sum);
  }
  if (stretch === 0) return { means, directions };
  for (const [a, direction] of found.entries()) {
    for (let column = 0; column < stride; column++) {
      directions[column * SKETCH_COORDINATES + a] = direction[column]! / Math.sqrt(stretch);
    }
  }
  return { means, directions };
}

/** A sample less its means, scaled so that no square is too large or too small. */
function centerSample(rows: CoresetRows): { means: Float32Array; sample: Float64Array[] } {
  const { stride, data } = rows;
  const wanted = Math.max(LEAST_SAMPLE, Math.floor(rows.rows / ROWS_PER_SAMPLE));
  const count = Math.min(rows.rows, MOST_SAMPLE, wanted);
  // Equal intervals would meet the same few places of every image.
  const order = permutation(rows.rows, createRandom(0, "sketch sample"));
  const sample = Array.from({ length: count }, (_, i) => {
    const begin = order[i]! * stride;
    return Float64Array.from(data.subarray(begin, begin + stride));
  });
  const means = new Float32Array(stride);
  let largest = 0;
  for (let column = 0; column < stride; column++) {
    let sum = 0;
    for (const row of sample) sum += row[column]!;
    means[column] = sum / count;
    for (const row of sample) {
      row[column]! -= means[column]!;
      largest = Math.max(largest, Math.abs(row[column]!));
    }
  }
  if (largest > 0) {
    for (const row of sample) {
      for (let i = 0; i < stride; i++) row[i]! /= largest;
    }
  }
  return { means, sample };
}

function covarianceOf(sample: readonly Float64Array[]): Float64Array[] {
  const columns = sample[0]!.length;
  const covariance = Array.from({ length: columns }, () => new Float64Array(columns));
  for (const row of sample) {
    for (let i = 0; i < columns; i++) {
      const sums = covariance[i]!, value = row[i]!;
      for (let j = i; j < columns; j++) sums[j]! += value * row[j]!;
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < i; j++) covariance[i]![j] = covariance[j]![i]!;
  }
  return covariance;
}

/** Perpendicular unit vectors that `matrix`, times its transpose, stretches most; fewer where it stretches no more. */
function findSubspace(
  matrix: readonly Float64Array[],
  options: { columns: number; count: number },
): Float64Array[] {
  const { columns, count } = options;
  const random = createRandom(0, "sketch directions");
  let found: Float64Array[] = Array.from(
    { length: count },
    () => Float64Array.from({ length: columns }, () => random.gaussian()),
  );
  for (let round = 0; round < ROUNDS; round++) {
    found = found.map((direction) => {
      const next = new Float64Array(columns);
      for (const row of matrix) addMultiple(next, { of: row, by: innerProduct(row, direction) });
      return next;
    });
    found = makePerpendicular(found);
  }
  return found;
}

/** Gram–Schmidt, each vector twice; one of which nothing remains is left out. */
function makePerpendicular(vectors: Float64Array[]): Float64Array[] {
  const found: Float64Array[] = [];
  for (const vector of vectors) {
    const before = Math.sqrt(innerProduct(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of found) {
        addMultiple(vector, { of: other, by: -innerProduct(vector, other) });
      }
    }
    const length = Math.sqrt(innerProduct(vector, vector));
    if (!(length > 1e-9 * before)) continue;
    found.push(vector.map((value) => value / length));
  }
  return found;
}

function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addMultiple(to: Float64Array, { of, by }: { of: Float64Array; by: number }): void {
  for (let i = 0; i < to.length; i++) to[i]! += of[i]! * by;
}
