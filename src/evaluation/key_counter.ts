/**
 * Counts how many of any number of keys lie above and at each of some marks, in memory that the marks
 * alone decide.
 *
 * @module
 */
import { sortKeys } from "@/evaluation/score_keys.ts";

/** How keys lie among marks; all numbers are whole and may exceed 32 bits. */
export interface KeyCounts {
  /** Number of keys. */
  readonly total: number;
  /** For each mark, the keys above it. */
  readonly above: Float64Array;
  /** For each mark, the keys equal to it. */
  readonly tied: Float64Array;
}

/** Counts keys, as many at a time as come. */
export interface KeyCounter {
  /** Counts more keys; the array is not kept. */
  add(keys: Uint32Array): void;
  /** Counts of all keys so far. */
  counts(): KeyCounts;
}

/** Keys that are sorted at a time, or as many as there are marks if those are more. */
const chunkLength = 2 ** 20;

/**
 * Creates a counter for given marks.
 *
 * Keys gather in a chunk of about a million; a full chunk is radix-sorted and merged with the marks.
 * Takes O(1) time per key, and besides the marks about 20 bytes for each of them and 8 MB. Looking up
 * every key in a table of the marks was slower wherever keys and marks overlap, because each look-up
 * leaves the processor's caches; sorting and merging read and write in order.
 *
 * @param marks Distinct keys in descending order; kept, not changed.
 * @returns A counter that has seen no key.
 *
 * @example One key above, two at and one below the only mark
 * ```ts
 * import assert from "node:assert/strict";
 * import { createKeyCounter } from "@/evaluation/key_counter.ts";
 *
 * const counter = createKeyCounter(Uint32Array.of(5));
 * counter.add(Uint32Array.of(9, 5));
 * counter.add(Uint32Array.of(1, 5));
 * const { total, above, tied } = counter.counts();
 * assert.deepEqual([total, above[0], tied[0]], [4, 1, 2]);
 * ```
 */
export function createKeyCounter(marks: Uint32Array): KeyCounter {
  const chunk = new Uint32Array(Math.max(chunkLength, marks.length));
  const above = new Float64Array(marks.length), tied = new Float64Array(marks.length);
  const lowest = marks.at(-1) ?? Infinity;
  let filled = 0, total = 0;
  const flush = (): void => {
    mergeCounts(sortKeys(chunk.subarray(0, filled)).keys, { marks, above, tied });
    filled = 0;
  };
  return {
    add: (keys) => {
      total += keys.length;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i]!;
        if (key < lowest) continue;
        if (filled === chunk.length) flush();
        chunk[filled++] = key;
      }
    },
    counts: () => {
      flush();
      return { total, above: above.slice(), tied: tied.slice() };
    },
  };
}

/** Adds the counts of keys that are sorted in ascending order. */
function mergeCounts(
  keys: Uint32Array,
  { marks, above, tied }: { marks: Uint32Array; above: Float64Array; tied: Float64Array },
): void {
  let i = keys.length - 1;
  for (let step = 0; step < marks.length; step++) {
    const mark = marks[step]!;
    while (i >= 0 && keys[i]! > mark) i--;
    above[step]! += keys.length - 1 - i;
    const first = i;
    while (i >= 0 && keys[i] === mark) i--;
    tied[step]! += first - i;
  }
}
