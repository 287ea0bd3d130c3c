// Sketches of all rows, and what two sketches tell about the distance of their rows.

import { directions, features, heads, means, nearest, rests, rows, spend, stride } from "./kernel_memory";
import { LONGEST, sketchRow, spreadOf } from "./row_sketch";

let scale: f64 = 0; // units of a sketch per unit of distance
let loosening: f64 = 0; // factor of distances that makes up for rounding

/**
 * Sketches every row, in units so fine that the longest sketch is LONGEST units long. Rows that lie
 * far outside are first drawn in to the surface of a ball, which lengthens no distance.
 */
export function sketchRows(pruningFactor: f32): void {
  loosening = Math.sqrt(<f64>pruningFactor / 4);
  let longest: f64 = 0, total: f64 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const squared = spreadOf(features + <usize>row * stride, means, stride);
    longest = max<f64>(longest, squared);
    total += squared;
    store<f32>(nearest + (<usize>row << 2), <f32>Math.sqrt(squared));
  }
  const range = Math.sqrt(min<f64>(longest, 16 * total / <f64>rows));
  scale = range > 1e-30 ? LONGEST / range : 0;
  for (let row: u32 = 0; row < rows; row++) {
    const spread = <f64>load<f32>(nearest + (<usize>row << 2));
    const unit = <f32>(spread > range ? scale * range / spread : scale);
    const at = features + <usize>row * stride, to = <usize>row << 6;
    sketchRow(heads + to, at, means, directions, stride, unit);
    for (let i: usize = 0; i < 3; i++) {
      sketchRow(rests + 3 * to + (i << 6), at, means, directions + ((i + 1) << 7), stride, unit);
    }
  }
  spend(<f64>rows * <f64>stride);
}

/** What the squared distance of two sketches exceeds only if the distance of the rows exceeds `distance`. */
export function boundOf(distance: f64): i32 {
  // A coordinate is off by half a unit, and by the rounding of a sum of `stride / 4` terms that
  // are LONGEST units at most; there are 128 coordinates in each of two sketches.
  const error: f64 = 22.63 * (0.5 + <f64>((stride >> 2) + 16) / 1024);
  const bound = scale * (distance * loosening + 1e-18) + error;
  return <i32>min<f64>(bound * bound + 1, 2147483647);
}
