/**
 * Nearest neighbours through faiss-node: its flat index, which is exact, and two approximate
 * ones, an inverted file and a graph.
 *
 * Here for comparison, and for files that other programs read: all are slower than the exact
 * `onnxSearch` at the sizes of a memory bank (`deno task bench:search`), and the approximate
 * ones find most of the nearest rows and now and then another one.
 *
 * Every search of faiss-node 0.5.1 leaks a copy of its queries, and some wrong arguments end the
 * whole process: they are all checked before.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { type Matrix, rowOf, sampleRows } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import {
  checkSearch,
  type NeighborIndex,
  type Neighbors,
  type NeighborSearch,
  plainSearch,
} from "@/memory/neighbor_search.ts";

/**
 * Exact search through faiss-node.
 *
 * The distances of the rows found are computed anew from the rows, as `onnxSearch` does.
 *
 * @example A clear message where faiss-node has not been built
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { faissSearch } from "@/memory/mod.ts";
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

/** Checks that faiss can hold rows. */
function checkFaissRows(rows: Matrix): void {
  if (rows.rows < 1 || rows.columns < 1) {
    throw new RangeError(
      `Cannot build a faiss index: at least one row and one column are needed, ` +
        `got ${rows.rows} × ${rows.columns}`,
    );
  }
}

/** What is needed of an index of faiss-node. */
export interface FaissIndex {
  /** Finds up to `k` rows for every query, nearest first; -1 where there is none. */
  search(queries: number[], k: number): { readonly labels: readonly number[] };
}

/**
 * Makes an index of this program out of one of faiss.
 *
 * Distances are computed anew from the rows. A query for which faiss finds fewer rows than wanted,
 * as approximate indexes may, is compared with all rows.
 */
function wrapFaissIndex(rows: Matrix, index: FaissIndex): NeighborIndex {
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

/** Rows handed over at once: faiss-node takes lists of numbers, 8 bytes each. */
const rowsAtOnce = 1024;

/** Takes a matrix apart as faiss-node wants it. */
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

/** Loads faiss-node, whose native part may not have been built. */
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

/** Rows per cell that k-means needs to place its centers. */
const ROWS_PER_CELL = 39;

/** Cells that are searched for every query. */
const CELLS_SEARCHED = 4;

/** Where the file of an inverted index has its numbers of cells and of cells searched. */
const CELLS_AT = 37, CELLS_SEARCHED_AT = 45;

/**
 * An inverted file (Jégou, Douze, Schmid, 2011): rows in about √rows cells around k-means centers,
 * of which the four nearest to a query are searched. A flat index where there are too few rows for
 * two.
 *
 * @example A clear message where faiss-node has not been built
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { ivfSearch } from "@/memory/mod.ts";
 *
 * const outcome = await ivfSearch.build(matrixOf([[0, 0], [3, 4]])).then(
 *   async (index) => (await index.search(matrixOf([[3, 3]]), 1)).indices[0],
 *   (error: Error) => error.message.includes("deno task setup"),
 * );
 * assert.ok(outcome === 1 || outcome === true);
 * ```
 */
export const ivfSearch: NeighborSearch = {
  name: "ivf",
  build: async (rows) => {
    checkFaissRows(rows);
    const faiss = await loadFaiss();
    const cells = countCells(rows.rows);
    if (cells < 2) return await faissSearch.build(rows);
    const index = faiss.Index.fromFactory(rows.columns, `IVF${cells},Flat`);
    const sample = sampleRows(rows, 2 * ROWS_PER_CELL * cells);
    index.train([...inParts(sample)].flat());
    for (const part of inParts(rows)) index.add(part);
    const file = index.toBuffer();
    searchCells(file, { rows, cells });
    return wrapFaissIndex(rows, faiss.Index.fromBuffer(file));
  },
};

/** About √rows, as long as there are enough rows per cell. */
function countCells(rows: number): number {
  return Math.max(1, Math.min(Math.floor(Math.sqrt(rows)), Math.floor(rows / ROWS_PER_CELL)));
}

/** Sets how many cells are searched, in the index's file: faiss-node has no call for it. */
function searchCells(file: Buffer, { rows, cells }: { rows: Matrix; cells: number }): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kind = new TextDecoder("latin1").decode(file.subarray(0, 4));
  const found = Number(view.getBigUint64(CELLS_AT, true));
  if (kind !== "IwFl" || found !== cells || view.getInt32(4, true) !== rows.columns) {
    throw new Error(
      `Cannot set up an inverted index: its file must begin with "IwFl" and name ${cells} cells, ` +
        `got ${JSON.stringify(kind)} and ${found}`,
    );
  }
  view.setBigUint64(CELLS_SEARCHED_AT, BigInt(Math.min(CELLS_SEARCHED, cells)), true);
}

/** Links per row of the graph. */
const LINKS = 32;

/**
 * A navigable graph (Malkov, Yashunin, 2018) with 32 links per row and the breadth of search that
 * faiss sets, 16.
 *
 * @example A clear message where faiss-node has not been built
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { hnswSearch } from "@/memory/mod.ts";
 *
 * const outcome = await hnswSearch.build(matrixOf([[0, 0], [3, 4]])).then(
 *   async (index) => (await index.search(matrixOf([[3, 3]]), 1)).indices[0],
 *   (error: Error) => error.message.includes("deno task setup"),
 * );
 * assert.ok(outcome === 1 || outcome === true);
 * ```
 */
export const hnswSearch: NeighborSearch = {
  name: "hnsw",
  build: async (rows) => {
    checkFaissRows(rows);
    const faiss = await loadFaiss();
    const index = faiss.Index.fromFactory(rows.columns, `HNSW${LINKS},Flat`);
    for (const part of inParts(rows)) index.add(part);
    return wrapFaissIndex(rows, index);
  },
};
