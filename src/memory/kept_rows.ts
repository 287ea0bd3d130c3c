/**
 * The patch embeddings that a bank keeps, in memory or fetched when they are needed.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";

/** Rows that can be had. */
export interface KeptRows {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** Gives the rows, which are not to be changed. */
  load(): Promise<Matrix>;
}

/**
 * Rows that stay in memory.
 *
 * @param matrix The rows.
 * @returns The same rows, there at once whenever they are asked for.
 *
 * @example Two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { residentRows } from "@/memory/kept_rows.ts";
 *
 * const matrix = matrixOf([[1], [2]]);
 * const kept = residentRows(matrix);
 * assert.equal(kept.rows, 2);
 * assert.equal(await kept.load(), matrix);
 * ```
 */
export function residentRows(matrix: Matrix): KeptRows {
  const { rows, columns } = matrix;
  return { rows, columns, load: () => Promise.resolve(matrix) };
}

/**
 * The rows themselves, whether they are at hand or must be fetched.
 *
 * @param rows A matrix, or rows that can be had.
 * @returns The matrix.
 *
 * @example Either
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { loadRows, residentRows } from "@/memory/kept_rows.ts";
 *
 * const matrix = matrixOf([[1]]);
 * assert.equal(await loadRows(matrix), matrix);
 * assert.equal(await loadRows(residentRows(matrix)), matrix);
 * ```
 */
export async function loadRows(rows: Matrix | KeptRows): Promise<Matrix> {
  return "load" in rows ? await rows.load() : rows;
}
