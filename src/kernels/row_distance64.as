// The squared distance between two rows in memory, as `squaredDistance` of src/distances.ts sums it.

/**
 * Squared distance in 64-bit floats over four running sums, or something above `limit`: sums of
 * squares never fall, so that they can be given up as soon as they are larger.
 */
export function squaredDistance64(a: usize, b: usize, columns: u32, limit: f64): f64 {
  let low = f64x2.splat(0), high = low;
  const end = a + (<usize>columns << 2), whole = a + ((<usize>columns & ~3) << 2);
  while (a < whole) {
    const stop = min<usize>(a + 512, whole);
    for (; a < stop; a += 16, b += 16) {
      const x = v128.load(a), y = v128.load(b);
      const d0 = f64x2.sub(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
      const d1 = f64x2.sub(
        f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 0, 1)),
        f64x2.promote_low_f32x4(i32x4.shuffle(y, y, 2, 3, 0, 1)),
      );
      low = f64x2.add(low, f64x2.mul(d0, d0));
      high = f64x2.add(high, f64x2.mul(d1, d1));
    }
    if (a < whole) {
      const sum = add(low, high);
      if (sum > limit) return sum;
    }
  }
  let first = f64x2.extract_lane(low, 0);
  for (; a < end; a += 4, b += 4) {
    const d = <f64>load<f32>(a) - <f64>load<f32>(b);
    first += d * d;
  }
  return add(f64x2.replace_lane(low, 0, first), high);
}

/**
 * Tells by 32-bit floats over sixteen running sums whether a squared distance is above `limit`. Sums
 * and squares round by a share of less than (columns / 16 + 8) · 2^-24, for which the limit allows.
 */
export function isFarther(a: usize, b: usize, columns: u32, limit: f64): bool {
  const bound = <f32>(limit * (1.00001 + 1e-8 * <f64>columns) + 1e-37);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const whole = a + ((<usize>columns & ~15) << 2);
  while (a < whole) {
    const stop = min<usize>(a + 512, whole);
    for (; a < stop; a += 64, b += 64) {
      const d0 = f32x4.sub(v128.load(a), v128.load(b));
      const d1 = f32x4.sub(v128.load(a, 16), v128.load(b, 16));
      const d2 = f32x4.sub(v128.load(a, 32), v128.load(b, 32));
      const d3 = f32x4.sub(v128.load(a, 48), v128.load(b, 48));
      s0 = f32x4.add(s0, f32x4.mul(d0, d0));
      s1 = f32x4.add(s1, f32x4.mul(d1, d1));
      s2 = f32x4.add(s2, f32x4.mul(d2, d2));
      s3 = f32x4.add(s3, f32x4.mul(d3, d3));
    }
    const four = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    const two = f32x4.add(four, i32x4.shuffle(four, four, 2, 3, 0, 1));
    if (f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1) > bound) return true;
  }
  return false;
}

@inline
function add(low: v128, high: v128): f64 {
  return f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1) + f64x2.extract_lane(high, 0) +
    f64x2.extract_lane(high, 1);
}
