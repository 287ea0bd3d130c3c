/**
 * Perpendicular rows of length 1 that span what given rows span, and a bound on how far a linear
 * map stretches.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";

/**
 * Makes rows perpendicular to each other and 1 long, in order: row `i` of the result lies in the
 * span of the first `i + 1` rows given, and is zero where that adds nothing.
 *
 * Gram–Schmidt by way of the Cholesky factor of the rows' inner products, in 64-bit floats;
 * takes O(rows² × columns) time.
 */
export function orthonormalRows(matrix: Matrix): Matrix {
  const { rows, columns } = matrix;
  const basis = Float64Array.from(matrix.data);
  const factor = innerProducts(matrix);
  for (let i = 0; i < rows; i++) {
    const row = basis.subarray(i * columns, (i + 1) * columns);
    const before = factor[i * rows + i]!;
    for (let j = 0; j < i; j++) {
      let along = factor[i * rows + j]!;
      for (let l = 0; l < j; l++) along -= factor[i * rows + l]! * factor[j * rows + l]!;
      const scale = factor[j * rows + j]!;
      along = scale === 0 ? 0 : along / scale;
      factor[i * rows + j] = along;
      if (along !== 0) subtractMultiple(row, along, basis.subarray(j * columns, (j + 1) * columns));
    }
    let left = 0;
    for (let column = 0; column < columns; column++) left += row[column]! * row[column]!;
    const length = left > DEPENDENT * before ? Math.sqrt(left) : 0;
    factor[i * rows + i] = length;
    for (let column = 0; column < columns; column++) {
      row[column] = length === 0 ? 0 : row[column]! / length;
    }
  }
  return { rows, columns, data: Float32Array.from(basis) };
}

/** A row of which less than this share of its squared length is left counts as dependent. */
const DEPENDENT = 1e-10;

/**
 * Bounds how far a linear map stretches: the squared length of its result is at most this many
 * times that of its argument.
 *
 * It is the largest sum of magnitudes in a row of the map's inner products, at least their
 * largest eigenvalue (Gershgorin): 1, or very little more, for perpendicular rows of length 1.
 */
export function stretchOf(map: Matrix): number {
  const products = innerProducts(map);
  let most = 0;
  for (let i = 0; i < map.rows; i++) {
    let sum = 0;
    for (let j = 0; j < map.rows; j++) {
      sum += Math.abs(products[Math.max(i, j) * map.rows + Math.min(i, j)]!);
    }
    most = Math.max(most, sum);
  }
  return most * (1 + 1e-9);
}

/** Inner products of all pairs of rows, in the lower triangle. */
function innerProducts({ rows, columns, data }: Matrix): Float64Array {
  const products = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      const a = i * columns, b = j * columns;
      let s0 = 0, s1 = 0;
      const even = columns & ~1;
      for (let column = 0; column < even; column += 2) {
        s0 += data[a + column]! * data[b + column]!;
        s1 += data[a + column + 1]! * data[b + column + 1]!;
      }
      if (even < columns) s0 += data[a + even]! * data[b + even]!;
      products[i * rows + j] = s0 + s1;
    }
  }
  return products;
}

function subtractMultiple(row: Float64Array, along: number, other: Float64Array): void {
  for (let column = 0; column < row.length; column++) row[column]! -= along * other[column]!;
}
