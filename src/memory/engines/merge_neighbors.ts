/**
 * Merges neighbours found among parts of the rows.
 *
 * @module
 */
import type { Neighbors } from "@/memory/neighbor_search.ts";

/** What was found in one part, and where it belongs. */
export interface PartialNeighbors {
  /** Neighbours of consecutive queries; row -1 where there is none. */
  readonly near: Neighbors;
  /** Number of the first of these queries among all. */
  readonly firstQuery: number;
  /** Number of each of the part's rows among all. */
  readonly numbers: ArrayLike<number>;
  /** Rows of the part, ascending, that equal one of it and were left out of the search. */
  readonly copies: ReadonlyMap<number, readonly number[]>;
}

/**
 * Adds the neighbours in one part of the rows to those found in others, nearest first; a tie goes to
 * the lower number.
 *
 * @param found Neighbours so far, changed in place; infinitely far where there is none.
 * @param part What was found in the part.
 *
 * @example A nearer row from the second part
 * ```ts
 * import assert from "node:assert/strict";
 * import { mergeNeighbors } from "@/memory/engines/merge_neighbors.ts";
 *
 * const found = { k: 2, squaredDistances: Float32Array.of(4, 9), indices: Int32Array.of(0, 1) };
 * const near = { k: 1, squaredDistances: Float32Array.of(1), indices: Int32Array.of(0) };
 * mergeNeighbors(found, { near, firstQuery: 0, numbers: [2], copies: new Map() });
 * assert.deepEqual([...found.indices], [2, 0]);
 * ```
 */
export function mergeNeighbors(found: Neighbors, part: PartialNeighbors): void {
  const { near, firstQuery, numbers, copies } = part;
  for (let i = 0; i < near.indices.length; i++) {
    const row = near.indices[i]!;
    if (row === -1) continue;
    const begin = (firstQuery + Math.floor(i / near.k)) * found.k;
    const distance = near.squaredDistances[i]!;
    keepNeighbor(found, { begin, row: numbers[row]!, distance });
    if (found.k === 1) continue;
    for (const copy of copies.get(row) ?? []) {
      if (!keepNeighbor(found, { begin, row: numbers[copy]!, distance })) break;
    }
  }
}

/** Gives a row its place among a query's neighbours; tells whether there is one for it. */
function keepNeighbor(
  { k, squaredDistances, indices }: Neighbors,
  { begin, row, distance }: { begin: number; row: number; distance: number },
): boolean {
  let slot = begin + k;
  while (slot > begin) {
    const before = squaredDistances[slot - 1]!;
    if (!(distance < before || (distance === before && row < indices[slot - 1]!))) break;
    if (slot < begin + k) {
      squaredDistances[slot] = before;
      indices[slot] = indices[slot - 1]!;
    }
    slot--;
  }
  if (slot === begin + k) return false;
  squaredDistances[slot] = distance;
  indices[slot] = row;
  return true;
}
