// Codes of rows and queries for the nearest-neighbour kernel, where they lie, and their errors.

import { hadamard } from "./hadamard";
import { codeError, codeScale, codeSquares, codeSum, encode, largestOf } from "./row_codes";

/** Queries that are searched at once; the products have as many columns. */
export const QUERIES: u32 = 256;
/** Marks a row that equals a lower one: it is always ruled out. */
export const NEVER: f32 = Infinity;
/** Marks a row that codes cannot describe: it is never ruled out. */
const ALWAYS: f32 = -3e38;
/** Half a unit in the last place of 1, rounded up. */
const UNIT: f64 = 6e-8;
/** Squared lengths up to which codes are used, so that no product of them overflows. */
const LONGEST: f64 = 1e28;

export let rows: u32 = 0;
export let columns: u32 = 0;
export let width: u32 = 0; // coordinates of FULL: a power of two
export let leadWidth: u32 = 0; // coordinates of LEAD; the last is the length of what the others leave

export let rowData: usize = 0;
export let rowNumbers: usize = 0; // the caller's numbers of the rows, which lie here in another order
let rowNorms: usize = 0; // |z|², 64-bit
let center: usize = 0; // subtracted from rows and queries, `width` floats
let signs: usize = 0; // 1 or -1, `width` floats
export let scratch: usize = 0; // one row of coordinates
export let queryData: usize = 0;
let queryNorms: usize = 0;
export let usable: usize = 0; // 1 where codes describe a query
let coordinates: usize = 0; // of LEAD, as the caller computes them

/** Codes of rows and queries, and what bounds follow from them. */
@unmanaged
export class Codes {
  width: u32 = 0;
  isLead: bool = false;
  rowCodes: usize = 0;
  rowBounds: usize = 0; // M
  rowScales: usize = 0; // s
  queryCodes: usize = 0;
  turnedCodes: usize = 0; // the same, one line per coordinate
  doubleScales: usize = 0; // 2 s'
  offsets: usize = 0; // 64 times the sum of the codes
  querySquares: usize = 0; // N', 64-bit
  queryErrors: usize = 0; // e', 64-bit
  querySizes: usize = 0; // sum of the squared codes
  reaches: usize = 0; // 2 R β
  factors: usize = 0; // 2 s' times the unit of the products
  additions: usize = 0; // 2 R β and what the products' rounding may hide
  limits: usize = 0; // τ
  ratio: f64 = 0; // β
  largest: i32 = 0; // largest sum of a row's squared codes
  stretch: f64 = 1; // κ
  slack: f64 = 0; // error of the coordinates per |z|
  margin: f64 = 0; // rounding of a bound
}

export const full = new Codes();
export const lead = new Codes();
let kappa: f64 = 1; // of the caller's linear map
let mapSlack: f64 = 0; // error of what it gives, per |z|
let meanRest: f64 = 0; // mean length of what it leaves

/** Sets the sizes and lays out rows, queries and codes; returns where the next array may begin. */
export function arrangeCoded(
  rowCount: u32,
  columnCount: u32,
  leadCount: u32,
  tileRows: u32,
): usize {
  rows = rowCount;
  columns = columnCount;
  leadWidth = leadCount;
  width = 16;
  while (width < columns) width <<= 1;
  let at: usize = (__heap_base + 4095) & ~63;
  rowData = at;
  at += aligned((<usize>rows * columns) << 2);
  rowNumbers = at;
  at += aligned(<usize>rows << 2);
  rowNorms = at;
  at += aligned(<usize>rows << 3);
  center = at;
  at += <usize>width << 2;
  signs = at;
  at += <usize>width << 2;
  scratch = at;
  at += <usize>width << 2;
  queryData = at;
  at += (<usize>QUERIES * columns) << 2;
  queryNorms = at;
  at += <usize>QUERIES << 3;
  usable = at;
  at += <usize>QUERIES << 2;
  coordinates = at;
  at += aligned((<usize>max<u32>(tileRows, QUERIES) * leadWidth) << 2);
  at = arrangeCodes(full, width, at);
  full.stretch = <f64>width;
  full.slack = (levelsOf(width) + 6) * UNIT * Math.sqrt(<f64>width);
  lead.isLead = true;
  return arrangeCodes(lead, leadWidth, at);
}

function arrangeCodes(codes: Codes, codeWidth: u32, from: usize): usize {
  let at = from;
  codes.width = codeWidth;
  codes.margin = 2e-6 * Math.sqrt(<f64>codeWidth) + 2e-6;
  codes.rowCodes = at;
  at += aligned(<usize>rows * codeWidth);
  codes.rowBounds = at;
  at += aligned(<usize>rows << 2);
  codes.rowScales = at;
  at += aligned(<usize>rows << 2);
  codes.queryCodes = at;
  at += aligned(<usize>QUERIES * codeWidth);
  codes.turnedCodes = at;
  at += aligned(<usize>QUERIES * codeWidth);
  codes.doubleScales = at;
  at += <usize>QUERIES << 2;
  codes.offsets = at;
  at += <usize>QUERIES << 2;
  codes.querySquares = at;
  at += <usize>QUERIES << 3;
  codes.queryErrors = at;
  at += <usize>QUERIES << 3;
  codes.querySizes = at;
  at += <usize>QUERIES << 2;
  codes.reaches = at;
  at += <usize>QUERIES << 2;
  codes.factors = at;
  at += <usize>QUERIES << 2;
  codes.additions = at;
  at += <usize>QUERIES << 2;
  codes.limits = at;
  at += <usize>QUERIES << 2;
  return at;
}

export function rowsAt(): usize { return rowData; }
export function rowNumbersAt(): usize { return rowNumbers; }
export function rowNormsAt(): usize { return rowNorms; }
export function centerAt(): usize { return center; }
export function signsAt(): usize { return signs; }
export function queriesAt(): usize { return queryData; }
export function coordinatesAt(): usize { return coordinates; }
export function widthOf(isLead: bool): u32 { return codesOf(isLead).width; }
export function rowCodesAt(isLead: bool): usize { return codesOf(isLead).rowCodes; }
export function turnedCodesAt(isLead: bool): usize { return codesOf(isLead).turnedCodes; }

@inline
export function codesOf(isLead: bool): Codes {
  return isLead ? lead : full;
}

/** Codes all coordinates of some rows. */
export function encodeRows(first: u32, count: u32): void {
  for (let row = first; row < first + count; row++) {
    const norm = centerRow(rowData + ((<usize>row * columns) << 2));
    store<f64>(rowNorms + (<usize>row << 3), norm);
    hadamard(scratch, width);
    keepRow(full, row, scratch, norm, full.slack * Math.sqrt(norm));
  }
}

/** Takes the linear map's κ: no vector gets longer than by its square root. */
export function setStretch(stretch: f64): void {
  kappa = stretch;
  mapSlack = ((<f64>columns + 4) * UNIT * 1.01 * Math.sqrt(<f64>leadWidth) + 1e-6) *
    Math.sqrt(stretch);
  lead.stretch = stretch * <f64>leadWidth;
  lead.ratio = 0;
  meanRest = 0;
}

/** Codes the leading coordinates of some rows, which the caller has put at `coordinatesAt`. */
export function encodeLeadRows(first: u32, count: u32): void {
  if (first === 0) {
    for (let row: u32 = 0; row < count; row++) {
      const norm = load<f64>(rowNorms + (<usize>row << 3));
      if (norm <= LONGEST) {
        measureRest(coordinates + ((<usize>row * leadWidth) << 2), norm);
        meanRest += rest / <f64>count;
      }
    }
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = first + i;
    const norm = load<f64>(rowNorms + (<usize>row << 3));
    const at = coordinates + ((<usize>i * leadWidth) << 2);
    keepRow(lead, row, at, norm, completeLead(at, norm));
  }
}

let rest: f64 = 0; // length of what the leading coordinates leave
let restError: f64 = 0;

function measureRest(at: usize, norm: f64): void {
  let sum: f64 = 0;
  const end = at + ((<usize>leadWidth - 1) << 2);
  for (let i = at; i < end; i += 4) {
    const value = <f64>load<f32>(i);
    sum += value * value;
  }
  const left = kappa * norm - sum;
  const doubt = (mapSlack * (2 * Math.sqrt(kappa) + mapSlack) + 1e-9) * norm;
  const most = Math.sqrt(max<f64>(left + doubt, 0)), least = Math.sqrt(max<f64>(left - doubt, 0));
  rest = (most + least) / 2;
  restError = (most - least) / 2;
}

/** Sets the last coordinate, mixes all of them evenly and returns their error. */
function completeLead(at: usize, norm: f64): f64 {
  measureRest(at, norm);
  store<f32>(at + ((<usize>leadWidth - 1) << 2), <f32>(rest - meanRest));
  hadamard(at, leadWidth);
  const length = Math.sqrt(norm);
  const rounding = (levelsOf(leadWidth) + 6) * UNIT * (Math.sqrt(kappa) * length + rest + meanRest);
  return Math.sqrt(<f64>leadWidth) * (mapSlack * length + restError + rounding);
}

function keepRow(codes: Codes, row: u32, from: usize, norm: f64, error: f64): void {
  const boundAt = codes.rowBounds + (<usize>row << 2), scaleAt = codes.rowScales + (<usize>row << 2);
  const to = codes.rowCodes + <usize>row * codes.width;
  if (!isFit(from, codes.width, norm)) {
    memory.fill(to, 64, codes.width);
    store<f32>(boundAt, ALWAYS);
    store<f32>(scaleAt, 0);
    return;
  }
  encode(from, codes.width, 63, to, 64);
  const scale = <f64>codeScale;
  if (scale > 0) codes.ratio = max<f64>(codes.ratio, (codeError + error) / scale);
  codes.largest = max<i32>(codes.largest, codeSquares);
  store<f32>(boundAt, <f32>(scale * scale * <f64>codeSquares));
  store<f32>(scaleAt, codeScale);
}

/** Whether coordinates are neither too large nor too small for 32-bit floats. */
function isFit(at: usize, length: u32, norm: f64): bool {
  if (!(norm <= LONGEST)) return false;
  return norm === 0 || largestOf(at, length) >= 1e-30;
}

/** Leaves a row out of all searches; to be called when it has its codes, in both sets. */
export function hide(row: u32): void {
  store<f32>(full.rowBounds + (<usize>row << 2), NEVER);
  if (leadWidth > 0) store<f32>(lead.rowBounds + (<usize>row << 2), NEVER);
}

/** Turns the rows' N into M once all rows have their codes. */
export function seal(isLead: bool): void {
  const codes = codesOf(isLead);
  for (let row: u32 = 0; row < rows; row++) {
    const at = codes.rowBounds + (<usize>row << 2);
    const squares = load<f32>(at);
    if (squares === ALWAYS || squares === NEVER) continue;
    const error = codes.ratio * <f64>load<f32>(codes.rowScales + (<usize>row << 2));
    store<f32>(at, <f32>(<f64>squares * (1 - codes.margin) - error * error * (1 + 2e-6)));
  }
}

/** Codes all coordinates of the queries; turns the codes for multiplication if asked to. */
export function encodeQueries(count: u32, turn: bool): void {
  for (let query: u32 = 0; query < count; query++) {
    const norm = centerRow(queryData + ((<usize>query * columns) << 2));
    store<f64>(queryNorms + (<usize>query << 3), norm);
    hadamard(scratch, width);
    store<u32>(usable + (<usize>query << 2), 1);
    keepQuery(full, query, scratch, norm, full.slack * Math.sqrt(norm), turn);
  }
}

/** Codes the leading coordinates of the queries, which the caller has put at `coordinatesAt`. */
export function encodeLeadQueries(count: u32): void {
  for (let query: u32 = 0; query < count; query++) {
    const norm = load<f64>(queryNorms + (<usize>query << 3));
    const at = coordinates + ((<usize>query * leadWidth) << 2);
    keepQuery(lead, query, at, norm, completeLead(at, norm), true);
  }
}

function keepQuery(
  codes: Codes,
  query: u32,
  from: usize,
  norm: f64,
  error: f64,
  turn: bool,
): void {
  if (!isFit(from, codes.width, norm)) {
    store<u32>(usable + (<usize>query << 2), 0);
    return;
  }
  const to = codes.queryCodes + <usize>query * codes.width;
  encode(from, codes.width, 127, to, 0);
  const scale = <f64>codeScale;
  store<f32>(codes.doubleScales + (<usize>query << 2), 2 * codeScale);
  store<i32>(codes.offsets + (<usize>query << 2), codeSum << 6);
  store<i32>(codes.querySizes + (<usize>query << 2), codeSquares);
  store<f64>(codes.querySquares + (<usize>query << 3), scale * scale * <f64>codeSquares);
  store<f64>(codes.queryErrors + (<usize>query << 3), codeError + error);
  if (!turn) return;
  for (let i: usize = 0, at = codes.turnedCodes + query; i < <usize>codes.width; i++) {
    store<u8>(at, load<u8>(to + i));
    at += QUERIES;
  }
}

/** Subtracts the center, changes signs, writes to the scratch row, and returns the squared length. */
function centerRow(row: usize): f64 {
  let low = f64x2.splat(0), high = low;
  let i: usize = 0;
  const whole = (<usize>columns & ~3) << 2, end = <usize>columns << 2;
  for (; i < whole; i += 16) {
    const z = f32x4.mul(
      f32x4.sub(v128.load(row + i), v128.load(center + i)),
      v128.load(signs + i),
    );
    v128.store(scratch + i, z);
    const a = f64x2.promote_low_f32x4(z);
    const b = f64x2.promote_low_f32x4(i32x4.shuffle(z, z, 2, 3, 0, 1));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  low = f64x2.add(low, high);
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; i < end; i += 4) {
    const z: f32 = (load<f32>(row + i) - load<f32>(center + i)) * load<f32>(signs + i);
    store<f32>(scratch + i, z);
    sum += <f64>z * <f64>z;
  }
  memory.fill(scratch + end, 0, (<usize>width << 2) - end);
  return sum;
}

/** Passes of a Hadamard transform. */
function levelsOf(length: u32): f64 {
  let levels: f64 = 0;
  for (; length > 1; length >>= 1) levels += 1;
  return levels;
}

/** Rounds up to whole cache lines. */
export function aligned(bytes: usize): usize {
  return (bytes + 63) & ~63;
}
