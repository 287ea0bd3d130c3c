// Largest of many numbers of which few change at a time: a second array, `tops`, holds the largest
// of every block of 64.

/** Binary logarithm of the numbers in a block. */
export const TOP_SHIFT: u32 = 6;

/** Largest of the first `count` numbers. */
export function largestOf(tops: usize, count: u32): f32 {
  let most = load<f32>(tops);
  const blocks = (<usize>count + 63) >> TOP_SHIFT;
  for (const end = tops + (blocks << 2); tops < end; tops += 4) most = max<f32>(most, load<f32>(tops));
  return most;
}

/** Makes one number larger; leaves it if it is not smaller. */
export function raise(tops: usize, numbers: usize, index: u32, value: f32): void {
  const at = numbers + (<usize>index << 2), top = tops + ((<usize>index >> TOP_SHIFT) << 2);
  if (value > load<f32>(at)) store<f32>(at, value);
  if (value > load<f32>(top)) store<f32>(top, value);
}

/** Finds the largest of the block anew in which one number has changed. */
export function renew(tops: usize, numbers: usize, index: u32): void {
  const block = <usize>index >> TOP_SHIFT;
  let at = numbers + (block << (TOP_SHIFT + 2)), most = v128.load(at);
  for (const end = at + 256; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
  const two = f32x4.pmax(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  store<f32>(tops + (block << 2), max<f32>(f32x4.extract_lane(two, 0), f32x4.extract_lane(two, 1)));
}
