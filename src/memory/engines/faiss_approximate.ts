/**
 * Approximate nearest neighbours through faiss-node: an inverted file, or a graph.
 *
 * Here for comparison: they find most of the nearest rows and now and then another one, and at the
 * sizes of a memory bank they are slower than the exact `onnxSearch` (`deno task bench:search`).
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Matrix } from "@/math/matrix.ts";
import {
  checkFaissRows,
  faissSearch,
  inParts,
  loadFaiss,
  wrapFaissIndex,
} from "@/memory/engines/faiss.ts";
import { sampleRows } from "@/memory/engines/neighbor_kernel.ts";
import type { NeighborSearch } from "@/memory/neighbor_search.ts";

/** Rows per cell that k-means needs to place its centers. */
const ROWS_PER_CELL = 39;

/** Cells that are searched for every query. */
const CELLS_SEARCHED = 4;

/** Where the file of an inverted index has its numbers of cells and of cells searched. */
const CELLS_AT = 37, CELLS_SEARCHED_AT = 45;

/** Links per row of the graph. */
const LINKS = 32;

/**
 * An inverted file (Jégou, Douze, Schmid, 2011): rows in about √rows cells around k-means centers, of
 * which the four nearest to a query are searched. A flat index where there are too few rows for two.
 *
 * @example A clear message where faiss-node has not been built
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { ivfSearch } from "@/memory/engines/faiss_approximate.ts";
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

/**
 * A navigable graph (Malkov, Yashunin, 2018) with 32 links per row and the breadth of search that
 * faiss sets, 16.
 *
 * @example A clear message where faiss-node has not been built
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { hnswSearch } from "@/memory/engines/faiss_approximate.ts";
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

/** About √rows, as long as there are enough rows per cell. */
function countCells(rows: number): number {
  return Math.max(1, Math.min(Math.floor(Math.sqrt(rows)), Math.floor(rows / ROWS_PER_CELL)));
}

/** Sets how many cells are searched: faiss-node has no call for it, but the index's file has the number. */
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
