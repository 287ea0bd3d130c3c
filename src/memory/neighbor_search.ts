/**
 * The nearest-neighbour interface, and the plain search that others are checked against.
 *
 * @module
 */
import { type Matrix, rowOf } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { checkCount } from "@/messages.ts";

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
  checkCount(request.k, { task: "Cannot search neighbors", name: "k", most: index.rows });
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
  const found = noNeighbors(queries.rows, k);
  for (let query = 0; query < queries.rows; query++) {
    const vector = rowOf(queries, query);
    for (let row = 0; row < rows.rows; row++) {
      const distance = Math.fround(squaredDistance(vector, rowOf(rows, row)));
      keepNeighbor(found, { query, row, distance });
    }
  }
  return found;
}

/** Room for the neighbours of some queries: rows -1 at an infinite distance. */
export function noNeighbors(queries: number, k: number): Neighbors {
  return {
    k,
    squaredDistances: new Float32Array(queries * k).fill(Infinity),
    indices: new Int32Array(queries * k).fill(-1),
  };
}

/**
 * Gives a row its place among the neighbours of a query, a tie to the lower row; tells whether
 * there is one for it.
 */
export function keepNeighbor(
  { k, squaredDistances, indices }: Neighbors,
  { query, row, distance }: { query: number; row: number; distance: number },
): boolean {
  const begin = query * k;
  let slot = begin + k;
  while (slot > begin) {
    const before = squaredDistances[slot - 1]!;
    if (!(distance < before || (distance === before && row < indices[slot - 1]!))) break;
    if (slot < begin + k) {
      squaredDistances[slot] = before;
      indices[slot] = indices[slot - 1]!;
    }
    slot--;
  }
  if (slot === begin + k) return false;
  squaredDistances[slot] = distance;
  indices[slot] = row;
  return true;
}
