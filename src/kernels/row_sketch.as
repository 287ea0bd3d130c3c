// Sketches of rows: coordinates along perpendicular directions, as 16-bit integers. All places are
// addresses, `stride` counts bytes.

/** Largest length of a sketch: squared distances between two stay below 2^31. */
export const LONGEST: f64 = 16000;

/** Bytes of a sketch after the first 32 coordinates. */
export const REST: usize = 192;

/** Squared length of a row less the means. */
export function spreadOf(row: usize, means: usize, stride: u32): f64 {
  let s0 = f64x2.splat(0), s1 = s0;
  for (const end = row + stride; row < end; row += 16) {
    const low = f32x4.sub(v128.load(row), v128.load(means));
    const d0 = f64x2.promote_low_f32x4(low);
    const d1 = f64x2.promote_low_f32x4(i32x4.shuffle(low, low, 2, 3, 0, 1));
    s0 = f64x2.add(s0, f64x2.mul(d0, d0));
    s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    means += 16;
  }
  s0 = f64x2.add(s0, s1);
  return f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
}

/** Writes 32 coordinates of a row less the means, multiplied by `unit`; a column has 128 of them. */
export function sketchRow(to: usize, row: usize, means: usize, directions: usize, stride: u32, unit: f32): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (const end = row + stride; row < end; row += 4) {
    const x = f32x4.splat((load<f32>(row) - load<f32>(means)) * unit);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(directions)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(directions, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(directions, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(directions, 48)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(directions, 64)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(directions, 80)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(directions, 96)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(directions, 112)));
    directions += 512;
    means += 4;
  }
  v128.store(to, toIntegers(s0, s1));
  v128.store(to, toIntegers(s2, s3), 16);
  v128.store(to, toIntegers(s4, s5), 32);
  v128.store(to, toIntegers(s6, s7), 48);
}

@inline
function toIntegers(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(low)),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(high)),
  );
}

/** Squared distance between 32 coordinates in memory and 32 others. */
@inline
export function headDistance(sketch: usize, h0: v128, h1: v128, h2: v128, h3: v128): i32 {
  const four = fourSums(sketch, h0, h1, h2, h3);
  const two = i32x4.add(four, i32x4.shuffle(four, four, 2, 3, 0, 1));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}

/** Squared distances between four sketches of 32 coordinates, one after the other in memory, and another. */
@inline
export function fourDistances(sketch: usize, h0: v128, h1: v128, h2: v128, h3: v128): v128 {
  const a = fourSums(sketch, h0, h1, h2, h3), b = fourSums(sketch + 64, h0, h1, h2, h3);
  const c = fourSums(sketch + 128, h0, h1, h2, h3), d = fourSums(sketch + 192, h0, h1, h2, h3);
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return i32x4.add(i32x4.shuffle(ab, cd, 0, 1, 4, 5), i32x4.shuffle(ab, cd, 2, 3, 6, 7));
}

@inline
function fourSums(sketch: usize, h0: v128, h1: v128, h2: v128, h3: v128): v128 {
  const d0 = i16x8.sub(h0, v128.load(sketch)), d1 = i16x8.sub(h1, v128.load(sketch, 16));
  const d2 = i16x8.sub(h2, v128.load(sketch, 32)), d3 = i16x8.sub(h3, v128.load(sketch, 48));
  return i32x4.add(
    i32x4.add(i32x4.dot_i16x8_s(d0, d0), i32x4.dot_i16x8_s(d1, d1)),
    i32x4.add(i32x4.dot_i16x8_s(d2, d2), i32x4.dot_i16x8_s(d3, d3)),
  );
}

/** Adds the squared distance between `bytes` more of two sketches, or as much of it as shows that the sum exceeds `limit`. */
@inline
export function addRest(distance: i32, rest: usize, other: usize, limit: i32, bytes: usize): i32 {
  for (const end = rest + bytes; rest < end && distance <= limit; rest += 64) {
    distance += headDistance(rest, v128.load(other), v128.load(other, 16), v128.load(other, 32), v128.load(other, 48));
    other += 64;
  }
  return distance;
}
