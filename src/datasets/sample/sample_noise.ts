/**
 * Smooth random fields for the textures of the sample data: value noise on a seeded lattice.
 *
 * @module
 */
import type { Random } from "@/math/random.ts";

/** A random field over the plane; the same point has the same value as long as the field lives. */
export interface Noise {
  /** Value from −1 to 1 that changes smoothly over about one unit; repeats after 128 units. */
  value(x: number, y: number): number;
  /** Sum of `octaves` fields, each twice as fine and half as strong, scaled to −1 to 1. */
  fractal(x: number, y: number, octaves: number): number;
}

const side = 128;

/**
 * Creates a random field.
 *
 * Independent uniform values on a lattice of whole numbers, between which cubic smoothing
 * interpolates; it repeats after 128 units in both directions.
 *
 * @param random The generator that the lattice is drawn from; it moves on.
 * @returns The field.
 *
 * @example Neighboring points have similar values
 * ```ts
 * import assert from "node:assert/strict";
 * import { createNoise } from "@/datasets/sample/sample_noise.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const noise = createNoise(createRandom(1));
 * assert.ok(Math.abs(noise.value(3.2, 4) - noise.value(3.201, 4)) < 0.01);
 * ```
 */
export function createNoise(random: Random): Noise {
  const lattice = Float32Array.from({ length: side * side }, () => 2 * random.next() - 1);
  const value = (x: number, y: number): number => {
    const left = Math.floor(x), top = Math.floor(y);
    const u = x - left, v = y - top;
    const across = u * u * (3 - 2 * u), down = v * v * (3 - 2 * v);
    const x0 = left & (side - 1), x1 = (left + 1) & (side - 1);
    const y0 = (top & (side - 1)) * side, y1 = ((top + 1) & (side - 1)) * side;
    const upper = lattice[y0 + x0]! + across * (lattice[y0 + x1]! - lattice[y0 + x0]!);
    const lower = lattice[y1 + x0]! + across * (lattice[y1 + x1]! - lattice[y1 + x0]!);
    return upper + down * (lower - upper);
  };
  const fractal = (x: number, y: number, octaves: number): number => {
    let sum = 0, weight = 1, total = 0, frequency = 1;
    for (let octave = 0; octave < octaves; octave++) {
      sum += weight * value(x * frequency + 17 * octave, y * frequency + 31 * octave);
      total += weight;
      weight /= 2;
      frequency *= 2;
    }
    return sum / total;
  };
  return { value, fractal };
}
