// Squared distances between rows in memory, given by address. `stride` counts bytes.

/** `squaredDistanceWithin` of src/coreset_rows.ts: eight running sums, a check every 32 columns. */
@inline
export function squaredDistanceWithin(row: usize, other: usize, stride: u32, limit: f32): f32 {
  let low = f32x4.splat(0), high = f32x4.splat(0);
  const end = row + stride, whole = row + (stride & ~127);
  while (row < whole) {
    const d0 = f32x4.sub(v128.load(row), v128.load(other));
    const d1 = f32x4.sub(v128.load(row, 16), v128.load(other, 16));
    low = f32x4.add(low, f32x4.mul(d0, d0));
    high = f32x4.add(high, f32x4.mul(d1, d1));
    const d2 = f32x4.sub(v128.load(row, 32), v128.load(other, 32));
    const d3 = f32x4.sub(v128.load(row, 48), v128.load(other, 48));
    low = f32x4.add(low, f32x4.mul(d2, d2));
    high = f32x4.add(high, f32x4.mul(d3, d3));
    const d4 = f32x4.sub(v128.load(row, 64), v128.load(other, 64));
    const d5 = f32x4.sub(v128.load(row, 80), v128.load(other, 80));
    low = f32x4.add(low, f32x4.mul(d4, d4));
    high = f32x4.add(high, f32x4.mul(d5, d5));
    const d6 = f32x4.sub(v128.load(row, 96), v128.load(other, 96));
    const d7 = f32x4.sub(v128.load(row, 112), v128.load(other, 112));
    low = f32x4.add(low, f32x4.mul(d6, d6));
    high = f32x4.add(high, f32x4.mul(d7, d7));
    const partial = sum(low, high);
    if (partial > limit) return partial;
    row += 128;
    other += 128;
  }
  while (row < end) {
    const d0 = f32x4.sub(v128.load(row), v128.load(other));
    const d1 = f32x4.sub(v128.load(row, 16), v128.load(other, 16));
    low = f32x4.add(low, f32x4.mul(d0, d0));
    high = f32x4.add(high, f32x4.mul(d1, d1));
    row += 32;
    other += 32;
  }
  return sum(low, high);
}

/** Adds eight running sums pairwise. */
@inline
function sum(low: v128, high: v128): f32 {
  const four = f32x4.add(low, high);
  const two = f32x4.add(four, i32x4.shuffle(four, four, 2, 3, 0, 1));
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
}
