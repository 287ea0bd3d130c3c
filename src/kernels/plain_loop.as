// Farthest-first selection without pruning, for WebAssembly with SIMD: the plain vectorised loop that
// bench/coreset.ts compares the kernel with. It gives a distance up once the row is known to be nearer
// to another chosen row.

import { squaredDistanceWithin } from "./row_distance";

let rows: u32 = 0;
let stride: u32 = 0; // bytes per row, a multiple of 32
let last: u32 = 0; // the row chosen last

/** Sets the sizes; returns the number of bytes that memory must have. */
export function arrange(rowCount: u32, columns: u32): usize {
  rows = rowCount;
  stride = columns << 2;
  last = 0;
  return 64 + <usize>rows * stride + (<usize>rows << 2);
}

/** Where the caller puts the rows, one after the other, and then Infinity for each. */
export function featuresAt(): usize { return 64; }

/** The row to be chosen next, after all have been compared with the one chosen last, at first row 0. */
export function choose(): u32 {
  let row: usize = 64, nearest: usize = 64 + <usize>rows * stride;
  const chosen = row + <usize>last * stride;
  let most: f32 = -1;
  for (let i: u32 = 0; i < rows; i++) {
    const held = load<f32>(nearest);
    const distance = min<f32>(held, squaredDistanceWithin(row, chosen, stride, held));
    store<f32>(nearest, distance);
    if (distance > most) {
      most = distance;
      last = i;
    }
    row += stride;
    nearest += 4;
  }
  return last;
}
