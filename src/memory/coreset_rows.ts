/**
 * Rows laid out for coreset selection, and the one distance every version of the selection uses.
 *
 * The plain, the pruned and the compiled selection add the same 32-bit floats in
 * the same order, so they choose the same rows on every machine, ties included.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";

/** Rows padded with zeros to a multiple of eight columns, which changes no distance. */
export interface CoresetRows {
  /** Number of rows. */
  readonly rows: number;
  /** Columns after padding, a multiple of 8. */
  readonly stride: number;
  /** Padded values, one row after the other; shares the memory of the features where nothing was padded. */
  readonly data: Float32Array;
}

/** One finished selection, before it is turned into a coreset. */
export interface Selection {
  /** Chosen rows in the order of choice. */
  readonly indices: Uint32Array;
  /** Squared covering radius of the rows chosen so far, after each choice. */
  readonly squaredRadii: Float32Array;
}

/** What a version of the selection is asked to do. */
export interface SelectionRequest {
  /** How many rows to choose, from 1 to the number of rows. */
  readonly size: number;
  /** Squared distance that each row is given before anything is chosen; the row with the largest is chosen first. */
  readonly opening: Float32Array;
  /** Called now and then with the share of the work done; may throw to stop. */
  readonly onProgress?: (share: number) => void;
}

/** How many choices lie between two reports of progress. */
export const CHOICES_PER_REPORT = 64;

/** Largest magnitude whose squared differences cannot overflow a 32-bit sum. */
const LARGEST_VALUE = 1e15;

/**
 * Pads the rows of a matrix to a multiple of eight columns and checks their values.
 *
 * @param features Patch embeddings, one per row; left unchanged.
 * @returns The same rows, copied only where padding is needed.
 * @throws {RangeError} If a value is not a number between −1e15 and 1e15.
 *
 * @example Three columns become eight
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { toCoresetRows } from "@/memory/coreset_rows.ts";
 *
 * assert.deepEqual([...toCoresetRows(matrixOf([[1, 2, 3]])).data], [1, 2, 3, 0, 0, 0, 0, 0]);
 * ```
 */
export function toCoresetRows(features: Matrix): CoresetRows {
  const { rows, columns, data } = features;
  for (let i = 0; i < data.length; i++) {
    if (!(Math.abs(data[i]!) <= LARGEST_VALUE)) {
      throw new RangeError(
        `Cannot select a coreset: features must be numbers from -1e15 to 1e15, ` +
          `got ${data[i]} in row ${Math.floor(i / columns)}, column ${i % columns}`,
      );
    }
  }
  const stride = Math.ceil(columns / 8) * 8;
  if (stride === columns) return { rows, stride, data };
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(data.subarray(row * columns, (row + 1) * columns), row * stride);
  }
  return { rows, stride, data: padded };
}

/**
 * Squared Euclidean distance between two rows, given up once it must exceed a limit.
 *
 * Eight running sums of 32-bit floats, added pairwise at the end. A sum of squares
 * never shrinks as terms are added, not even by rounding, so a partial sum above
 * `limit` proves that the whole one is.
 *
 * @param rows Padded rows.
 * @param pair Numbers of the two rows, and the largest distance of interest.
 * @returns The distance if it is at most `limit`, else some number above `limit`.
 *
 * @example A 3-4-5 triangle, and a limit that is passed
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { squaredDistanceWithin, toCoresetRows } from "@/memory/coreset_rows.ts";
 *
 * const rows = toCoresetRows(matrixOf([[0, 0], [3, 4]]));
 * assert.equal(squaredDistanceWithin(rows, { a: 0, b: 1, limit: 25 }), 25);
 * assert.ok(squaredDistanceWithin(rows, { a: 0, b: 1, limit: 24 }) > 24);
 * ```
 */
export function squaredDistanceWithin(
  rows: CoresetRows,
  pair: { readonly a: number; readonly b: number; readonly limit: number },
): number {
  const { data, stride } = rows;
  const { limit } = pair;
  const f = Math.fround;
  let i = pair.a * stride, j = pair.b * stride;
  const end = i + stride;
  let s0 = f(0), s1 = f(0), s2 = f(0), s3 = f(0), s4 = f(0), s5 = f(0), s6 = f(0), s7 = f(0);
  let sum = 0;
  while (i < end) {
    const stop = Math.min(end, i + 32);
    for (; i < stop; i += 8, j += 8) {
      const d0 = f(data[i]! - data[j]!), d1 = f(data[i + 1]! - data[j + 1]!);
      const d2 = f(data[i + 2]! - data[j + 2]!), d3 = f(data[i + 3]! - data[j + 3]!);
      s0 = f(s0 + f(d0 * d0));
      s1 = f(s1 + f(d1 * d1));
      s2 = f(s2 + f(d2 * d2));
      s3 = f(s3 + f(d3 * d3));
      const d4 = f(data[i + 4]! - data[j + 4]!), d5 = f(data[i + 5]! - data[j + 5]!);
      const d6 = f(data[i + 6]! - data[j + 6]!), d7 = f(data[i + 7]! - data[j + 7]!);
      s4 = f(s4 + f(d4 * d4));
      s5 = f(s5 + f(d5 * d5));
      s6 = f(s6 + f(d6 * d6));
      s7 = f(s7 + f(d7 * d7));
    }
    sum = f(f(f(s0 + s4) + f(s2 + s6)) + f(f(s1 + s5) + f(s3 + s7)));
    if (sum > limit) return sum;
  }
  return sum;
}
