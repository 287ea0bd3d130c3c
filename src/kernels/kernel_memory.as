// Where everything lies in the memory of the coreset kernel, and how far the selection has come.

import { TOP_SHIFT } from "./block_maxima";
import { REST } from "./row_sketch";

/** No row, no center. */
export const NONE: u32 = 0xffffffff;

/** Chosen rows are sorted by their distance to a center into so many classes. */
export const CLASSES: u32 = 64;

/** Chosen rows that a row is compared with before the bounds are renewed. */
export const CHUNK: u32 = 128;

/** Rows of a list that are compared at the same time, and the bytes that each needs. */
export const GUESTS: u32 = 64;
export const GUEST_BYTES: u32 = 32;

export let rows: u32 = 0;
export let stride: u32 = 0; // bytes per row, a multiple of 32
export let size: u32 = 0;

// Where each array begins. Per row:
export let features: usize = 0;
export let next: usize = 0; // the row after this one in the list of the same center, or NONE
export let nearest: usize = 0; // squared distance to its center
export let values: usize = 0; // the smaller of that and the opening value
export let heads: usize = 0; // first quarter of the sketch
export let rests: usize = 0; // the other three quarters
// Per column, 32-bit floats:
export let directions: usize = 0; // 128 coordinates
export let means: usize = 0;
// Per center, in the order of choice:
export let centers: usize = 0; // copies of the chosen rows
export let centerHeads: usize = 0;
export let centerRests: usize = 0;
export let lists: usize = 0; // first row of the list
export let seen: usize = 0; // number of chosen rows that its rows have been compared with
export let farthest: usize = 0; // largest `nearest` among them
export let best: usize = 0; // largest `value` among them
export let bestRow: usize = 0; // the lowest row that has it
export let indices: usize = 0;
export let radii: usize = 0;
// Per 64 centers:
export let farthestTops: usize = 0; // largest of `farthest`
export let bestTops: usize = 0; // largest of `best`
// The chosen rows that a list meets:
export let met: usize = 0; // {center, squared distance between sketches or its class}; below, the centers sorted
export let metCenters: usize = 0;
export let metHeads: usize = 0;
export let classEnds: usize = 0; // how many are in a class or one before it
export let sifted: usize = 0; // four of a chunk each, of which the first quarter of the sketch leaves some
export let guests: usize = 0; // rows that are being compared

export let steps: u32 = 0; // rows chosen so far
export let work: f64 = 0; // roughly the nanoseconds spent

/** Sets the sizes and lays out the memory; returns the number of bytes it takes. */
export function layOut(rowCount: u32, columns: u32, sizeWanted: u32): usize {
  rows = rowCount;
  stride = columns << 2;
  size = sizeWanted;
  steps = 0;
  work = 0;
  const perRow = aligned(<usize>rows << 2);
  const blocks = (<usize>size >> TOP_SHIFT) + 1;
  const perCenter = blocks << (TOP_SHIFT + 2), perBlock = aligned(blocks << 2);
  features = 64;
  next = features + aligned(<usize>rows * stride);
  nearest = next + perRow;
  values = nearest + perRow;
  heads = values + perRow;
  rests = heads + (<usize>rows << 6);
  directions = rests + <usize>rows * REST;
  means = directions + (<usize>columns << 9);
  centers = means + aligned(<usize>columns << 2);
  centerHeads = centers + aligned(<usize>size * stride);
  centerRests = centerHeads + (<usize>size << 6);
  lists = centerRests + <usize>size * REST;
  seen = lists + perCenter;
  farthest = seen + perCenter;
  best = farthest + perCenter;
  bestRow = best + perCenter;
  indices = bestRow + perCenter;
  radii = indices + perCenter;
  farthestTops = radii + perCenter;
  bestTops = farthestTops + perBlock;
  met = bestTops + perBlock;
  metCenters = met + (perCenter << 1);
  metHeads = metCenters + perCenter;
  classEnds = metHeads + (<usize>size << 6) + 256;
  sifted = classEnds + 320;
  guests = sifted + (CHUNK << 2) + 64;
  return guests + GUESTS * GUEST_BYTES;
}

/** Counts the rows chosen. */
export function setSteps(count: u32): void {
  steps = count;
}

/** Counts what has been done, in nanoseconds that it takes roughly. */
@inline
export function spend(nanoseconds: f64): void {
  work += nanoseconds;
}

/** Rounds up to whole cache lines. */
function aligned(bytes: usize): usize {
  return (bytes + 63) & ~63;
}
