// Codes of one byte per coordinate: the nearest whole multiples of a scale that suits the row.

export let codeScale: f32 = 0;
/** Sum of the squared codes. */
export let codeSquares: i32 = 0;
export let codeSum: i32 = 0;
/** Length of what the codes leave, or a little more. */
export let codeError: f64 = 0;

/** Largest magnitude; `length` is a multiple of 16. */
export function largestOf(at: usize, length: u32): f32 {
  let most = f32x4.splat(0);
  const end = at + (<usize>length << 2);
  for (let i = at; i < end; i += 16) most = f32x4.max(most, f32x4.abs(v128.load(i)));
  most = f32x4.max(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
}

/**
 * Writes codes from -levels to levels, plus `offset`. The error is summed in 32-bit floats, four at
 * a time: it is off by less than a share of 1e-4 plus what the differences themselves are rounded by,
 * which the caller counts among the errors of the coordinates.
 */
export function encode(from: usize, length: u32, levels: f32, to: usize, offset: i8): void {
  const most = largestOf(from, length);
  codeScale = most / levels;
  const inverse = f32x4.splat(most === 0 ? 0 : levels / most), scale = f32x4.splat(codeScale);
  const shift = i8x16.splat(offset), ones = i16x8.splat(1);
  let squares = i32x4.splat(0), sums = squares, errors = f32x4.splat(0);
  const end = from + (<usize>length << 2);
  for (; from < end; from += 64, to += 16) {
    const y0 = v128.load(from), y1 = v128.load(from, 16);
    const y2 = v128.load(from, 32), y3 = v128.load(from, 48);
    const b0 = f32x4.nearest(f32x4.mul(y0, inverse)), b1 = f32x4.nearest(f32x4.mul(y1, inverse));
    const b2 = f32x4.nearest(f32x4.mul(y2, inverse)), b3 = f32x4.nearest(f32x4.mul(y3, inverse));
    const e0 = f32x4.sub(y0, f32x4.mul(b0, scale)), e1 = f32x4.sub(y1, f32x4.mul(b1, scale));
    const e2 = f32x4.sub(y2, f32x4.mul(b2, scale)), e3 = f32x4.sub(y3, f32x4.mul(b3, scale));
    errors = f32x4.add(
      errors,
      f32x4.add(
        f32x4.add(f32x4.mul(e0, e0), f32x4.mul(e1, e1)),
        f32x4.add(f32x4.mul(e2, e2), f32x4.mul(e3, e3)),
      ),
    );
    const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(b0), i32x4.trunc_sat_f32x4_s(b1));
    const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(b2), i32x4.trunc_sat_f32x4_s(b3));
    squares = i32x4.add(
      squares,
      i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)),
    );
    sums = i32x4.add(sums, i32x4.add(i32x4.dot_i16x8_s(low, ones), i32x4.dot_i16x8_s(high, ones)));
    v128.store(to, i8x16.add(i8x16.narrow_i16x8_s(low, high), shift));
  }
  codeSquares = addLanes(squares);
  codeSum = addLanes(sums);
  const two = f32x4.add(errors, i32x4.shuffle(errors, errors, 2, 3, 0, 1));
  const error = <f64>f32x4.extract_lane(two, 0) + <f64>f32x4.extract_lane(two, 1);
  codeError = Math.sqrt(error) * (1 + 1e-4);
}

function addLanes(four: v128): i32 {
  const two = i32x4.add(four, i32x4.shuffle(four, four, 2, 3, 0, 1));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}
