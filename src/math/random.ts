/**
 * Seeded random numbers, so that every choice in an experiment can be repeated.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32; the same seed
 * gives the same stream on every machine. Normal numbers are made as Box and Muller do (1958).
 *
 * @module
 */
import { checkCount } from "@/messages.ts";

/** A stream of random numbers that depends on nothing but its seed. */
export interface Random {
  /** Draws a number from 0 (included) to 1 (excluded), with 32 random bits. */
  next(): number;
  /** Draws an integer from 0 to `bound` − 1. */
  integer(bound: number): number;
  /** Draws from the normal distribution with mean 0 and standard deviation 1. */
  gaussian(): number;
}

/**
 * Creates a generator from a seed.
 *
 * @param seed Any integer from 0 to 2^32 − 1.
 * @param stream Optional name; different names give unrelated streams of one seed.
 * @returns A generator with its own state.
 * @throws {RangeError} If the seed is not an integer within range.
 *
 * @example The same seed, the same numbers
 * ```ts
 * import assert from "node:assert/strict";
 * import { createRandom } from "@/math/mod.ts";
 *
 * assert.equal(createRandom(7).next(), createRandom(7).next());
 * assert.notEqual(createRandom(7, "coreset").next(), createRandom(7, "folds").next());
 * ```
 */
export function createRandom(seed: number, stream = ""): Random {
  const task = "Cannot create a random generator";
  checkCount(seed, { task, name: "seed", least: 0, most: 0xffffffff });
  const mix = splitmix32((seed ^ hashText(stream)) >>> 0);
  let a = mix(), b = mix(), c = mix(), counter = 1;
  const bits = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();
  const next = (): number => bits() / 4294967296;
  return {
    next,
    integer: (bound) => {
      if (!Number.isInteger(bound) || bound < 1) {
        throw new RangeError(
          `Cannot draw an integer: bound must be a positive integer, got ${bound}`,
        );
      }
      return Math.floor(next() * bound);
    },
    gaussian: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return radius * Math.cos(2 * Math.PI * next());
    },
  };
}

/**
 * Draws a random order of the integers from 0 to `count` − 1 (Fisher and Yates).
 *
 * @param count How many integers.
 * @param random The generator to draw from; it moves on.
 * @returns Each integer once.
 *
 * @example Every index appears once
 * ```ts
 * import assert from "node:assert/strict";
 * import { createRandom, permutation } from "@/math/mod.ts";
 *
 * assert.deepEqual([...permutation(4, createRandom(1))].sort(), [0, 1, 2, 3]);
 * ```
 */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

function splitmix32(state: number): () => number {
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = z ^ (z >>> 15);
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

/** FNV-1a over UTF-16 code units; the empty text leaves the seed as it is. */
function hashText(text: string): number {
  if (text === "") return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
