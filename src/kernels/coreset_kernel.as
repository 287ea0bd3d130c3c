// Farthest-first selection for WebAssembly with SIMD, in AssemblyScript (a dialect of TypeScript).
//
// The rules are those of src/coreset_pruned.ts. The distance between a row and a chosen row adds
// the same 32-bit floats in the same order as `squaredDistanceWithin`, so both choose the same
// rows. Two things save most of the work:
//
// A center's list is *refreshed*, that is compared with the rows chosen since it was last, only
// when its largest value, which can but fall, is the largest of all. Until then it waits, and then
// meets many chosen rows at once, sorted by their distance to the center.
//
// A *sketch* of every row, its coordinates along 128 perpendicular directions as 16-bit integers in
// four quarters of one cache line each, shows most distances to be too large. A distance between
// sketches exceeds the one between rows by no more than rounding, which `boundOf` allows for.
//
// Build: deno run -A tools/build_coreset_kernel.ts

import { largestOf, TOP_SHIFT } from "./block_maxima";
import {
  best,
  bestRow,
  bestTops,
  centerHeads,
  centerRests,
  centers,
  directions,
  farthest,
  farthestTops,
  features,
  heads,
  indices,
  layOut,
  lists,
  means,
  nearest,
  next,
  NONE,
  radii,
  rests,
  rows,
  seen,
  setSteps,
  size,
  spend,
  steps,
  stride,
  values,
  work,
} from "./kernel_memory";
import { refresh } from "./refresh";
import { squaredDistanceWithin } from "./row_distance";
import { dropRow, keep, setMaxima, startList } from "./row_lists";
import { REST } from "./row_sketch";
import { sketchRows } from "./sketch_rows";

let pruningFactor: f32 = 0;

/**
 * Sets the sizes and lays out the memory; returns the number of bytes it takes. `factor` is between
 * the squared distances of centers that wait and of their rows, four and a little for rounding.
 */
export function arrange(rowCount: u32, columns: u32, sizeWanted: u32, factor: f32): usize {
  pruningFactor = factor;
  return layOut(rowCount, columns, sizeWanted);
}

/** Where the caller puts the rows, one after the other. */
export function featuresAt(): usize { return features; }
/** Where it puts the opening value of every row. */
export function openingsAt(): usize { return values; }
/** Where it puts the 128 coordinates of every column. */
export function directionsAt(): usize { return directions; }
/** Where it puts the mean of every column. */
export function meansAt(): usize { return means; }
/** Where it finds the chosen rows. */
export function indicesAt(): usize { return indices; }
/** Where it finds the squared covering radius after each choice. */
export function radiiAt(): usize { return radii; }
/** What has been done so far, in units of about a nanosecond. */
export function workDone(): f64 { return work; }

/**
 * Chooses more rows, up to the size set, until `count` are chosen or about `effort` nanoseconds are
 * spent; returns how many are chosen altogether.
 */
export function choose(count: u32, effort: f64): u32 {
  const goal = min(size, steps + count), enough = work + effort;
  if (steps === 0) begin();
  while (steps < goal && work < enough) {
    const owner = ownerOfFarthest();
    const row = load<u32>(bestRow + (<usize>owner << 2));
    if (load<f32>(best + (<usize>owner << 2)) === 0 && load<f32>(radii + (<usize>(steps - 1) << 2)) === 0) {
      takeCopies();
      break;
    }
    take(row);
    dropRow(owner, row);
    store<f32>(radii + (<usize>(steps - 1) << 2), coveringRadius());
  }
  return steps;
}

/** Sketches all rows, takes the first and gives the others to it. */
function begin(): void {
  sketchRows(pruningFactor);
  let first: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    if (load<f32>(values + (<usize>row << 2)) > load<f32>(values + (<usize>first << 2))) first = row;
  }
  const blocks = (size >> TOP_SHIFT) + 1;
  for (let block: u32 = 0; block < blocks; block++) store<f32>(bestTops + (<usize>block << 2), -1);
  for (let i: u32 = 0; i < blocks << TOP_SHIFT; i++) store<f32>(best + (<usize>i << 2), -1);
  take(first);
  startList(0);
  for (let row: u32 = rows - 1; row !== NONE; row--) {
    if (row === first) continue;
    const at = <usize>row << 2;
    const distance = squaredDistanceWithin(features + <usize>row * stride, centers, stride, Infinity);
    store<f32>(nearest + at, distance);
    store<f32>(values + at, min<f32>(distance, load<f32>(values + at)));
    keep(0, row);
  }
  setMaxima(0);
  store<f32>(radii, load<f32>(farthest));
  spend(<f64>rows * <f64>stride * 2);
}

/** Makes a row the newest center, with an empty list. */
function take(row: u32): void {
  const at = <usize>steps << 2, sketch = <usize>steps << 6;
  memory.copy(centers + <usize>steps * stride, features + <usize>row * stride, stride);
  memory.copy(centerHeads + sketch, heads + (<usize>row << 6), 64);
  memory.copy(centerRests + <usize>steps * REST, rests + <usize>row * REST, REST);
  store<u32>(indices + at, row);
  store<u32>(lists + at, NONE);
  setSteps(steps + 1);
  store<u32>(seen + at, steps);
}

/**
 * The center whose list includes the row to be chosen next; a tie goes to the lower row. No list
 * that has not been refreshed can hold a larger value, nor the same one.
 */
function ownerOfFarthest(): u32 {
  while (true) {
    const value = largestOf(bestTops, steps);
    let owner: u32 = NONE, row: u32 = NONE, hasChanged = false;
    for (let first: u32 = 0; first < steps; first += 1 << TOP_SHIFT) {
      if (load<f32>(bestTops + ((<usize>first >> TOP_SHIFT) << 2)) !== value) continue;
      const end = min(steps, first + (1 << TOP_SHIFT));
      for (let center = first; center < end; center++) {
        const at = <usize>center << 2;
        if (load<f32>(best + at) !== value) continue;
        if (load<u32>(seen + at) < steps) {
          refresh(center);
          hasChanged = true;
        } else if (load<u32>(bestRow + at) < row) {
          owner = center;
          row = load<u32>(bestRow + at);
        }
      }
    }
    spend(<f64>steps * 0.02 + 200);
    if (!hasChanged) return owner;
  }
}

/** Squared distance of the farthest row to its center. */
function coveringRadius(): f32 {
  while (true) {
    const radius = largestOf(farthestTops, steps);
    let first: u32 = 0;
    while (load<f32>(farthestTops + ((<usize>first >> TOP_SHIFT) << 2)) !== radius) first += 1 << TOP_SHIFT;
    while (load<f32>(farthest + (<usize>first << 2)) !== radius) first++;
    spend(<f64>steps * 0.02 + 100);
    if (radius === 0 || load<u32>(seen + (<usize>first << 2)) === steps) return radius;
    refresh(first);
  }
}

/** Once only copies of chosen rows remain, they follow from the lowest index on. */
function takeCopies(): void {
  // The lists are not needed any more: their links mark the rows that are chosen.
  for (let row: u32 = 0; row < rows; row++) store<u32>(next + (<usize>row << 2), 0);
  for (let step: u32 = 0; step < steps; step++) {
    store<u32>(next + (<usize>load<u32>(indices + (<usize>step << 2)) << 2), 1);
  }
  for (let row: u32 = 0; steps < size; row++) {
    if (load<u32>(next + (<usize>row << 2)) === 1) continue;
    store<u32>(indices + (<usize>steps << 2), row);
    store<f32>(radii + (<usize>steps << 2), 0);
    setSteps(steps + 1);
  }
}
