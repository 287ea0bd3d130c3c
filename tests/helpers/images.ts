/** Images that tests draw from a formula, so that no file is needed. */

/**
 * A plaid of three channels from 0 to 255 with edges, ramps and fine texture, as planes; `phase`
 * makes different images.
 */
export function drawPlaid(size: number, phase = 0): Float32Array {
  const data = new Float32Array(3 * size * size);
  let i = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        const stripe = ((x + phase) >> 4) % 2 === (y >> 5) % 2 ? 96 : 0;
        data[i] = (stripe + (channel + 1) * x + 2 * y + ((x * y + phase) % 7) * 5) % 256;
      }
    }
  }
  return data;
}
