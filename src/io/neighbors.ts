/**
 * Exact nearest neighbours as one matrix product in ONNX Runtime.
 *
 * |q − b|² = |q|² + (|b|² − 2 q·b): for each query the rows b are compared by the bracket, which a
 * single Gemm computes for all of them; |q|² is the same for all and left out.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { squaredDistance } from "@/distances.ts";
import { indexEqualRows } from "@/equal_rows.ts";
import { createGraph } from "@/io/onnx_graph.ts";
import { type Matrix, meanRow, rowOf } from "@/matrix.ts";
import {
  checkSearch,
  type NeighborIndex,
  type Neighbors,
  type NeighborSearch,
} from "@/neighbor_search.ts";

/** How the search runs; nothing here changes which rows are found, beyond near ties. */
export interface OnnxSearchOptions {
  /** Threads of ONNX Runtime; default 0: one per core. */
  readonly threads?: number;
  /** Distances held at once, 4 bytes each; default 2^24, which is 64 MiB. */
  readonly block?: number;
}

/** Queries compared at once. */
const queriesAtOnce = 1024;

/**
 * Makes an exact search on ONNX Runtime.
 *
 * Rows and queries are compared in 32-bit floats after subtracting the rows' mean, which keeps the
 * products small; the distances of the rows found are then computed anew from the rows themselves. Rows
 * whose squared distances to a query differ by less than about 1e-6 of their squared distance from the
 * mean may change places; an exact tie goes to the lower row. A row equal to the query is looked up
 * apart from that and comes first whatever the others are, so that a row of the bank is always at
 * distance exactly 0 from itself. Rows and queries are tiled: the memory is bounded by `block` and a
 * copy of the rows.
 *
 * @param options Threads and block size; see `OnnxSearchOptions`.
 * @returns The search; indexes share one session per number of threads.
 * @throws {RangeError} If a number is out of range.
 *
 * @example The nearest of two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { onnxSearch } from "@/io/neighbors.ts";
 * import { matrixOf } from "@/matrix.ts";
 *
 * const index = await onnxSearch().build(matrixOf([[0, 0], [3, 4]]));
 * const { indices, squaredDistances } = await index.search(matrixOf([[3, 3]]), 1);
 * await index.close();
 * assert.deepEqual([indices[0], squaredDistances[0]], [1, 1]);
 * ```
 */
export function onnxSearch(options: OnnxSearchOptions = {}): NeighborSearch {
  const { threads = 0, block = 2 ** 24 } = options;
  for (const [name, value, least] of [["threads", threads, 0], ["block", block, 1]] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot make a neighbor search: ${name} must be an integer from ${least}, got ${value}`,
      );
    }
  }
  return {
    name: "onnx",
    build: (rows) => Promise.resolve().then(() => buildIndex(rows, { threads, block })),
  };
}

function buildIndex(rows: Matrix, options: { threads: number; block: number }): NeighborIndex {
  checkRows(rows);
  const center = meanRow(rows);
  const perTile = Math.max(1, Math.floor(options.block / queriesAtOnce));
  let tiles = makeTiles(subtractRow(rows, center), perTile);
  const findEqual = indexEqualRows(rows);
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
      const session = await openSession(k === 1, options.threads);
      for (let first = 0; first < queries.rows; first += queriesAtOnce) {
        const last = Math.min(first + queriesAtOnce, queries.rows);
        const some: Matrix = {
          rows: last - first,
          columns: queries.columns,
          data: queries.data.subarray(first * queries.columns, last * queries.columns),
        };
        const candidates = await findCandidates(subtractRow(some, center), { session, tiles, k });
        for (let query = 0; query < some.rows; query++) {
          const vector = rowOf(some, query);
          const equal = findEqual(vector);
          if (equal !== -1 && !candidates[query]!.includes(equal)) candidates[query]!.push(equal);
          const ranked = candidates[query]!.map((row) => ({
            row,
            distance: Math.fround(squaredDistance(vector, rowOf(rows, row))),
          })).sort((a, b) => a.distance - b.distance || a.row - b.row);
          for (let j = 0; j < k; j++) {
            const { row, distance } = ranked[j]!;
            if (!Number.isFinite(distance)) {
              throw new RangeError(
                `Cannot search neighbors: queries must be finite, got query ${first + query} ` +
                  `at distance ${distance}`,
              );
            }
            found.indices[(first + query) * k + j] = row;
            found.squaredDistances[(first + query) * k + j] = distance;
          }
        }
      }
      return found;
    },
    close: () => {
      isOpen = false;
      tiles = [];
      return Promise.resolve();
    },
  };
}

/** Consecutive rows as the graph takes them. */
interface Tile {
  readonly first: number;
  readonly rows: number;
  readonly bank: ort.Tensor;
  readonly norms: ort.Tensor;
}

function makeTiles(centered: Matrix, perTile: number): Tile[] {
  const { rows, columns, data } = centered;
  const tiles: Tile[] = [];
  for (let first = 0; first < rows; first += perTile) {
    const count = Math.min(perTile, rows - first);
    const part = data.subarray(first * columns, (first + count) * columns);
    const norms = new Float32Array(count);
    for (let row = 0; row < count; row++) {
      let sum = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) sum += part[i]! * part[i]!;
      norms[row] = sum;
    }
    tiles.push({
      first,
      rows: count,
      bank: new ort.Tensor("float32", part, [count, columns]),
      norms: new ort.Tensor("float32", norms, [1, count]),
    });
  }
  return tiles;
}

/** The `k` best rows of every tile for every query, by rounded distances. */
async function findCandidates(
  queries: Matrix,
  context: { session: ort.InferenceSession; tiles: readonly Tile[]; k: number },
): Promise<number[][]> {
  const candidates = Array.from({ length: queries.rows }, (): number[] => []);
  const tensor = new ort.Tensor("float32", queries.data, [queries.rows, queries.columns]);
  for (const { first, rows, bank, norms } of context.tiles) {
    const k = Math.min(context.k, rows);
    const feeds: Record<string, ort.Tensor> = { queries: tensor, bank, norms };
    if (context.k > 1) feeds.k = new ort.Tensor("int64", BigInt64Array.of(BigInt(k)), [1]);
    const { nearest } = await context.session.run(feeds);
    const rowsFound = nearest!.data as BigInt64Array;
    for (let i = 0; i < rowsFound.length; i++) {
      candidates[Math.floor(i / k)]!.push(first + Number(rowsFound[i]));
    }
  }
  return candidates;
}

const sessions = new Map<string, Promise<ort.InferenceSession>>();

function openSession(single: boolean, threads: number): Promise<ort.InferenceSession> {
  const key = `${single} ${threads}`;
  const existing = sessions.get(key);
  if (existing !== undefined) return existing;
  const session = ort.InferenceSession.create(buildGraph(single), { intraOpNumThreads: threads });
  sessions.set(key, session);
  session.catch(() => sessions.delete(key)); // the next search tries again
  return session;
}

function buildGraph(single: boolean): Uint8Array {
  const graph = createGraph({ name: single ? "nearest row" : "nearest rows" });
  const queries = graph.input("queries", { type: "float32", shape: ["q", "d"] });
  const bank = graph.input("bank", { type: "float32", shape: ["b", "d"] });
  const norms = graph.input("norms", { type: "float32", shape: [1, "b"] });
  const distances = graph.node("Gemm", [queries, bank, norms], {
    alpha: { float: -2 },
    transB: 1,
  });
  if (single) {
    const nearest = graph.node("ArgMin", [distances], { axis: 1, keepdims: 0 });
    graph.output("nearest", nearest, { type: "int64", shape: ["q"] });
  } else {
    const k = graph.input("k", { type: "int64", shape: [1] });
    const [, nearest] = graph.nodes("TopK", [distances, k], {
      outputs: 2,
      attributes: { axis: 1, largest: 0, sorted: 1 },
    });
    graph.output("nearest", nearest!, { type: "int64", shape: ["q", "k"] });
  }
  return graph.encode();
}

function subtractRow({ rows, columns, data }: Matrix, row: Float32Array): Matrix {
  const difference = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += columns) {
    for (let column = 0; column < columns; column++) {
      difference[i + column] = data[i + column]! - row[column]!;
    }
  }
  return { rows, columns, data: difference };
}

function checkRows({ rows, columns, data }: Matrix): void {
  if (rows < 1 || columns < 1) {
    throw new RangeError(
      `Cannot build a neighbor index: at least one row and one column are needed, got ${rows} × ${columns}`,
    );
  }
  const unusable = data.findIndex((value) => !Number.isFinite(value));
  if (unusable !== -1) {
    throw new RangeError(
      `Cannot build a neighbor index: values must be finite, got ${data[unusable]} ` +
        `in row ${Math.floor(unusable / columns)}`,
    );
  }
}
