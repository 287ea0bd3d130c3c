/**
 * Row-major matrices of 32-bit floats: the one container for embeddings, semantic vectors and keys.
 *
 * @module
 */

/** Row-major matrix: the element in row `i`, column `j` is `data[i * columns + j]`. */
export interface Matrix {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** Values, one row after the other. */
  readonly data: Float32Array;
}

/** Rows that come in consecutive parts, for there may be more than fit into memory. */
export interface RowSource {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** All rows in order, some at a time. They may be gone through more than once. */
  parts(): AsyncIterable<Matrix>;
}

/**
 * Wraps a flat array as a matrix without copying it.
 *
 * @param data Row-major values.
 * @param shape Number of rows and columns, whose product must be the array's length.
 * @returns The matrix, sharing `data`.
 * @throws {TypeError} If the shape does not fit the array.
 *
 * @example Six values, two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { toMatrix } from "@/math/mod.ts";
 *
 * const matrix = toMatrix(Float32Array.of(1, 2, 3, 4, 5, 6), { rows: 2, columns: 3 });
 * assert.equal(matrix.data[1 * matrix.columns + 0], 4);
 * ```
 */
export function toMatrix(data: Float32Array, shape: { rows: number; columns: number }): Matrix {
  const { rows, columns } = shape;
  const whole = Number.isInteger(rows) && Number.isInteger(columns) && rows >= 0 && columns >= 0;
  if (!whole || rows * columns !== data.length) {
    throw new TypeError(
      `Cannot form a matrix: rows × columns must equal the number of values, ` +
        `got ${rows} × ${columns} for ${data.length} values`,
    );
  }
  return { rows, columns, data };
}

/**
 * Builds a matrix from rows of numbers, for small inputs and examples.
 *
 * @param rows Rows of equal length.
 * @returns A new matrix, values rounded to 32-bit floats.
 * @throws {TypeError} If the rows differ in length.
 *
 * @example Two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * assert.equal(matrixOf([[1, 2], [3, 4]]).columns, 2);
 * ```
 */
export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns) {
      throw new TypeError(
        `Cannot form a matrix: every row must have ${columns} values like row 0, ` +
          `got ${row.length} in row ${index}`,
      );
    }
  }
  return toMatrix(Float32Array.from(rows.flat()), { rows: rows.length, columns });
}

/**
 * Looks at one row without copying it.
 *
 * @param matrix The matrix to look into.
 * @param index Row number, from 0.
 * @returns A view that shares the matrix's memory.
 * @throws {RangeError} If there is no such row.
 *
 * @example The second row
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf, rowOf } from "@/math/mod.ts";
 *
 * assert.deepEqual([...rowOf(matrixOf([[1, 2], [3, 4]]), 1)], [3, 4]);
 * ```
 */
export function rowOf(matrix: Matrix, index: number): Float32Array {
  if (!Number.isInteger(index) || index < 0 || index >= matrix.rows) {
    throw new RangeError(
      `Cannot read a row: index must be an integer from 0 to ${matrix.rows - 1}, got ${index}`,
    );
  }
  return matrix.data.subarray(index * matrix.columns, (index + 1) * matrix.columns);
}

/**
 * Copies the named rows into a new matrix, in the order given; a row may be named twice.
 *
 * @param matrix The matrix to copy from; left unchanged.
 * @param indices Row numbers, from 0.
 * @returns A new matrix with one row per index.
 * @throws {RangeError} If there is no such row.
 *
 * @example The last row, then the first
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf, selectRows } from "@/math/mod.ts";
 *
 * assert.deepEqual([...selectRows(matrixOf([[1], [2], [3]]), [2, 0]).data], [3, 1]);
 * ```
 */
export function selectRows(matrix: Matrix, indices: ArrayLike<number>): Matrix {
  const data = new Float32Array(indices.length * matrix.columns);
  for (let i = 0; i < indices.length; i++) {
    data.set(rowOf(matrix, indices[i]!), i * matrix.columns);
  }
  return { rows: indices.length, columns: matrix.columns, data };
}

/**
 * Stacks matrices of equal width below each other.
 *
 * @param parts At least one matrix, all with the same number of columns.
 * @returns A new matrix with the rows of every part in order.
 * @throws {TypeError} If there is no part or the widths differ.
 *
 * @example One row below another
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf, stackRows } from "@/math/mod.ts";
 *
 * assert.equal(stackRows([matrixOf([[1, 2]]), matrixOf([[3, 4]])]).rows, 2);
 * ```
 */
export function stackRows(parts: readonly Matrix[]): Matrix {
  const columns = parts[0]?.columns;
  if (columns === undefined) {
    throw new TypeError("Cannot stack matrices: at least one matrix is needed, got none");
  }
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = new Float32Array(rows * columns);
  let offset = 0;
  for (const part of parts) {
    if (part.columns !== columns) {
      throw new TypeError(
        `Cannot stack matrices: every part must have ${columns} columns, got ${part.columns}`,
      );
    }
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { rows, columns, data };
}

/**
 * Scales every row to Euclidean length 1; a row of zeros stays zero.
 *
 * @param matrix The matrix to normalise; left unchanged.
 * @returns A new matrix of the same shape. Lengths are summed in 64-bit floats.
 *
 * @example A 3-4-5 triangle
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf, normalizeRows } from "@/math/mod.ts";
 *
 * const { data } = normalizeRows(matrixOf([[3, 4], [0, 0]]));
 * assert.deepEqual([...data], [Math.fround(0.6), Math.fround(0.8), 0, 0]);
 * ```
 */
export function normalizeRows(matrix: Matrix): Matrix {
  const { rows, columns, data } = matrix;
  const normalized = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const begin = row * columns;
    let sum = 0;
    for (let i = begin; i < begin + columns; i++) sum += data[i]! * data[i]!;
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let i = begin; i < begin + columns; i++) normalized[i] = data[i]! * scale;
  }
  return { rows, columns, data: normalized };
}

/** Copies at most so many rows, at even distances. */
export function sampleRows(matrix: Matrix, most: number): Matrix {
  const count = Math.min(most, matrix.rows);
  return selectRows(
    matrix,
    Uint32Array.from({ length: count }, (_, i) => Math.floor(i * matrix.rows / count)),
  );
}

/** Averages the rows of a matrix. */
export function meanRow(matrix: Matrix): Float32Array {
  const { rows, columns, data } = matrix;
  if (rows === 0) throw new TypeError("Cannot average rows: at least one row is needed, got none");
  const sums = new Float64Array(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) sums[column]! += data[i]!;
  }
  return Float32Array.from(sums, (sum) => sum / rows);
}
