/**
 * How far rows lie from the nearest kept one: the covering radius, and the mean.
 *
 * `greedyCoreset` knows the covering radius of what it chooses; here it is measured for any choice.
 *
 * @module
 */
import type { Matrix, RowSource } from "@/math/matrix.ts";
import type { PrefixIndex } from "@/memory/prefix_index.ts";

/** How well kept rows cover others. */
export interface Covering {
  /** Covering radius: largest Euclidean distance from any row to the nearest kept one. */
  readonly radius: number;
  /** Mean of these distances over all rows. */
  readonly mean: number;
  /** How many rows were measured. */
  readonly rows: number;
}

/**
 * Measures how well every prefix of a selection covers some rows.
 *
 * Exact, up to the rounding of 32-bit distances. Takes one search of all rows among the longest prefix.
 *
 * @param rows The rows to be covered, at hand or in parts.
 * @param index The kept rows, in the order in which they were chosen.
 * @returns One covering per prefix.
 * @throws {RangeError} If there is no row to be covered.
 *
 * @example A second kept row halves the radius
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { measureCovering } from "@/memory/covering_radius.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 * import { openPrefixIndex } from "@/memory/prefix_index.ts";
 *
 * const kept = matrixOf([[0], [8]]);
 * const index = await openPrefixIndex(kept, { sizes: [1, 2], search: plainSearch });
 * const coverings = await measureCovering(matrixOf([[0], [4], [8]]), index);
 * assert.deepEqual(coverings.map(({ radius }) => radius), [8, 4]);
 * await index.close();
 * ```
 */
export async function measureCovering(
  rows: Matrix | RowSource,
  index: PrefixIndex,
): Promise<Covering[]> {
  if (rows.rows === 0) {
    throw new RangeError("Cannot measure a covering: at least one row is needed, got none");
  }
  const largest = new Float64Array(index.sizes.length);
  const sums = new Float64Array(index.sizes.length);
  const measure = async (part: Matrix): Promise<void> => {
    for (const [i, squared] of (await index.nearest(part)).entries()) {
      for (const value of squared) {
        const distance = Math.sqrt(value);
        sums[i]! += distance;
        if (distance > largest[i]!) largest[i] = distance;
      }
    }
  };
  if ("data" in rows) await measure(rows);
  else for await (const part of rows.parts()) await measure(part);
  return index.sizes.map((_, i) => ({
    radius: largest[i]!,
    mean: sums[i]! / rows.rows,
    rows: rows.rows,
  }));
}

/**
 * Joins coverings of different rows.
 *
 * @param coverings At least one, each of other rows.
 * @returns The covering of all of them together.
 * @throws {RangeError} If there is none.
 *
 * @example One row twice as far as three others
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinCoverings } from "@/memory/covering_radius.ts";
 *
 * const joined = joinCoverings([{ radius: 1, mean: 1, rows: 3 }, { radius: 2, mean: 2, rows: 1 }]);
 * assert.deepEqual(joined, { radius: 2, mean: 1.25, rows: 4 });
 * ```
 */
export function joinCoverings(coverings: readonly Covering[]): Covering {
  if (coverings.length === 0) {
    throw new RangeError("Cannot join coverings: at least one is needed, got none");
  }
  let radius = 0, sum = 0, rows = 0;
  for (const each of coverings) {
    radius = Math.max(radius, each.radius);
    sum += each.mean * each.rows;
    rows += each.rows;
  }
  return { radius, mean: sum / rows, rows };
}
