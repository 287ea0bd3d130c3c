/**
 * The camera of the sample data: from light to pixel values, with the faults of real ones.
 *
 * @module
 */
import type { Radiance } from "@/datasets/sample/light.ts";
import type { Random } from "@/math/random.ts";

/** How one photograph is taken. */
export interface Exposure {
  /** Multiplies all light. */
  readonly gain: number;
  /** Multiplies red, green and blue light. */
  readonly balance: readonly [number, number, number];
  /** Standard deviation of the lens's blur, in pixels. */
  readonly blur: number;
  /** Share of light that is lost in the corners. */
  readonly vignette: number;
}

/** Draws how a photograph is taken. */
export function drawExposure(random: Random): Exposure {
  const warmth = 0.05 * (random.next() - 0.5), green = 0.02 * (random.next() - 0.5);
  return {
    gain: 1 + 0.16 * (random.next() - 0.5),
    balance: [1 + warmth, 1 + green, 1 - warmth],
    blur: 0.55 + 0.3 * random.next(),
    vignette: 0.06 + 0.12 * random.next(),
  };
}

/**
 * Takes a photograph without noise: the lens's Gaussian blur and the step from surface points to
 * pixels are one filter, bright light saturates softly, and values follow the square root of
 * light, as displays expect.
 */
export function expose(
  radiance: Radiance,
  options: { pixels: number; exposure: Exposure },
): Float32Array {
  const { pixels, exposure: { gain, balance, blur, vignette } } = options;
  const values = reduce(radiance, { pixels, blur });
  for (let row = 0; row < pixels; row++) {
    const v = 2 * row / pixels - 1;
    for (let column = 0; column < pixels; column++) {
      const u = 2 * column / pixels - 1;
      const light = gain * (1 - vignette * 0.5 * (u * u + v * v));
      for (let channel = 0; channel < 3; channel++) {
        const i = (row * pixels + column) * 3 + channel;
        const value = values[i]! * light * balance[channel]!;
        const soft = value < 0.6 ? value : 0.6 + (value - 0.6) / (1 + (value - 0.6) * 2);
        values[i] = 255 * Math.sqrt(Math.max(0, Math.min(1, soft)));
      }
    }
  }
  return values;
}

/**
 * Adds sensor noise, mostly common to the three channels and weaker in the dark half of the
 * range, and rounds to whole pixel values.
 */
export function addNoise(
  values: Float32Array,
  options: { deviation: number; random: Random },
): Uint8Array {
  const { deviation, random } = options;
  const table = Float32Array.from({ length: 8192 }, () => random.gaussian());
  const pixels = new Uint8Array(values.length);
  let state = 1 + random.integer(0xfffffffe);
  for (let i = 0; i < values.length; i += 3) {
    state = xorshift(state);
    const common = table[state & 8191]!;
    for (let channel = 0; channel < 3; channel++) {
      state = xorshift(state);
      const value = values[i + channel]!;
      const noise = 0.8 * common + 0.6 * table[(state >>> 9) & 8191]!;
      const noisy = value + deviation * (0.6 + value / 320) * noise;
      pixels[i + channel] = Math.max(0, Math.min(255, Math.round(noisy)));
    }
  }
  return pixels;
}

/** Blurs and reduces to fewer points in one filter, first across, then down. */
function reduce(radiance: Radiance, options: { pixels: number; blur: number }): Float32Array {
  const { pixels, blur } = options;
  const size = Math.round(Math.sqrt(radiance.length / 3)), density = size / pixels;
  const { starts, weights, taps } = toKernel({ size, pixels, density, blur });
  const across = new Float32Array(size * pixels * 3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < pixels; column++) {
      let red = 0, green = 0, blue = 0;
      const from = (row * size + starts[column]!) * 3;
      for (let tap = 0; tap < taps; tap++) {
        const weight = weights[column * taps + tap]!;
        red += weight * radiance[from + 3 * tap]!;
        green += weight * radiance[from + 3 * tap + 1]!;
        blue += weight * radiance[from + 3 * tap + 2]!;
      }
      const to = (row * pixels + column) * 3;
      across[to] = red;
      across[to + 1] = green;
      across[to + 2] = blue;
    }
  }
  const values = new Float32Array(pixels * pixels * 3), line = pixels * 3;
  for (let row = 0; row < pixels; row++) {
    for (let tap = 0; tap < taps; tap++) {
      const weight = weights[row * taps + tap]!, from = (starts[row]! + tap) * line;
      for (let i = 0; i < line; i++) values[row * line + i]! += weight * across[from + i]!;
    }
  }
  return values;
}

function toKernel(
  options: { size: number; pixels: number; density: number; blur: number },
): { starts: Int32Array; weights: Float32Array; taps: number } {
  const { size, pixels, density } = options;
  const deviation = options.blur * density;
  const taps = Math.min(size, 2 * Math.ceil(2.2 * deviation) + 1);
  const starts = new Int32Array(pixels), weights = new Float32Array(pixels * taps);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const middle = (pixel + 0.5) * density - 0.5;
    const start = Math.max(0, Math.min(size - taps, Math.round(middle - (taps - 1) / 2)));
    starts[pixel] = start;
    const row = weights.subarray(pixel * taps, (pixel + 1) * taps);
    for (let tap = 0; tap < taps; tap++) {
      row[tap] = Math.exp(-0.5 * ((start + tap - middle) / deviation) ** 2);
    }
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (let tap = 0; tap < taps; tap++) row[tap]! /= total;
  }
  return { starts, weights, taps };
}

function xorshift(state: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  return state ^ (state << 5);
}
