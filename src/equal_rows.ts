/**
 * Looks a vector up among the rows of a matrix: a hash table of rows with linear probing.
 *
 * Rounded distances cannot tell a row from others that are almost the same; this can.
 *
 * @module
 */
import { type Matrix, rowOf } from "@/matrix.ts";

/**
 * Makes the rows of a matrix ready to be looked up.
 *
 * Building takes O(rows × columns) time and O(rows) memory, a look-up O(columns) time. Every row that
 * was met before costs one comparison, so that many equal rows are no slower than different ones.
 *
 * @param matrix The rows; they must not change while the returned function is used.
 * @returns A function from a vector to the lowest row with equal values, or -1 if there is none; it
 * throws a `TypeError` if the vector is not as wide as the rows. Zero equals minus zero, and NaN
 * nothing.
 *
 * @example A vector that is there twice and one that is not
 * ```ts
 * import assert from "node:assert/strict";
 * import { indexEqualRows } from "@/equal_rows.ts";
 * import { matrixOf } from "@/matrix.ts";
 *
 * const findEqual = indexEqualRows(matrixOf([[0, 0], [3, 4], [3, 4]]));
 *
 * assert.equal(findEqual(Float32Array.of(3, 4)), 1);
 * assert.equal(findEqual(Float32Array.of(4, 3)), -1);
 * ```
 */
export function indexEqualRows(matrix: Matrix): (vector: Float32Array) => number {
  const slots = 2 ** Math.ceil(Math.log2(2 * matrix.rows + 1));
  /** Row number plus one; 0 is an empty slot. */
  const table = new Int32Array(slots);
  const hashes = new Int32Array(matrix.rows);
  const findSlot = (vector: Float32Array, hash: number): number => {
    let slot = hash & (slots - 1);
    while (table[slot] !== 0) {
      const row = table[slot]! - 1;
      if (hashes[row] === hash && areEqual(vector, rowOf(matrix, row))) break;
      slot = (slot + 1) & (slots - 1);
    }
    return slot;
  };
  for (let row = 0; row < matrix.rows; row++) {
    const vector = rowOf(matrix, row);
    const hash = hashOf(vector);
    hashes[row] = hash;
    const slot = findSlot(vector, hash);
    if (table[slot] === 0) table[slot] = row + 1;
  }
  return (vector) => {
    if (vector.length !== matrix.columns) {
      throw new TypeError(
        `Cannot look a vector up: it must have ${matrix.columns} values like the rows, ` +
          `got ${vector.length}`,
      );
    }
    return table[findSlot(vector, hashOf(vector))]! - 1;
  };
}

/** Mixes the bits of the values, minus zero as zero. */
function hashOf(vector: Float32Array): number {
  const bits = new Int32Array(vector.buffer, vector.byteOffset, vector.length);
  let hash = 0;
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i] === -0x80000000 ? 0 : bits[i]!;
    hash = Math.imul((hash << 5 | hash >>> 27) ^ value, 0x9e3779b1);
  }
  return hash ^ hash >>> 15;
}

function areEqual(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
