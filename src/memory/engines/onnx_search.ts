/**
 * Exact nearest neighbours: products of small codes in ONNX Runtime rule most rows out,
 * WebAssembly compares the rest.
 *
 * Rows and queries are described by codes of one byte per coordinate. The product of two codes
 * and the length of what the codes leave out bound the distance from below; only rows whose
 * bound is not above the distance of the nearest row found so far are compared themselves. Once
 * enough queries have come to pay for it, codes along a quarter as many leading principal
 * directions come first. `docs/decisions/0006-exact-search.md` has the bounds and the numbers.
 *
 * Rows lie in one or several parts, as many as the memory of WebAssembly asks for; a part whose
 * codes tell too few of its rows apart is split in two around centers of their own. What is
 * found in each part is merged.
 *
 * @module
 */
import { kmeans } from "@/clustering/kmeans.ts";
import { type Matrix, rowOf, sampleRows, selectRows } from "@/math/matrix.ts";
import { orthonormalRows, stretchOf } from "@/math/orthonormal_rows.ts";
import { createRandom } from "@/math/random.ts";
import { squaredDistance } from "@/math/vectors.ts";
import {
  codeWidth,
  mostKernelRows,
  type NeighborKernel,
  openNeighborKernel,
  QUERIES_AT_ONCE,
} from "@/memory/engines/neighbor_kernel.ts";
import { openSearchGraphs, type SearchGraphs } from "@/memory/engines/search_graphs.ts";
import {
  checkSearch,
  keepNeighbor,
  type NeighborIndex,
  type Neighbors,
  type NeighborSearch,
  noNeighbors,
} from "@/memory/neighbor_search.ts";
import { checkCount } from "@/messages.ts";

/** How the search runs; nothing here changes what is found. */
export interface OnnxSearchOptions {
  /** Threads of ONNX Runtime; default 0: one per core. */
  readonly threads?: number;
  /** Products held at once, one byte each; default 2^19, 256 queries by 2,048 rows. */
  readonly block?: number;
  /**
   * Products of bytes after which leading codes are made, from 0, or `Infinity` for never; default:
   * when as much time would have been saved as it takes, and never for less than 10,000 rows.
   */
  readonly leadAfter?: number;
  /** Most rows that share one copy in WebAssembly's memory; default: what fits into 4 GiB. */
  readonly part?: number;
}

/**
 * Makes an exact search on ONNX Runtime and WebAssembly.
 *
 * It finds what `plainSearch` finds: the same rows, ties to the lower one, and the same distances,
 * to the bit. Memory beside the rows given: a copy of them, a quarter of that for codes (or five
 * sixteenths, where there can be leading codes), and 17 bytes for each of `block` products,
 * whatever the number of queries.
 *
 * @param options Threads and sizes; see `OnnxSearchOptions`.
 * @returns The search; all indexes share the products' graphs.
 * @throws {RangeError} If a number is out of range.
 *
 * @example The nearest of two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { onnxSearch } from "@/memory/mod.ts";
 *
 * const index = await onnxSearch().build(matrixOf([[0, 0], [3, 4]]));
 * const { indices, squaredDistances } = await index.search(matrixOf([[3, 3]]), 1);
 * await index.close();
 * assert.deepEqual([indices[0], squaredDistances[0]], [1, 1]);
 * ```
 */
export function onnxSearch(options: OnnxSearchOptions = {}): NeighborSearch {
  const { threads = 0, block = 2 ** 19, part = Infinity, leadAfter = null } = options;
  const task = "Cannot make a neighbor search";
  checkCount(threads, { task, name: "threads", least: 0 });
  checkCount(block, { task, name: "block", least: 1 });
  if (part !== Infinity) checkCount(part, { task, name: "part", least: 1 });
  if (leadAfter !== null && !(leadAfter >= 0)) {
    throw new RangeError(`${task}: leadAfter must be a number from 0, got ${leadAfter}`);
  }
  const settings = { threads, block, part, leadAfter };
  return {
    name: "onnx",
    build: (rows) => Promise.resolve().then(() => buildIndex(rows, settings)),
  };
}

interface Settings {
  readonly threads: number;
  readonly block: number;
  readonly part: number;
  readonly leadAfter: number | null;
}

/** Some of the rows, with codes. */
interface Part {
  /** Their numbers, in order. */
  readonly numbers: Uint32Array;
  readonly kernel: NeighborKernel;
  /** How often it may still be split. */
  readonly splits: number;
  /** Products of bytes after which leading codes are made. */
  readonly leadAfter: number;
  /** Products of bytes computed so far. */
  spent: number;
  /** Neighbours found so far, which had to be compared. */
  found: number;
  /** The leading directions; none yet, or none any more because they rule too little out. */
  lead: Matrix | null;
  leadWasTried: boolean;
}

function buildIndex(rows: Matrix, settings: Settings): NeighborIndex {
  checkRows(rows);
  const { threads } = settings;
  const size = Math.min(settings.part, mostKernelRows(rows.columns));
  const open = (numbers: Uint32Array, splits: number): Part => {
    const isWhole = numbers.length === rows.rows;
    return openPart(isWhole ? rows : selectRows(rows, numbers), { numbers, splits, settings });
  };
  let parts: Part[] = [];
  for (let first = 0; first < rows.rows; first += size) {
    const length = Math.min(size, rows.rows - first);
    const part = open(Uint32Array.from({ length }, (_, i) => first + i), LOOSE.splits);
    if (!part.kernel.isFinite) throw notFinite(rows);
    parts.push(part);
  }
  const split = (part: Part): Part[] =>
    splitRows(selectRows(rows, part.numbers)).map((chosen) =>
      open(chosen.map((row) => part.numbers[row]!), part.splits - 1)
    );
  let isOpen = true;
  /** The kernels hold one search at a time. */
  let last: Promise<unknown> = Promise.resolve();
  return {
    rows: rows.rows,
    columns: rows.columns,
    search: async (queries, k) => {
      if (!isOpen) throw new TypeError("Cannot search neighbors: the index is closed");
      checkSearch(rows, { columns: queries.columns, k });
      const graphs = await openSearchGraphs(threads);
      const search = last.then(() => searchParts(parts, { graphs, queries, k, rows, split }));
      last = search.catch(() => {});
      return await search;
    },
    close: async () => {
      isOpen = false;
      await last;
      parts = [];
    },
  };
}

function checkRows({ rows, columns }: Matrix): void {
  if (rows < 1 || columns < 1) {
    throw new RangeError(
      `Cannot build a neighbor index: at least one row and one column are needed, got ${rows} × ${columns}`,
    );
  }
}

function notFinite({ columns, data }: Matrix): RangeError {
  const unusable = data.findIndex((value) => !Number.isFinite(value));
  return new RangeError(
    `Cannot build a neighbor index: values must be finite, got ${data[unusable]} ` +
      `in row ${Math.floor(unusable / columns)}`,
  );
}

/** Rows and full coordinates from which leading codes are worth their making. */
const MANY = 10_000, WIDE = 1024;
/** Products of bytes that cost as much as leading codes, as far as these would save them. */
const LEAD_COST = 8e10, LEAD_COST_PER_ROW = 2.5e6;

function openPart(
  rows: Matrix,
  options: { numbers: Uint32Array; splits: number; settings: Settings },
): Part {
  const { numbers, splits, settings } = options;
  const width = codeWidth(rows.columns);
  const usual = rows.rows < MANY || width < WIDE
    ? Infinity
    : LEAD_COST + LEAD_COST_PER_ROW * rows.rows;
  const leadAfter = width < 64 ? Infinity : settings.leadAfter ?? usual;
  const kernel = openNeighborKernel(rows, {
    leadWidth: leadAfter === Infinity ? 0 : Math.min(256, width / 4),
    tileRows: Math.max(1, Math.floor(settings.block / QUERIES_AT_ONCE)),
  });
  const leadWasTried = leadAfter === Infinity;
  return { numbers, kernel, splits, leadAfter, spent: 0, found: 0, lead: null, leadWasTried };
}

async function searchParts(
  parts: Part[],
  request: {
    graphs: SearchGraphs;
    queries: Matrix;
    k: number;
    rows: Matrix;
    split: (part: Part) => Part[];
  },
): Promise<Neighbors> {
  const { graphs, queries, k, rows, split } = request;
  const found = noNeighbors(queries.rows, k);
  for (let first = 0; first < queries.rows; first += QUERIES_AT_ONCE) {
    const some = partOf(queries, first, QUERIES_AT_ONCE);
    for (const part of parts) {
      const near = await searchPart(part, { graphs, queries: some, k });
      const { numbers, kernel: { copies } } = part;
      mergeNeighbors(found, { near, firstQuery: first, numbers, copies });
    }
    const loose = parts.findIndex(isLoose);
    if (loose !== -1) parts.splice(loose, 1, ...split(parts[loose]!));
  }
  const missing = found.indices.indexOf(-1);
  if (missing !== -1) {
    const query = Math.floor(missing / k);
    const vector = rowOf(queries, query);
    let distance = 0;
    for (let row = 0; row < rows.rows && Number.isFinite(distance); row++) {
      distance = Math.fround(squaredDistance(vector, rowOf(rows, row)));
    }
    throw new RangeError(
      `Cannot search neighbors: queries must be finite, got query ${query} at distance ${distance}`,
    );
  }
  return found;
}

function partOf({ rows, columns, data }: Matrix, first: number, size: number): Matrix {
  const count = Math.min(size, rows - first);
  return {
    rows: count,
    columns,
    data: data.subarray(first * columns, (first + count) * columns),
  };
}

/**
 * A part of whose rows more than a share is compared is split in two, each with a center of its
 * own, once the comparisons have cost as much: so many, and so many per row. No more than four
 * times.
 */
const LOOSE = { share: 0.05, comparisons: 250_000, perRow: 100, splits: 4 };

/** Whether codes tell too few of a part's rows apart. */
function isLoose({ kernel, splits, spent, found }: Part): boolean {
  const wasted = kernel.counts.verified - found;
  return splits > 0 && wasted > LOOSE.comparisons + LOOSE.perRow * kernel.rows &&
    wasted > LOOSE.share * spent / kernel.width;
}

/**
 * A row that the leading codes do not rule out costs as much as this many coordinates of full
 * codes: what remains to be ruled out must be rarer than what the shorter codes save.
 */
const COORDINATES_PER_SURVIVOR = 33_000;

/** Up to 256 queries against one part; the result is the kernel's own memory. */
async function searchPart(
  part: Part,
  request: { graphs: SearchGraphs; queries: Matrix; k: number },
): Promise<Neighbors> {
  const { kernel } = part;
  const { graphs, queries, k } = request;
  if (!part.leadWasTried && part.spent >= part.leadAfter) {
    part.leadWasTried = true;
    part.lead = await makeLeadingCodes(kernel, { graphs, columns: queries.columns });
  }
  const { lead } = part;
  const isLead = lead !== null;
  const width = isLead ? kernel.leadWidth : kernel.width;
  const count = queries.rows;
  const nearest = Math.min(k, kernel.rows);
  kernel.startSearch(queries.data, { count, k: nearest, turn: !isLead });
  if (isLead) {
    await graphs.project({ ...queries, data: kernel.queries(count) }, {
      center: kernel.center,
      map: lead,
      results: kernel.coordinates(count),
    });
    kernel.encodeLeadQueries(count);
  }
  const before = kernel.counts.survivors;
  const unit = kernel.begin(isLead, count);
  for (let first = 0; first < kernel.rows; first += kernel.tileRows) {
    const tile = { first, count: Math.min(kernel.tileRows, kernel.rows - first), queries: count };
    await graphs.multiply({
      rows: kernel.rowCodes(isLead, first, tile.count),
      queries: kernel.queryCodes(isLead),
      width,
      unit,
      products: kernel.products(tile.count),
    });
    kernel.screen(isLead, tile);
  }
  kernel.finish(isLead, count);
  part.spent += count * kernel.rows * width;
  part.found += count * nearest;
  const share = (kernel.counts.survivors - before) / (count * kernel.rows);
  if (isLead && share > (kernel.width - width) / COORDINATES_PER_SURVIVOR) part.lead = null;
  return { k: nearest, indices: kernel.indices(count), squaredDistances: kernel.distances(count) };
}

/** Finds the directions in which the rows vary most, and gives the rows codes along them. */
async function makeLeadingCodes(
  kernel: NeighborKernel,
  { graphs, columns }: { graphs: SearchGraphs; columns: number },
): Promise<Matrix | null> {
  const all: Matrix = { rows: kernel.rows, columns, data: kernel.rowsFrom(0, kernel.rows) };
  const map = await findLeadingDirections(all, {
    count: kernel.leadWidth - 1,
    center: kernel.center,
    graphs,
  });
  const stretch = stretchOf(map);
  if (!(stretch > 0 && stretch < 1.01)) return null;
  const padded = {
    rows: kernel.leadWidth,
    columns,
    data: new Float32Array(kernel.leadWidth * columns),
  };
  padded.data.set(map.data);
  kernel.startLead(stretch);
  for (let first = 0; first < kernel.rows; first += kernel.tileRows) {
    const count = Math.min(kernel.tileRows, kernel.rows - first);
    await graphs.project({ rows: count, columns, data: kernel.rowsFrom(first, count) }, {
      center: kernel.center,
      map: padded,
      results: kernel.coordinates(count),
    });
    kernel.encodeLeadRows(first, count);
  }
  kernel.finishLead();
  return padded;
}

/** What was found in one part, and where it belongs. */
export interface PartialNeighbors {
  /** Neighbours of consecutive queries; row -1 where there is none. */
  readonly near: Neighbors;
  /** Number of the first of these queries among all. */
  readonly firstQuery: number;
  /** Number of each of the part's rows among all. */
  readonly numbers: ArrayLike<number>;
  /** Rows of the part, ascending, that equal one of it and were left out of the search. */
  readonly copies: ReadonlyMap<number, readonly number[]>;
}

/**
 * Adds the neighbours in one part of the rows to those found in others, nearest first; a tie goes
 * to the lower number.
 */
export function mergeNeighbors(found: Neighbors, part: PartialNeighbors): void {
  const { near, firstQuery, numbers, copies } = part;
  for (let i = 0; i < near.indices.length; i++) {
    const row = near.indices[i]!;
    if (row === -1) continue;
    const query = firstQuery + Math.floor(i / near.k);
    const distance = near.squaredDistances[i]!;
    keepNeighbor(found, { query, row: numbers[row]!, distance });
    if (found.k === 1) continue;
    for (const copy of copies.get(row) ?? []) {
      if (!keepNeighbor(found, { query, row: numbers[copy]!, distance })) break;
    }
  }
}

/** Rows that the centers are found from. */
const SPLIT_SAMPLE = 512;

/** Splits rows around the two centers that k-means finds among at most 512 of them. */
export function splitRows(rows: Matrix): Uint32Array[] {
  const sample = sampleRows(rows, SPLIT_SAMPLE);
  const clusters = Math.min(2, rows.rows);
  const { centers } = kmeans(sample, { clusters, seed: 0, restarts: 3, maxIterations: 10 });
  const parts: number[][] = Array.from({ length: centers.rows }, () => []);
  for (let row = 0; row < rows.rows; row++) {
    const vector = rowOf(rows, row);
    let nearest = 0, least = Infinity;
    for (let center = 0; center < centers.rows; center++) {
      const distance = squaredDistance(vector, rowOf(centers, center));
      if (distance < least) [nearest, least] = [center, distance];
    }
    parts[nearest]!.push(row);
  }
  return parts.filter((part) => part.length > 0).map((part) => Uint32Array.from(part));
}

/** Rows that the directions are found from. */
const DIRECTION_SAMPLE = 2048;

/** Multiplications with the covariance. */
const STEPS = 2;

/**
 * Finds directions that hold about as much of the rows' variance as any others do: two steps of
 * subspace iteration (Halko, Martinsson, Tropp, 2011) on a sample of the rows.
 *
 * Quick and rough, for many wide rows: `principalComponents` finds each direction precisely and in
 * order; here only the space that they span matters, and that nearly all variance lies in it.
 */
export async function findLeadingDirections(
  rows: Matrix,
  options: { count: number; center: Float32Array; graphs: SearchGraphs },
): Promise<Matrix> {
  const { count, center, graphs } = options;
  const { columns } = rows;
  const sample = sampleRows(rows, DIRECTION_SAMPLE);
  for (let row = 0, i = 0; row < sample.rows; row++) {
    for (let column = 0; column < columns; column++, i++) sample.data[i]! -= center[column]!;
  }
  const random = createRandom(0, "leading directions");
  let directions: Matrix = {
    rows: count,
    columns,
    data: Float32Array.from({ length: count * columns }, () => random.next() - 0.5),
  };
  for (let step = 0; step < STEPS; step++) {
    directions = orthonormalRows(await graphs.turn(sample, directions));
  }
  return directions;
}
