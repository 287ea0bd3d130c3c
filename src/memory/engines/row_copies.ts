/**
 * Finds rows that are equal to others.
 *
 * @module
 */
import { type Matrix, rowOf } from "@/math/matrix.ts";

/** Different rows with one key that another is compared with. */
const MOST_COMPARED = 8;

/**
 * Finds rows that equal lower ones. Only rows with equal keys are compared, and of these only with the
 * eight lowest different ones: rows that are missed take time where they are searched, nothing else.
 *
 * @param rows The rows; left unchanged.
 * @param keys A number per row that is the same for equal rows and hardly ever for others, such as its
 *   length. A row whose key is NaN equals none.
 * @returns For every row that has copies, by the number of the lowest, the higher ones in order. Zero
 *   equals minus zero.
 * @throws {TypeError} If there is not one key per row.
 *
 * @example One row twice, and another of the same length
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { findCopies } from "@/memory/engines/row_copies.ts";
 *
 * const copies = findCopies(matrixOf([[3, 4], [0, 5], [3, 4]]), Float64Array.of(5, 5, 5));
 * assert.deepEqual([...copies], [[0, [2]]]);
 * ```
 */
export function findCopies(rows: Matrix, keys: Float64Array): ReadonlyMap<number, number[]> {
  if (keys.length !== rows.rows) {
    throw new TypeError(
      `Cannot find copies of rows: one key per row is needed, got ${keys.length} for ${rows.rows} rows`,
    );
  }
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const copies = new Map<number, number[]>();
  let key = NaN;
  /** Different rows with this key. */
  let originals: number[] = [];
  for (const row of order) {
    if (keys[row] !== key) {
      key = keys[row]!;
      originals = [];
    }
    const original = originals.find((other) => areEqual(rowOf(rows, row), rowOf(rows, other)));
    if (original !== undefined) {
      const known = copies.get(original);
      if (known === undefined) copies.set(original, [row]);
      else known.push(row);
    } else if (originals.length < MOST_COMPARED) originals.push(row);
  }
  return copies;
}

function areEqual(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
