/**
 * Nearest neighbours through faiss-node's flat index, which is exact as well.
 *
 * Slower than `onnxSearch` and here for comparison and for files that other programs read. Every
 * search of faiss-node 0.5.1 leaks a copy of its queries, and some wrong arguments end the whole
 * process: they are all checked before.
 *
 * @module
 */
import type { IndexFlatL2 } from "faiss-node";
import { type Matrix, rowOf } from "@/matrix.ts";
import { checkSearch, type Neighbors, type NeighborSearch } from "@/neighbor_search.ts";
import { squaredDistance } from "@/distances.ts";

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
 * import { faissSearch } from "@/io/faiss.ts";
 * import { matrixOf } from "@/matrix.ts";
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
    const index = await buildFlatIndex(rows);
    let isOpen = true;
    return {
      rows: rows.rows,
      columns: rows.columns,
      search: (queries, k) =>
        new Promise((resolve) => {
          if (!isOpen) throw new TypeError("Cannot search neighbors: the index is closed");
          checkSearch(rows, { columns: queries.columns, k });
          resolve(searchFlatIndex(index, { rows, queries, k }));
        }),
      close: () => {
        isOpen = false;
        return Promise.resolve();
      },
    };
  },
};

async function buildFlatIndex(rows: Matrix): Promise<IndexFlatL2> {
  if (rows.rows < 1 || rows.columns < 1) {
    throw new RangeError(
      `Cannot build a faiss index: at least one row and one column are needed, ` +
        `got ${rows.rows} × ${rows.columns}`,
    );
  }
  const faiss = await loadFaiss();
  const index = new faiss.IndexFlatL2(rows.columns);
  for (const part of inParts(rows)) index.add(part);
  return index;
}

function searchFlatIndex(
  index: IndexFlatL2,
  { rows, queries, k }: { rows: Matrix; queries: Matrix; k: number },
): Neighbors {
  const indices = new Int32Array(queries.rows * k);
  const squaredDistances = new Float32Array(queries.rows * k);
  let position = 0;
  for (const part of inParts(queries)) {
    for (const label of index.search(part, k).labels) {
      const query = rowOf(queries, Math.floor(position / k));
      indices[position] = label;
      squaredDistances[position] = squaredDistance(query, rowOf(rows, label));
      position++;
    }
  }
  return { k, squaredDistances, indices };
}

function* inParts({ columns, data }: Matrix): Generator<number[]> {
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

async function loadFaiss(): Promise<typeof import("faiss-node")> {
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
