/**
 * The nearest-neighbour interface, and the plain search that others are checked against.
 *
 * @module
 */
import { type Matrix, rowOf } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";

/** The `k` nearest rows of every query, nearest first; entry `q · k + j` is query `q`'s `j`-th. */
export interface Neighbors {
  /** Neighbours per query. */
  readonly k: number;
  /** Squared Euclidean distances, never negative. */
  readonly squaredDistances: Float32Array;
  /** Row numbers in the searched matrix. */
  readonly indices: Int32Array;
}

/** Rows made ready for searching. */
export interface NeighborIndex {
  /** Number of rows searched. */
  readonly rows: number;
  /** Width of rows and queries. */
  readonly columns: number;
  /** Finds the `k` nearest rows of every query. */
  search(queries: Matrix, k: number): Promise<Neighbors>;
  /** Frees native memory; the index must not be used afterwards. */
  close(): Promise<void>;
}

/** A way of searching nearest neighbours. */
export interface NeighborSearch {
  /** Name in configurations and results. */
  readonly name: string;
  /** Makes rows ready for searching; the matrix must not change while the index lives. */
  build(rows: Matrix): Promise<NeighborIndex>;
}

/** Checks the arguments of a search, for every implementation alike. */
export function checkSearch(
  index: { rows: number; columns: number },
  request: { columns: number; k: number },
): void {
  if (request.columns !== index.columns) {
    throw new TypeError(
      `Cannot search neighbors: queries must have ${index.columns} columns, got ${request.columns}`,
    );
  }
  if (!Number.isInteger(request.k) || request.k < 1 || request.k > index.rows) {
    throw new RangeError(
      `Cannot search neighbors: k must be an integer from 1 to ${index.rows}, got ${request.k}`,
    );
  }
}

/**
 * Searches by comparing every query with every row; the oracle for faster searches.
 *
 * Ties go to the lower row number. Takes O(queries × rows × columns) time.
 *
 * @example The nearest of two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { plainSearch } from "@/memory/mod.ts";
 *
 * const index = await plainSearch.build(matrixOf([[0, 0], [3, 4]]));
 * const { indices, squaredDistances } = await index.search(matrixOf([[3, 3]]), 2);
 * assert.deepEqual([...indices], [1, 0]);
 * assert.deepEqual([...squaredDistances], [1, 18]);
 * ```
 */
export const plainSearch: NeighborSearch = {
  name: "plain",
  build: (rows) =>
    Promise.resolve({
      rows: rows.rows,
      columns: rows.columns,
      search: (queries, k) =>
        new Promise((resolve) => {
          checkSearch(rows, { columns: queries.columns, k });
          resolve(searchPlainly(rows, queries, k));
        }),
      close: () => Promise.resolve(),
    }),
};

function searchPlainly(rows: Matrix, queries: Matrix, k: number): Neighbors {
  const squaredDistances = new Float32Array(queries.rows * k).fill(Infinity);
  const indices = new Int32Array(queries.rows * k).fill(-1);
  for (let query = 0; query < queries.rows; query++) {
    const begin = query * k;
    const vector = rowOf(queries, query);
    for (let row = 0; row < rows.rows; row++) {
      const distance = Math.fround(squaredDistance(vector, rowOf(rows, row)));
      let slot = begin + k;
      while (slot > begin && distance < squaredDistances[slot - 1]!) {
        if (slot < begin + k) {
          squaredDistances[slot] = squaredDistances[slot - 1]!;
          indices[slot] = indices[slot - 1]!;
        }
        slot--;
      }
      if (slot < begin + k) {
        squaredDistances[slot] = distance;
        indices[slot] = row;
      }
    }
  }
  return { k, squaredDistances, indices };
}
