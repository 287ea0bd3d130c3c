// The rows of each center as a linked list, with the maxima that let whole lists wait.

import { raise, renew } from "./block_maxima";
import {
  best,
  bestRow,
  bestTops,
  farthest,
  farthestTops,
  lists,
  nearest,
  next,
  NONE,
  spend,
  values,
} from "./kernel_memory";

// Maxima of the list that is being filled:
let farNow: f32 = 0;
let bestNow: f32 = 0;
let bestRowNow: u32 = 0;

/** Empties a list that is about to be filled anew. */
export function startList(center: u32): void {
  store<u32>(lists + (<usize>center << 2), NONE);
  farNow = 0;
  bestNow = -1;
  bestRowNow = NONE;
}

/** Puts a row back on the list that is being filled. */
export function keep(center: u32, row: u32): void {
  const at = <usize>row << 2, value = load<f32>(values + at);
  store<u32>(next + at, load<u32>(lists + (<usize>center << 2)));
  store<u32>(lists + (<usize>center << 2), row);
  farNow = max<f32>(farNow, load<f32>(nearest + at));
  if (value > bestNow || (value === bestNow && row < bestRowNow)) {
    bestNow = value;
    bestRowNow = row;
  }
}

/** Sets the maxima of the list that has been filled. */
export function setMaxima(center: u32): void {
  const at = <usize>center << 2;
  store<f32>(farthest + at, farNow);
  store<f32>(best + at, bestNow);
  store<u32>(bestRow + at, bestRowNow);
  renew(farthestTops, farthest, center);
  renew(bestTops, best, center);
}

/** Puts a row on the list of another center. */
export function addRow(center: u32, row: u32): void {
  const at = <usize>row << 2, centerAt = <usize>center << 2;
  const value = load<f32>(values + at), most = load<f32>(best + centerAt);
  store<u32>(next + at, load<u32>(lists + centerAt));
  store<u32>(lists + centerAt, row);
  raise(farthestTops, farthest, center, load<f32>(nearest + at));
  if (value > most || (value === most && row < load<u32>(bestRow + centerAt))) {
    raise(bestTops, best, center, value);
    store<u32>(bestRow + centerAt, row);
  }
  spend(20);
}

/** Takes a row that has been chosen off its list. */
export function dropRow(center: u32, dropped: u32): void {
  let row = load<u32>(lists + (<usize>center << 2));
  startList(center);
  while (row !== NONE) {
    const following = load<u32>(next + (<usize>row << 2));
    if (row !== dropped) keep(center, row);
    row = following;
    spend(3);
  }
  setMaxima(center);
}
