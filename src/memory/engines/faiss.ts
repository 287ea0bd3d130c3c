/**
 * Nearest neighbours through faiss-node's flat index, which is exact as well.
 *
 * Slower than `onnxSearch` and here for comparison and for files that other programs read. Every
 * search of faiss-node 0.5.1 leaks a copy of its queries, and some wrong arguments end the whole
 * process: they are all checked before.
 *
 * @module
 */
import { type Matrix, rowOf } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import {
  checkSearch,
  type NeighborIndex,
  type Neighbors,
  type NeighborSearch,
  plainSearch,
} from "@/memory/neighbor_search.ts";

/** What is needed of an index of faiss-node. */
export interface FaissIndex {
  /** Finds up to `k` rows for every query, nearest first; -1 where there is none. */
  search(queries: number[], k: number): { readonly labels: readonly number[] };
}

/** Rows handed over at once: faiss-node takes lists of numbers, 8 bytes each. */
const rowsAtOnce = 1024;

/**
 * Exact search through faiss-node.
 *
 * The distances of the rows found are computed anew from the rows, as `onnxSearch` does.
 *
 * @example A clear message where faiss-node has not been built
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { faissSearch } from "@/memory/engines/faiss.ts";
 *
 * const outcome = await faissSearch.build(matrixOf([[0, 0], [3, 4]])).then(
 *   async (index) => (await index.search(matrixOf([[3, 3]]), 1)).indices[0],
 *   (error: Error) => error.message.includes("deno task setup"),
 * );
 * assert.ok(outcome === 1 || outcome === true);
 * ```
 */
export const faissSearch: NeighborSearch = {
  name: "faiss",
  build: async (rows) => {
    checkFaissRows(rows);
    const faiss = await loadFaiss();
    const index = new faiss.IndexFlatL2(rows.columns);
    for (const part of inParts(rows)) index.add(part);
    return wrapFaissIndex(rows, index);
  },
};

/**
 * Checks that faiss can hold rows.
 *
 * @param rows The rows.
 * @throws {RangeError} If there is no row or no column.
 *
 * @example No row
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkFaissRows } from "@/memory/engines/faiss.ts";
 *
 * const rows = { rows: 0, columns: 4, data: new Float32Array(0) };
 * assert.throws(() => checkFaissRows(rows), /got 0 × 4$/);
 * ```
 */
export function checkFaissRows(rows: Matrix): void {
  if (rows.rows < 1 || rows.columns < 1) {
    throw new RangeError(
      `Cannot build a faiss index: at least one row and one column are needed, ` +
        `got ${rows.rows} × ${rows.columns}`,
    );
  }
}

/**
 * Makes an index of this program out of one of faiss.
 *
 * Distances are computed anew from the rows. A query for which faiss finds fewer rows than wanted, as
 * approximate indexes may, is compared with all rows.
 *
 * @param rows The rows that the faiss index holds, in order.
 * @param index The faiss index.
 * @returns The index.
 *
 * @example Whatever answers like faiss
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { wrapFaissIndex } from "@/memory/engines/faiss.ts";
 *
 * const search = () => ({ labels: [1] });
 * const index = wrapFaissIndex(matrixOf([[0], [5]]), { search });
 * assert.deepEqual([...(await index.search(matrixOf([[3]]), 1)).squaredDistances], [4]);
 * ```
 */
export function wrapFaissIndex(rows: Matrix, index: FaissIndex): NeighborIndex {
  let isOpen = true;
  return {
    rows: rows.rows,
    columns: rows.columns,
    search: async (queries, k) => {
      if (!isOpen) throw new TypeError("Cannot search neighbors: the index is closed");
      checkSearch(rows, { columns: queries.columns, k });
      const found: Neighbors = {
        k,
        squaredDistances: new Float32Array(queries.rows * k),
        indices: new Int32Array(queries.rows * k),
      };
      let query = 0;
      for (const part of inParts(queries)) {
        const { labels } = index.search(part, k);
        for (let begin = 0; begin < labels.length; begin += k, query++) {
          await keepNeighbors(found, {
            rows,
            queries,
            query,
            labels: labels.slice(begin, begin + k),
          });
        }
      }
      return found;
    },
    close: () => {
      isOpen = false;
      return Promise.resolve();
    },
  };
}

async function keepNeighbors(
  { k, indices, squaredDistances }: Neighbors,
  answer: { rows: Matrix; queries: Matrix; query: number; labels: readonly number[] },
): Promise<void> {
  const { rows, queries, query, labels } = answer;
  const vector = rowOf(queries, query);
  if (labels.includes(-1)) {
    const all = await (await plainSearch.build(rows)).search(
      { rows: 1, columns: queries.columns, data: vector },
      k,
    );
    indices.set(all.indices, query * k);
    squaredDistances.set(all.squaredDistances, query * k);
    return;
  }
  for (const [j, label] of labels.entries()) {
    indices[query * k + j] = label;
    squaredDistances[query * k + j] = squaredDistance(vector, rowOf(rows, label));
  }
}

/**
 * Takes a matrix apart as faiss-node wants it.
 *
 * @param matrix The matrix; left unchanged.
 * @returns The values of up to 1,024 rows at a time.
 * @throws {RangeError} If a value is not finite.
 *
 * @example Two rows at once
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { inParts } from "@/memory/engines/faiss.ts";
 *
 * assert.deepEqual([...inParts(matrixOf([[1, 2], [3, 4]]))], [[1, 2, 3, 4]]);
 * ```
 */
export function* inParts({ columns, data }: Matrix): Generator<number[]> {
  const size = rowsAtOnce * columns;
  for (let begin = 0; begin < data.length; begin += size) {
    const part = Array.from(data.subarray(begin, begin + size));
    const unusable = part.findIndex((value) => !Number.isFinite(value));
    if (unusable !== -1) {
      throw new RangeError(
        `Cannot use faiss: values must be finite, got ${part[unusable]} ` +
          `in row ${Math.floor((begin + unusable) / columns)}`,
      );
    }
    yield part;
  }
}

/**
 * Loads faiss-node, whose native part may not have been built.
 *
 * @returns What it exports.
 * @throws {Error} If it cannot be loaded.
 *
 * @example A flat index, where faiss-node has been built
 * ```ts
 * import { loadFaiss } from "@/memory/engines/faiss.ts";
 *
 * const faiss = await loadFaiss().catch(() => null);
 * if (faiss !== null) new faiss.IndexFlatL2(3);
 * ```
 */
export async function loadFaiss(): Promise<typeof import("faiss-node")> {
  try {
    const { default: faiss } = await import("faiss-node");
    return faiss as unknown as typeof import("faiss-node");
  } catch (error) {
    throw new Error(
      'Cannot load faiss-node: its native part must have been built, run "deno task setup" for it, ' +
        "or set MODEL.neighbor_search=onnx",
      { cause: error },
    );
  }
}
