/**
 * 32-bit keys that sort like the floats they stand for, and a radix sort for tens of millions of them.
 *
 * The bits of a positive IEEE float already ascend like its value; those of a negative one descend,
 * so all of them are flipped, and the sign of a positive one is set (Herf, 2001).
 *
 * @module
 */

/**
 * Turns 32-bit floats into keys of the same order; −0 and 0 get the same key.
 *
 * @param scores Finite values.
 * @returns One key per value.
 * @throws {RangeError} If a value is not finite.
 *
 * @example Keys ascend with the values
 * ```ts
 * import assert from "node:assert/strict";
 * import { keysOf } from "@/evaluation/score_keys.ts";
 *
 * const [a, b, c] = keysOf(Float32Array.of(-2, -0.5, 3));
 * assert.ok(a! < b! && b! < c!);
 * ```
 */
export function keysOf(scores: Float32Array): Uint32Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Uint32Array(scores.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    if ((word & 0x7f800000) === 0x7f800000) {
      throw new RangeError(
        `Cannot rank scores: every score must be finite, got ${scores[i]} at index ${i}`,
      );
    }
    keys[i] = word < 0x80000000 ? word | 0x80000000 : word === 0x80000000 ? word : ~word;
  }
  return keys;
}

/**
 * Turns keys back into the values they stand for.
 *
 * @param keys Keys made by `keysOf`.
 * @returns One value per key, each exactly as it was; −0 has become 0.
 *
 * @example There and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { keysOf, scoresOf } from "@/evaluation/score_keys.ts";
 *
 * assert.deepEqual([...scoresOf(keysOf(Float32Array.of(-1.5, 0, 2)))], [-1.5, 0, 2]);
 * ```
 */
export function scoresOf(keys: ArrayLike<number>): Float32Array {
  const bits = new Uint32Array(keys.length);
  for (let i = 0; i < bits.length; i++) {
    const key = keys[i]!;
    bits[i] = key >= 0x80000000 ? key & 0x7fffffff : ~key;
  }
  return new Float32Array(bits.buffer);
}

/**
 * Sorts keys in ascending order, each taking its companion along.
 *
 * Least significant digit first, three digits of 11 bits: O(n) time, and as much memory again as
 * the input. Equal keys keep their order.
 *
 * @param keys Keys to sort; overwritten.
 * @param companions Optional numbers, one per key, reordered with them; overwritten.
 * @returns The sorted keys and companions; the arrays given, or others of the same length.
 * @throws {TypeError} If keys and companions differ in number.
 *
 * @example Companions follow their keys
 * ```ts
 * import assert from "node:assert/strict";
 * import { sortKeys } from "@/evaluation/score_keys.ts";
 *
 * const { keys, companions } = sortKeys(Uint32Array.of(9, 4, 7), Uint32Array.of(0, 1, 2));
 * assert.deepEqual([...keys], [4, 7, 9]);
 * assert.deepEqual([...companions], [1, 2, 0]);
 * ```
 */
export function sortKeys(
  keys: Uint32Array,
  companions: Uint32Array = new Uint32Array(0),
): { keys: Uint32Array; companions: Uint32Array } {
  const hasCompanions = companions.length > 0;
  if (hasCompanions && companions.length !== keys.length) {
    throw new TypeError(
      `Cannot sort keys: one companion per key is needed, got ${companions.length} for ${keys.length} keys`,
    );
  }
  let from = keys, to: Uint32Array = new Uint32Array(keys.length);
  let fromCompanions = companions;
  let toCompanions: Uint32Array = new Uint32Array(companions.length);
  for (const [digit, next] of countDigits(keys).entries()) {
    if (next.includes(keys.length)) continue; // all keys share this digit
    startEach(next);
    for (let i = 0; i < from.length; i++) {
      const key = from[i]!;
      const place = next[(key >>> 11 * digit) & 2047]!++;
      to[place] = key;
      if (hasCompanions) toCompanions[place] = fromCompanions[i]!;
    }
    [from, to] = [to, from];
    [fromCompanions, toCompanions] = [toCompanions, fromCompanions];
  }
  return { keys: from, companions: fromCompanions };
}

/** How often each value of the three digits occurs, least significant digit first. */
function countDigits(keys: Uint32Array): Uint32Array[] {
  const low = new Uint32Array(2048), middle = new Uint32Array(2048), high = new Uint32Array(1024);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    low[key & 2047]!++;
    middle[(key >>> 11) & 2047]!++;
    high[key >>> 22]!++;
  }
  return [low, middle, high];
}

/** Turns counts into the place where each value begins. */
function startEach(counts: Uint32Array): void {
  let start = 0;
  for (let value = 0; value < counts.length; value++) {
    const count = counts[value]!;
    counts[value] = start;
    start += count;
  }
}
