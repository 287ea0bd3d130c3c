// The Hadamard transform of a vector of floats, in place: all ±1 sums, 2^½ longer at every level.

/** Transforms `length` floats, a power of two from 4. */
export function hadamard(at: usize, length: u32): void {
  const end = at + (<usize>length << 2);
  const one = f32x4(1, -1, 1, -1), two = f32x4(1, 1, -1, -1);
  for (let i = at; i < end; i += 16) {
    let x = v128.load(i);
    x = f32x4.add(i32x4.shuffle(x, x, 1, 0, 3, 2), f32x4.mul(x, one));
    x = f32x4.add(i32x4.shuffle(x, x, 2, 3, 0, 1), f32x4.mul(x, two));
    v128.store(i, x);
  }
  let half: usize = 16; // bytes
  const bytes = <usize>length << 2;
  for (; half << 1 < bytes; half <<= 2) {
    for (let block = at; block < end; block += half << 2) {
      for (let i = block; i < block + half; i += 16) {
        const a = v128.load(i), b = v128.load(i + half);
        const c = v128.load(i + 2 * half), d = v128.load(i + 3 * half);
        const e = f32x4.add(a, b), f = f32x4.sub(a, b), g = f32x4.add(c, d), h = f32x4.sub(c, d);
        v128.store(i, f32x4.add(e, g));
        v128.store(i + half, f32x4.add(f, h));
        v128.store(i + 2 * half, f32x4.sub(e, g));
        v128.store(i + 3 * half, f32x4.sub(f, h));
      }
    }
  }
  if (half < bytes) {
    for (let i = at; i < at + half; i += 16) {
      const a = v128.load(i), b = v128.load(i + half);
      v128.store(i, f32x4.add(a, b));
      v128.store(i + half, f32x4.sub(a, b));
    }
  }
}
