// Farthest-first selection for WebAssembly with SIMD, in AssemblyScript (a dialect of TypeScript).
//
// The rules are those of src/coreset_pruned.ts. The distance between a row and a chosen row adds
// the same 32-bit floats in the same order as `squaredDistanceWithin`, so both choose the same
// rows. What differs is where the numbers lie: the rows of a center are consecutive entries of a
// pool instead of a linked list, and a *sketch* of every row, its coordinates along 16 perpendicular
// directions, shows most distances to be too large from a single cache line: a distance between
// sketches never exceeds the one between rows.
//
// Build: deno run -A tools/build_coreset_kernel.ts

import { sketchDistance, squaredDistanceWithin } from "./row_distance";

/** Added to bounds so that sums of squares too small for a 32-bit float cannot mislead them. */
const FLOOR: f32 = 1e-36;

/** Enlarges bounds on sketches, whose rounding is relative to the largest coordinate; see `sketchSlack`. */
const LOOSE: f32 = 1.001;

let rows: u32 = 0;
let stride: u32 = 0; // bytes per row, a multiple of 32
let size: u32 = 0;
let factor: f32 = 0; // a center farther than `factor` times the reach is skipped, both squared

// Where each array begins. Per row:
let features: usize = 0;
let sketches: usize = 0; // 16 floats
let openings: usize = 0;
let pool: usize = 0; // three entries {row, nearest, value, unused} per row
// Per column, 64-bit floats:
let directions: usize = 0; // 16 coordinates
let means: usize = 0;
// Per center, in the order of choice:
let centers: usize = 0; // copies of the chosen rows
let centerSketches: usize = 0;
let starts: usize = 0; // first entry in the pool
let counts: usize = 0; // number of entries
let farthest: usize = 0; // largest `nearest` among them
let best: usize = 0; // largest `value` among them
let bestRow: usize = 0; // the lowest row that has it
let indices: usize = 0;
let radii: usize = 0;

let steps: u32 = 0; // rows chosen so far
let top: u32 = 0; // entries of the pool in use
let sketchSlack: f32 = 0;
let chosenRow: u32 = 0; // the row chosen last, its values and its sketch
let chosen: usize = 0;
let chosenSketch: usize = 0;

/** Sets the sizes and lays out the memory; returns the number of bytes it takes. */
export function arrange(rowCount: u32, columns: u32, sizeWanted: u32, pruningFactor: f32): usize {
  rows = rowCount;
  stride = columns << 2;
  size = sizeWanted;
  factor = pruningFactor;
  steps = 0;
  const perCenter = aligned(<usize>size << 2);
  features = 64;
  sketches = features + aligned(<usize>rows * stride);
  openings = sketches + (<usize>rows << 6);
  pool = openings + aligned(<usize>rows << 2);
  directions = pool + 3 * (<usize>rows << 4);
  means = directions + (<usize>columns << 7);
  centers = means + aligned(<usize>columns << 3);
  centerSketches = centers + aligned(<usize>size * stride);
  starts = centerSketches + (<usize>size << 6);
  counts = starts + perCenter;
  farthest = counts + perCenter;
  best = farthest + perCenter;
  bestRow = best + perCenter;
  indices = bestRow + perCenter;
  radii = indices + perCenter;
  return radii + perCenter;
}

/** Where the caller puts the rows, one after the other. */
export function featuresAt(): usize { return features; }
/** Where it puts the opening value of every row. */
export function openingsAt(): usize { return openings; }
/** Where it puts the 16 coordinates of every column. */
export function directionsAt(): usize { return directions; }
/** Where it puts the mean of every column. */
export function meansAt(): usize { return means; }
/** Where it finds the chosen rows. */
export function indicesAt(): usize { return indices; }
/** Where it finds the squared covering radius after each choice. */
export function radiiAt(): usize { return radii; }

/** Chooses `count` more rows, at most up to the size set; returns how many are chosen altogether. */
export function choose(count: u32): u32 {
  const goal = min(size, steps + count);
  if (steps === 0) {
    sketchRows();
    let first: u32 = 0;
    for (let row: u32 = 1; row < rows; row++) {
      if (load<f32>(openings + (<usize>row << 2)) > load<f32>(openings + (<usize>first << 2))) first = row;
    }
    take(first);
    measureAll();
    store<f32>(radii, load<f32>(farthest));
    steps = 1;
  }
  while (steps < goal) {
    if (top > rows * 2) compact();
    const owner = ownerOfFarthest();
    const value = load<f32>(best + (<usize>owner << 2));
    take(load<u32>(bestRow + (<usize>owner << 2)));
    if (value === 0) retire(owner);
    let radius: f32 = 0;
    for (let center: u32 = 0; center < steps; center++) {
      const at = <usize>center << 2;
      const reach = load<f32>(farthest + at);
      if (reach === 0) continue;
      const limit = factor * reach + FLOOR;
      if (!(sketchDistance(centerSketches + (<usize>center << 6), chosenSketch) > limit * LOOSE + sketchSlack)) {
        const between = rowDistance(centers + <usize>center * stride, limit);
        if (between <= limit) moveRows(center, between);
      }
      radius = max<f32>(radius, load<f32>(farthest + at));
    }
    const at = <usize>steps << 2;
    store<f32>(radii + at, max<f32>(radius, load<f32>(farthest + at)));
    steps++;
  }
  return steps;
}

/** The center whose entries include the row to be chosen next; a tie goes to the lower row. */
function ownerOfFarthest(): u32 {
  let owner: u32 = 0, most = load<f32>(best), row = load<u32>(bestRow);
  for (let center: u32 = 1; center < steps; center++) {
    const value = load<f32>(best + (<usize>center << 2));
    if (value < most) continue;
    const its = load<u32>(bestRow + (<usize>center << 2));
    if (value > most || its < row) {
      owner = center;
      most = value;
      row = its;
    }
  }
  return owner;
}

/** Makes a row the newest center, with no entries yet. */
function take(row: u32): void {
  const at = <usize>steps << 2;
  chosenRow = row;
  chosen = centers + <usize>steps * stride;
  chosenSketch = centerSketches + (<usize>steps << 6);
  memory.copy(chosen, features + <usize>row * stride, stride);
  memory.copy(chosenSketch, sketches + (<usize>row << 6), 64);
  store<u32>(indices + at, row);
  store<u32>(starts + at, top);
  store<u32>(counts + at, 0);
  store<f32>(farthest + at, 0);
  store<f32>(best + at, -1);
  store<u32>(bestRow + at, 0);
}

/** Gives every row to the first center. */
function measureAll(): void {
  let far: f32 = 0, most: f32 = -1, mostRow: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const distance = rowDistance(features + <usize>row * stride, Infinity);
    const opening = load<f32>(openings + (<usize>row << 2));
    const value: f32 = row === chosenRow ? -1 : min<f32>(distance, opening);
    put(pool + (<usize>row << 4), row, distance, value);
    far = max<f32>(far, distance);
    if (value > most) {
      most = value;
      mostRow = row;
    }
  }
  top = rows;
  store<u32>(counts, rows);
  store<f32>(farthest, far);
  store<f32>(best, most);
  store<u32>(bestRow, mostRow);
}

/**
 * Moves the rows of a center that are nearer to the newest one, at the squared distance `between`,
 * to the end of the pool, closes the gaps and renews the maxima of both.
 */
function moveRows(from: u32, between: f32): void {
  const fromAt = <usize>from << 2, toAt = <usize>steps << 2;
  const begin = pool + (<usize>load<u32>(starts + fromAt) << 4);
  const end = begin + (<usize>load<u32>(counts + fromAt) << 4);
  const free = pool + (<usize>top << 4);
  let kept = begin, moved = free;
  let keptFarthest: f32 = 0, keptBest: f32 = -1, keptRow: u32 = 0;
  let movedFarthest = load<f32>(farthest + toAt);
  let movedBest = load<f32>(best + toAt), movedRow = load<u32>(bestRow + toAt);
  for (let at = begin; at < end; at += 16) {
    const row = load<u32>(at), held = load<f32>(at, 4);
    let value = load<f32>(at, 8);
    if (
      between <= factor * held + FLOOR &&
      !(sketchDistance(sketches + (<usize>row << 6), chosenSketch) > held * LOOSE + sketchSlack)
    ) {
      const distance = rowDistance(features + <usize>row * stride, held);
      if (distance < held) {
        value = row === chosenRow ? -1 : min<f32>(distance, value);
        put(moved, row, distance, value);
        moved += 16;
        movedFarthest = max<f32>(movedFarthest, distance);
        if (value > movedBest || (value === movedBest && row < movedRow)) {
          movedBest = value;
          movedRow = row;
        }
        continue;
      }
    }
    if (kept !== at) put(kept, row, held, value);
    kept += 16;
    keptFarthest = max<f32>(keptFarthest, held);
    if (value > keptBest || (value === keptBest && row < keptRow)) {
      keptBest = value;
      keptRow = row;
    }
  }
  if (moved === free) return;
  const count = <u32>((moved - free) >> 4);
  top += count;
  store<u32>(counts + toAt, load<u32>(counts + toAt) + count);
  store<f32>(farthest + toAt, movedFarthest);
  store<f32>(best + toAt, movedBest);
  store<u32>(bestRow + toAt, movedRow);
  store<u32>(counts + fromAt, <u32>((kept - begin) >> 4));
  store<f32>(farthest + fromAt, keptFarthest);
  store<f32>(best + fromAt, keptBest);
  store<u32>(bestRow + fromAt, keptRow);
}

/** Lets a center know that one of the rows that lie on it has been chosen. */
function retire(owner: u32): void {
  const ownerAt = <usize>owner << 2;
  const begin = pool + (<usize>load<u32>(starts + ownerAt) << 4);
  const end = begin + (<usize>load<u32>(counts + ownerAt) << 4);
  let keptBest: f32 = -1, keptRow: u32 = 0;
  for (let at = begin; at < end; at += 16) {
    const row = load<u32>(at);
    if (row === chosenRow) store<f32>(at, -1, 8);
    const value = load<f32>(at, 8);
    if (value > keptBest || (value === keptBest && row < keptRow)) {
      keptBest = value;
      keptRow = row;
    }
  }
  store<f32>(best + ownerAt, keptBest);
  store<u32>(bestRow + ownerAt, keptRow);
}

/** Slides the entries of all centers together; they lie in the order of the centers. */
function compact(): void {
  let to: u32 = 0;
  for (let center: u32 = 0; center < steps; center++) {
    const at = <usize>center << 2;
    const from = load<u32>(starts + at), count = load<u32>(counts + at);
    memory.copy(pool + (<usize>to << 4), pool + (<usize>from << 4), <usize>count << 4);
    store<u32>(starts + at, to);
    to += count;
  }
  top = to;
}

/**
 * Sketches every row. A coordinate s is rounded by at most 2^-24 |s|, so the distance between two
 * sketches is off by at most 16^½ · 2^-23 · max |s|, and a bound b² on its square becomes
 * (b + e)² ≤ 1.001 b² + 1001 e²; the slack is four times 1001 e².
 */
function sketchRows(): void {
  let largest = f32x4.splat(0);
  for (let row: u32 = 0; row < rows; row++) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    let direction = directions, mean = means, at = features + <usize>row * stride;
    for (const end = at + stride; at < end; at += 4) {
      const x = f64x2.splat(<f64>load<f32>(at) - load<f64>(mean));
      s0 = f64x2.add(s0, f64x2.mul(x, v128.load(direction)));
      s1 = f64x2.add(s1, f64x2.mul(x, v128.load(direction, 16)));
      s2 = f64x2.add(s2, f64x2.mul(x, v128.load(direction, 32)));
      s3 = f64x2.add(s3, f64x2.mul(x, v128.load(direction, 48)));
      s4 = f64x2.add(s4, f64x2.mul(x, v128.load(direction, 64)));
      s5 = f64x2.add(s5, f64x2.mul(x, v128.load(direction, 80)));
      s6 = f64x2.add(s6, f64x2.mul(x, v128.load(direction, 96)));
      s7 = f64x2.add(s7, f64x2.mul(x, v128.load(direction, 112)));
      direction += 128;
      mean += 8;
    }
    const to = sketches + (<usize>row << 6);
    largest = f32x4.max(largest, keepFour(to, s0, s1));
    largest = f32x4.max(largest, keepFour(to + 16, s2, s3));
    largest = f32x4.max(largest, keepFour(to + 32, s4, s5));
    largest = f32x4.max(largest, keepFour(to + 48, s6, s7));
  }
  const pairs = f32x4.max(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
  const most = max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
  sketchSlack = most * most * 1e-9 + FLOOR;
}

/** Rounds four coordinates, stores them and returns their magnitudes. */
@inline
function keepFour(at: usize, low: v128, high: v128): v128 {
  const four = i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
  v128.store(at, four);
  return f32x4.abs(four);
}

/** Squared distance of a row to the row chosen last, or something above `limit`. */
@inline
function rowDistance(row: usize, limit: f32): f32 {
  return squaredDistanceWithin(row, chosen, stride, limit);
}

/** Writes one entry of the pool. */
@inline
function put(at: usize, row: u32, nearest: f32, value: f32): void {
  store<u32>(at, row);
  store<f32>(at, nearest, 4);
  store<f32>(at, value, 8);
}

/** Rounds up to whole cache lines. */
function aligned(bytes: usize): usize {
  return (bytes + 63) & ~63;
}
