// Exact nearest neighbours for WebAssembly with SIMD, in AssemblyScript (a dialect of TypeScript).
//
// Rows and queries are known by *codes* of one byte per coordinate, in two sets: all coordinates
// after a Hadamard transform (FULL), and the leading ones of a linear map that the caller applies
// (LEAD). The caller multiplies codes; this kernel finds for every query the rows that the product
// cannot rule out, and computes their distances as `squaredDistance` of src/distances.ts does.
// Why no nearest row is ever ruled out is derived in docs/decisions/0006-exact-search.md; the
// letters here are those used there.
//
// Build: deno run -A tools/build_neighbor_kernel.ts

import {
  aligned,
  arrangeCoded,
  Codes,
  codesOf,
  columns,
  full,
  lead,
  leadWidth,
  NEVER,
  QUERIES,
  queryData,
  rowData,
  rowNumbers,
  rows,
  scratch,
  usable,
  width,
} from "./neighbor_codes";
import { isFarther, squaredDistance64 } from "./row_distance64";

export {
  centerAt,
  coordinatesAt,
  encodeLeadQueries,
  encodeLeadRows,
  encodeQueries,
  encodeRows,
  hide,
  queriesAt,
  rowCodesAt,
  rowNormsAt,
  rowNumbersAt,
  rowsAt,
  seal,
  setStretch,
  signsAt,
  turnedCodesAt,
  widthOf,
} from "./neighbor_codes";

/** Units by which a product is rounded at most, and a little more. */
const ROUNDED: f64 = 0.51;
/** A limit above every bound but NEVER. */
const UNLIMITED: f32 = 3.4e38;

let capacity: u32 = 0; // entries of a query's list
let neighbors: u32 = 0;

let products: usize = 0;
let lists: usize = 0; // per query `capacity` entries {row, bound}
let listCounts: usize = 0;
let bestBounds: usize = 0;
let seeds: usize = 0; // first the rows that a search begins with, then where a tile's entries begin
let distances: usize = 0;
let indices: usize = 0;

let survivors: f64 = 0;
let verified: f64 = 0;

/** Sets the sizes and lays out the memory up to the results. */
export function arrange(
  rowCount: u32,
  columnCount: u32,
  leadCount: u32,
  tileRows: u32,
  listCapacity: u32,
): void {
  let at = arrangeCoded(rowCount, columnCount, leadCount, tileRows);
  capacity = listCapacity;
  products = at;
  at += aligned(<usize>tileRows * QUERIES);
  lists = at;
  at += aligned((<usize>capacity * QUERIES) << 3);
  listCounts = at;
  at += <usize>QUERIES << 2;
  bestBounds = at;
  at += <usize>QUERIES << 2;
  seeds = at;
  at += <usize>QUERIES << 2;
  distances = at;
}

/** Makes room for `k` neighbors per query; returns the number of bytes that everything takes. */
export function arrangeResults(k: u32): usize {
  neighbors = k;
  indices = distances + aligned((<usize>k * QUERIES) << 2);
  return indices + aligned((<usize>k * QUERIES) << 2);
}

export function productsAt(): usize { return products; }
export function distancesAt(): usize { return distances; }
export function indicesAt(): usize { return indices; }
/** Rows that products did not rule out, over all queries. */
export function survivorCount(): f64 { return survivors; }
/** Rows that were compared themselves, over all queries. */
export function verifiedCount(): f64 { return verified; }

/**
 * Starts a search for some queries; returns the unit that makes every product at most 255.
 *
 * A product of codes is at most the product of their lengths. In this unit it is rounded to a whole
 * number, those below 0 to 0.
 */
export function begin(isLead: bool, count: u32): f32 {
  const codes = codesOf(isLead);
  let most = 1;
  for (let query: u32 = 0; query < count; query++) {
    if (load<u32>(usable + (<usize>query << 2)) === 0) continue;
    most = max<i32>(most, load<i32>(codes.querySizes + (<usize>query << 2)));
  }
  const unit = <f32>(Math.sqrt(<f64>most * <f64>max<i32>(codes.largest, 1)) / 254.9);
  for (let query: u32 = 0; query < QUERIES; query++) {
    const at = <usize>query << 2;
    store<f32>(codes.factors + at, load<f32>(codes.doubleScales + at) * unit);
  }
  for (let i: usize = 0; i < <usize>count * neighbors; i++) {
    store<f32>(distances + (i << 2), Infinity);
    store<i32>(indices + (i << 2), -1);
  }
  for (let query: u32 = 0; query < QUERIES; query++) {
    const at = <usize>query << 2;
    store<u32>(listCounts + at, 0);
    store<f32>(bestBounds + at, Infinity);
    if (query < count && load<u32>(usable + at) !== 0) {
      limit(full, query);
      if (leadWidth > 0) limit(lead, query);
    } else exclude(codes, at);
  }
  return unit;
}

/** Makes products rule out every row for a query that is not there or is compared with all. */
function exclude(codes: Codes, at: usize): void {
  store<f32>(codes.factors + at, 0);
  store<f32>(codes.additions + at, 0);
  store<f32>(codes.limits + at, -Infinity);
}

/** Sets what a query's bounds are compared with, from the distance of the last neighbor found. */
function limit(codes: Codes, query: u32): void {
  const at = <usize>query << 2;
  const hidden = ROUNDED * <f64>load<f32>(codes.factors + at);
  const far = <f64>load<f32>(distances + ((<usize>query * neighbors + neighbors - 1) << 2));
  if (!(far < 1e28)) {
    store<f32>(codes.reaches + at, 0);
    store<f32>(codes.additions + at, <f32>hidden);
    store<f32>(codes.limits + at, UNLIMITED);
    return;
  }
  const reach = Math.sqrt(codes.stretch * (far * (1 + 1e-6) + 1e-37)) +
    load<f64>(codes.queryErrors + (<usize>query << 3));
  const squares = load<f64>(codes.querySquares + (<usize>query << 3));
  store<f32>(codes.reaches + at, <f32>(2 * reach * codes.ratio));
  store<f32>(codes.additions + at, <f32>(2 * reach * codes.ratio + hidden));
  store<f32>(
    codes.limits + at,
    <f32>(reach * reach * (1 + 4e-6) - squares * (1 - codes.margin) + 1e-36),
  );
}

/** Lists the rows of a tile that its products do not rule out. */
export function screen(isLead: bool, first: u32, count: u32, queryCount: u32): void {
  const codes = codesOf(isLead);
  if (first === 0) seedSearch(codes, count, queryCount);
  for (let query: u32 = 0; query < queryCount; query++) {
    const at = <usize>query << 2;
    if (load<u32>(listCounts + at) + count > capacity) settle(codes, query);
    store<u32>(seeds + at, load<u32>(listCounts + at));
  }
  const groups = (queryCount + 15) & ~15;
  const hits = scratch, counts = listCounts;
  let product = products;
  for (let row = first; row < first + count; row++) {
    const m = v128.load32_splat(codes.rowBounds + (<usize>row << 2));
    const s = v128.load32_splat(codes.rowScales + (<usize>row << 2));
    for (let query: u32 = 0; query < groups; query += 16) {
      const at = <usize>query << 2;
      const f = codes.factors + at, a = codes.additions + at, l = codes.limits + at;
      const bytes = v128.load(product + query);
      const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
      const w0 = boundOf(i32x4.extend_low_i16x8_u(low), v128.load(f), v128.load(a), m, s);
      const w1 = boundOf(i32x4.extend_high_i16x8_u(low), v128.load(f, 16), v128.load(a, 16), m, s);
      const w2 = boundOf(i32x4.extend_low_i16x8_u(high), v128.load(f, 32), v128.load(a, 32), m, s);
      const w3 = boundOf(i32x4.extend_high_i16x8_u(high), v128.load(f, 48), v128.load(a, 48), m, s);
      const p0 = f32x4.le(w0, v128.load(l)), p1 = f32x4.le(w1, v128.load(l, 16));
      const p2 = f32x4.le(w2, v128.load(l, 32)), p3 = f32x4.le(w3, v128.load(l, 48));
      if (v128.any_true(v128.or(v128.or(p0, p1), v128.or(p2, p3)))) {
        v128.store(hits, w0);
        v128.store(hits, w1, 16);
        v128.store(hits, w2, 32);
        v128.store(hits, w3, 48);
        let mask: i32 = i8x16.bitmask(
          i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(p0, p1), i16x8.narrow_i32x4_s(p2, p3)),
        );
        for (; mask !== 0; mask &= mask - 1) {
          const lane = <usize>ctz(mask);
          const countAt = counts + at + (lane << 2), held = load<u32>(countAt);
          const entry = lists + (((<usize>query + lane) * capacity + held) << 3);
          store<u32>(entry, row);
          store<f32>(entry, load<f32>(hits + (lane << 2)), 4);
          store<u32>(countAt, held + 1);
        }
      }
    }
    product += QUERIES;
  }
  for (let query: u32 = 0; query < queryCount; query++) tryBest(codes, query);
}

@inline
function boundOf(product: v128, factor: v128, addition: v128, m: v128, s: v128): v128 {
  const t = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(product), factor), addition);
  return f32x4.sub(m, f32x4.mul(s, t));
}

/** Measures the most promising row of each of `neighbors` parts of the first tile. */
function seedSearch(codes: Codes, count: u32, queryCount: u32): void {
  const parts = min<u32>(neighbors, count), groups = <usize>((queryCount + 15) & ~15) << 2;
  for (let part: u32 = 0; part < parts; part++) {
    const begin = <u32>(<u64>part * count / parts), end = <u32>((<u64>part + 1) * count / parts);
    for (let at: usize = 0; at < groups; at += 16) {
      v128.store(bestBounds + at, f32x4.splat(Infinity));
      v128.store(seeds + at, i32x4.splat(begin));
    }
    for (let row = begin; row < end; row++) {
      const m = v128.load32_splat(codes.rowBounds + (<usize>row << 2));
      const s = v128.load32_splat(codes.rowScales + (<usize>row << 2));
      const here = i32x4.splat(row), product = products + <usize>row * QUERIES;
      for (let at: usize = 0; at < groups; at += 16) {
        const f = v128.load(codes.factors + at), a = v128.load(codes.additions + at);
        const four = i16x8.extend_low_i8x16_u(v128.load32_zero(product + (at >> 2)));
        const w = boundOf(i32x4.extend_low_i16x8_u(four), f, a, m, s);
        const best = v128.load(bestBounds + at);
        const better = f32x4.lt(w, best);
        if (!v128.any_true(better)) continue;
        v128.store(seeds + at, v128.bitselect(here, v128.load(seeds + at), better));
        v128.store(bestBounds + at, v128.bitselect(w, best, better));
      }
    }
    for (let query: u32 = 0; query < queryCount; query++) {
      if (load<u32>(usable + (<usize>query << 2)) !== 0) {
        verifyIfSeen(query, load<u32>(seeds + (<usize>query << 2)));
      }
    }
  }
  if (parts === 1) return;
  for (let query: u32 = 0; query < QUERIES; query++) {
    store<f32>(bestBounds + (<usize>query << 2), Infinity);
  }
}

/** Measures the most promising of the rows just listed, which tightens the limit for the next tile. */
function tryBest(codes: Codes, query: u32): void {
  const at = <usize>query << 2;
  const from = lists + ((<usize>query * capacity) << 3);
  const end = from + (<usize>load<u32>(listCounts + at) << 3);
  survivors += <f64>(load<u32>(listCounts + at) - load<u32>(seeds + at));
  let best = load<f32>(bestBounds + at), row = -1;
  for (let entry = from + (<usize>load<u32>(seeds + at) << 3); entry < end; entry += 8) {
    const w = load<f32>(entry, 4);
    if (w < best) {
      best = w;
      row = load<i32>(entry);
    }
  }
  if (row === -1) return;
  store<f32>(bestBounds + at, best);
  verify(query, row);
}

/** Ends a search: what is listed is compared, and queries without codes are with every row. */
export function finish(isLead: bool, queryCount: u32): void {
  for (let query: u32 = 0; query < queryCount; query++) {
    if (load<u32>(usable + (<usize>query << 2)) !== 0) settle(codesOf(isLead), query);
    else for (let row: u32 = 0; row < rows; row++) verifyIfSeen(query, row);
  }
}

/** Compares a query with the rows listed for it, after one more look at the codes of LEAD's. */
function settle(codes: Codes, query: u32): void {
  const at = <usize>query << 2;
  const from = lists + ((<usize>query * capacity) << 3);
  const end = from + (<usize>load<u32>(listCounts + at) << 3);
  store<u32>(listCounts + at, 0);
  const first = load<f32>(codes.limits + at), second = load<f32>(full.limits + at);
  let kept = from, best: f32 = Infinity, bestRow = -1;
  for (let entry = from; entry < end; entry += 8) {
    let w = load<f32>(entry, 4);
    if (w > first) continue;
    const row = load<u32>(entry);
    if (codes.isLead) {
      w = fullBound(query, row);
      if (w > second) continue;
    }
    store<u32>(kept, row);
    store<f32>(kept, w, 4);
    kept += 8;
    if (w < best) {
      best = w;
      bestRow = <i32>row;
    }
  }
  if (bestRow === -1) return;
  verify(query, bestRow);
  for (let entry = from; entry < kept; entry += 8) {
    if (load<f32>(entry, 4) <= load<f32>(full.limits + at)) verify(query, load<u32>(entry));
  }
}

/** The bound that all coordinates give. */
function fullBound(query: u32, row: u32): f32 {
  const at = <usize>query << 2;
  let a = full.queryCodes + <usize>query * width, b = full.rowCodes + <usize>row * width;
  let low = i32x4.splat(0), high = low;
  const end = a + (<usize>width & ~31);
  for (; a < end; a += 32, b += 32) {
    low = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(a), v128.load(b), low);
    high = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(a, 16), v128.load(b, 16), high);
  }
  if (width & 16) low = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(a), v128.load(b), low);
  low = i32x4.add(low, high);
  low = i32x4.add(low, i32x4.shuffle(low, low, 2, 3, 0, 1));
  const product = i32x4.extract_lane(low, 0) + i32x4.extract_lane(low, 1);
  const t: f32 = <f32>(product - load<i32>(full.offsets + at)) *
    load<f32>(full.doubleScales + at) + load<f32>(full.reaches + at);
  return load<f32>(full.rowBounds + (<usize>row << 2)) -
    load<f32>(full.rowScales + (<usize>row << 2)) * t;
}

/** Measures a row that equals no lower one. */
function verifyIfSeen(query: u32, at: u32): void {
  if (load<f32>(full.rowBounds + (<usize>at << 2)) !== NEVER) verify(query, at);
}

/** Measures a row and gives it its place among the query's neighbors; a tie goes to the lower row. */
function verify(query: u32, at: u32): void {
  const row = load<u32>(rowNumbers + (<usize>at << 2));
  const begin = <usize>query * neighbors, last = begin + neighbors - 1;
  for (let slot = begin; slot <= last; slot++) {
    if (load<u32>(indices + (slot << 2)) === row) return;
  }
  verified += 1;
  const far = load<f32>(distances + (last << 2));
  const from = queryData + ((<usize>query * columns) << 2);
  const to = rowData + ((<usize>at * columns) << 2);
  const enough = <f64>far * (1 + 1e-6) + 1e-44;
  if (isFarther(from, to, columns, enough)) return;
  const distance = <f32>squaredDistance64(from, to, columns, enough);
  if (!(distance < far || (distance === far && row < load<u32>(indices + (last << 2))))) return;
  if (distance === Infinity) return;
  let slot = last;
  while (slot > begin) {
    const before = load<f32>(distances + ((slot - 1) << 2));
    const beforeRow = load<u32>(indices + ((slot - 1) << 2));
    if (before < distance || (before === distance && beforeRow < row)) break;
    store<f32>(distances + (slot << 2), before);
    store<u32>(indices + (slot << 2), beforeRow);
    slot--;
  }
  store<f32>(distances + (slot << 2), distance);
  store<u32>(indices + (slot << 2), row);
  if (load<u32>(usable + (<usize>query << 2)) === 0) return;
  limit(full, query);
  if (leadWidth > 0) limit(lead, query);
}
