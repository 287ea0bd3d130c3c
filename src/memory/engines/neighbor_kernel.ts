/**
 * The WebAssembly part of the exact nearest-neighbour search: codes of rows and queries, bounds
 * on their distances, and the distances of the rows that the bounds leave.
 *
 * The products of codes are computed outside; how all parts go together is said in
 * `onnx_search.ts`, and why no nearest row is lost in `docs/decisions/0006-exact-search.md`.
 * Rows that are equal to others are found beforehand and left out of the search.
 *
 * @module
 */
import { NEIGHBOR_KERNEL } from "@/kernels/neighbor.ts";
import { growMemory, MOST_KERNEL_BYTES, openKernel } from "@/kernels/open.ts";
import { type Matrix, meanRow, rowOf, sampleRows } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";

/** Queries that a kernel takes at once. */
export const QUERIES_AT_ONCE = 256;

/** Rows with codes, in memory of their own; views of it hold until the next `startSearch`. */
export interface NeighborKernel {
  /** Number of rows. */
  readonly rows: number;
  /** Coordinates in the full codes: the columns, rounded up to a power of two from 16. */
  readonly width: number;
  /** Coordinates in the leading codes; 0 if there are none. */
  readonly leadWidth: number;
  /** Most rows in a tile. */
  readonly tileRows: number;
  /** What is subtracted from rows and queries before they get codes. */
  readonly center: Float32Array;
  /** Higher rows that equal a row, in order; they are never found themselves. */
  readonly copies: ReadonlyMap<number, readonly number[]>;
  /** Whether every row is finite. */
  readonly isFinite: boolean;
  /** Rows that products of codes left, and distances computed, both over all queries so far. */
  readonly counts: { readonly survivors: number; readonly verified: number };
  /** A part of the rows, as they are. */
  rowsFrom(first: number, count: number): Float32Array;
  /** Room for the leading coordinates of as many rows or queries, all but the last of each. */
  coordinates(count: number): Float32Array;
  /** Codes of consecutive rows. */
  rowCodes(isLead: boolean, first: number, count: number): Uint8Array;
  /** Codes of the queries, one line of 256 per coordinate. */
  queryCodes(isLead: boolean): Int8Array;
  /** Room for the products of a tile's rows with the queries, in units, one line of 256 per row. */
  products(count: number): Uint8Array;
  /** Takes the stretch of the linear map that gives the leading coordinates. */
  startLead(stretch: number): void;
  /** Makes leading codes of rows whose coordinates are written; the first call is for row 0. */
  encodeLeadRows(first: number, count: number): void;
  /** Ends the making of leading codes. */
  finishLead(): void;
  /** Takes up to 256 queries, and makes their codes ready to be multiplied if `turn` says so. */
  startSearch(queries: Float32Array, options: { count: number; k: number; turn: boolean }): void;
  /** The queries, as they are. */
  queries(count: number): Float32Array;
  /** Makes leading codes of the queries, whose coordinates have been written. */
  encodeLeadQueries(count: number): void;
  /**
   * Begins to compare, and says the unit of the products; every tile follows, the first row's
   * first.
   */
  begin(isLead: boolean, count: number): number;
  /** Looks through the products of one tile. */
  screen(isLead: boolean, tile: { first: number; count: number; queries: number }): void;
  /** Compares what is left. */
  finish(isLead: boolean, queries: number): void;
  /** Row numbers found, `k` per query; -1 where no distance is finite. */
  indices(count: number): Int32Array;
  /** Squared distances found; infinite where there is no row. */
  distances(count: number): Float32Array;
}

/** Says how many coordinates the full codes of a row have. */
export function codeWidth(columns: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(columns)));
}

/** Says how many rows one kernel can hold. */
export function mostKernelRows(columns: number): number {
  const perRow = 4 * columns + 2 * codeWidth(columns) + 300;
  return Math.max(1, Math.floor((MOST_KERNEL_BYTES - 2 ** 28) / perRow));
}

/** What the kernel exports; see `src/kernels/neighbor_kernel.as`. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly arrange: (
    rows: number,
    columns: number,
    leadWidth: number,
    tileRows: number,
    capacity: number,
  ) => void;
  readonly arrangeResults: (k: number) => number;
  readonly rowsAt: () => number;
  readonly centerAt: () => number;
  readonly signsAt: () => number;
  readonly queriesAt: () => number;
  readonly coordinatesAt: () => number;
  readonly productsAt: () => number;
  readonly distancesAt: () => number;
  readonly indicesAt: () => number;
  readonly rowNumbersAt: () => number;
  readonly rowNormsAt: () => number;
  readonly widthOf: (isLead: number) => number;
  readonly rowCodesAt: (isLead: number) => number;
  readonly turnedCodesAt: (isLead: number) => number;
  readonly survivorCount: () => number;
  readonly verifiedCount: () => number;
  readonly encodeRows: (first: number, count: number) => void;
  readonly setStretch: (stretch: number) => void;
  readonly encodeLeadRows: (first: number, count: number) => void;
  readonly hide: (row: number) => void;
  readonly seal: (isLead: number) => void;
  readonly encodeQueries: (count: number, turn: number) => void;
  readonly encodeLeadQueries: (count: number) => void;
  readonly begin: (isLead: number, count: number) => number;
  readonly screen: (isLead: number, first: number, count: number, queries: number) => void;
  readonly finish: (isLead: number, queries: number) => void;
}

/** Gives rows their codes. */
export function openNeighborKernel(
  rows: Matrix,
  options: { leadWidth: number; tileRows: number },
): NeighborKernel {
  const { leadWidth } = options;
  const tileRows = Math.min(options.tileRows, rows.rows);
  const kernel = openKernel<Exports>(NEIGHBOR_KERNEL);
  const { memory } = kernel;
  const floats = (at: number, length: number): Float32Array =>
    new Float32Array(memory.buffer, at >>> 0, length);
  const capacity = Math.min(rows.rows, 2 * tileRows);
  let neighbors = 1;
  kernel.arrange(rows.rows, rows.columns, leadWidth, tileRows, capacity);
  growMemory(memory, kernel.arrangeResults(neighbors));
  const width = kernel.widthOf(0);
  const center = centerOf(rows);
  const held = floats(kernel.rowsAt(), rows.data.length);
  const numbers = new Uint32Array(memory.buffer, kernel.rowNumbersAt() >>> 0, rows.rows);
  numbers.set(spreadEvenly(rows.rows, tileRows));
  for (const [at, row] of numbers.entries()) held.set(rowOf(rows, row), at * rows.columns);
  floats(kernel.centerAt(), center.length).set(center);
  floats(kernel.signsAt(), width).set(drawSigns(width));
  kernel.encodeRows(0, rows.rows);
  kernel.seal(0);
  const norms = new Float64Array(memory.buffer, kernel.rowNormsAt() >>> 0, rows.rows);
  const places = new Uint32Array(rows.rows);
  for (const [at, row] of numbers.entries()) places[row] = at;
  const copies = findCopies(rows, Float64Array.from(places, (at) => norms[at]!));
  const hideCopies = (): void => {
    for (const row of [...copies.values()].flat()) kernel.hide(places[row]!);
  };
  const isFinite = norms.every((norm) => norm < Infinity) || rows.data.every(Number.isFinite);
  hideCopies();
  return {
    rows: rows.rows,
    width,
    leadWidth,
    tileRows,
    center,
    isFinite,
    copies,
    get counts() {
      return { survivors: kernel.survivorCount(), verified: kernel.verifiedCount() };
    },
    rowsFrom: (first, count) =>
      floats((kernel.rowsAt() >>> 0) + 4 * first * rows.columns, count * rows.columns),
    coordinates: (count) => floats(kernel.coordinatesAt(), count * leadWidth),
    rowCodes: (isLead, first, count) => {
      const length = kernel.widthOf(Number(isLead));
      const at = (kernel.rowCodesAt(Number(isLead)) >>> 0) + first * length;
      return new Uint8Array(memory.buffer, at, count * length);
    },
    queryCodes: (isLead) =>
      new Int8Array(
        memory.buffer,
        kernel.turnedCodesAt(Number(isLead)) >>> 0,
        kernel.widthOf(Number(isLead)) * QUERIES_AT_ONCE,
      ),
    products: (count) =>
      new Uint8Array(memory.buffer, kernel.productsAt() >>> 0, count * QUERIES_AT_ONCE),
    startLead: (stretch) => kernel.setStretch(stretch),
    encodeLeadRows: (first, count) => kernel.encodeLeadRows(first, count),
    finishLead: () => {
      kernel.seal(1);
      hideCopies();
    },
    startSearch: (queries, { count, k, turn }) => {
      neighbors = k;
      growMemory(memory, kernel.arrangeResults(k));
      floats(kernel.queriesAt(), queries.length).set(queries);
      kernel.encodeQueries(count, Number(turn));
    },
    queries: (count) => floats(kernel.queriesAt(), count * rows.columns),
    encodeLeadQueries: (count) => kernel.encodeLeadQueries(count),
    begin: (isLead, count) => kernel.begin(Number(isLead), count),
    screen: (isLead, { first, count, queries }) =>
      kernel.screen(Number(isLead), first, count, queries),
    finish: (isLead, queries) => kernel.finish(Number(isLead), queries),
    indices: (count) => new Int32Array(memory.buffer, kernel.indicesAt() >>> 0, count * neighbors),
    distances: (count) => floats(kernel.distancesAt(), count * neighbors),
  };
}

/** Rows that the center is found from. */
const SAMPLE = 2048;

/** The mean of up to 2,048 rows, spread evenly. */
function centerOf(rows: Matrix): Float32Array {
  return meanRow(sampleRows(rows, SAMPLE));
}

/** An order in which every tile has rows from everywhere: the first already has near ones. */
function spreadEvenly(rows: number, tileRows: number): Uint32Array {
  const step = Math.ceil(rows / tileRows);
  const order = new Uint32Array(rows);
  for (let first = 0, at = 0; first < step; first++) {
    for (let row = first; row < rows; row += step) order[at++] = row;
  }
  return order;
}

/** Signs that keep the Hadamard transform from meeting a pattern like its own. */
function drawSigns(count: number): Float32Array {
  const random = createRandom(0, "signs");
  return Float32Array.from({ length: count }, () => random.next() < 0.5 ? 1 : -1);
}

/** Different rows with one key that another is compared with. */
const MOST_COMPARED = 8;

/**
 * Finds rows that equal lower ones.
 *
 * Only rows with equal keys are compared, and of these only with the eight lowest different ones:
 * rows that are missed take time where they are searched, nothing else.
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
