/**
 * Nearest neighbours among the first rows of a matrix, for several numbers of rows at once.
 *
 * @module
 */
import { type Matrix, selectRows } from "@/math/matrix.ts";
import type { NeighborIndex, NeighborSearch } from "@/memory/neighbor_search.ts";

/** Rows whose beginnings can be searched. It holds native memory until it is closed. */
export interface PrefixIndex {
  /** How many rows each prefix has, in rising order. */
  readonly sizes: readonly number[];
  /** For every prefix, the squared distance from each query to the nearest of its rows. */
  nearest(queries: Matrix): Promise<Float32Array[]>;
  /** Frees native memory; the index must not be used afterwards. */
  close(): Promise<void>;
}

/**
 * Makes the prefixes of a matrix ready for searching.
 *
 * Every row is met once, by the first prefix that has it; each later prefix takes over what is
 * nearest in the one before. All prefixes together thus cost about as much as the longest alone.
 *
 * @param rows The rows, in the order in which they were chosen.
 * @param options Lengths of the prefixes, never falling, and how neighbours are found.
 * @returns The index; close it when done.
 * @throws {RangeError} If there is no size, or a size is not an integer from the one before to the
 *   number of rows.
 *
 * @example Two sizes of one bank
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 * import { openPrefixIndex } from "@/memory/prefix_index.ts";
 *
 * const rows = matrixOf([[0], [10], [4]]);
 * const index = await openPrefixIndex(rows, { sizes: [1, 3], search: plainSearch });
 * const distances = await index.nearest(matrixOf([[5], [1]]));
 * assert.deepEqual(distances.map((each) => [...each]), [[25, 1], [1, 1]]);
 * await index.close();
 * ```
 */
export async function openPrefixIndex(
  rows: Matrix,
  options: { readonly sizes: readonly number[]; readonly search: NeighborSearch },
): Promise<PrefixIndex> {
  const { sizes, search } = options;
  checkSizes(sizes, rows.rows);
  const parts: (NeighborIndex | null)[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts) await part?.close();
  };
  try {
    for (const [i, size] of sizes.entries()) {
      const first = sizes[i - 1] ?? 0;
      const numbers = Uint32Array.from({ length: size - first }, (_, row) => first + row);
      parts.push(size === first ? null : await search.build(selectRows(rows, numbers)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { sizes, nearest: (queries) => searchParts(parts, queries), close };
}

async function searchParts(
  parts: readonly (NeighborIndex | null)[],
  queries: Matrix,
): Promise<Float32Array[]> {
  const nearest = new Float32Array(queries.rows).fill(Infinity);
  const found: Float32Array[] = [];
  for (const part of parts) {
    const { squaredDistances } = await part?.search(queries, 1) ?? { squaredDistances: nearest };
    for (let query = 0; query < queries.rows; query++) {
      nearest[query] = Math.min(nearest[query]!, squaredDistances[query]!);
    }
    found.push(nearest.slice());
  }
  return found;
}

function checkSizes(sizes: readonly number[], rows: number): void {
  if (sizes.length === 0) {
    throw new RangeError("Cannot index prefixes: at least one size is needed, got none");
  }
  for (const [i, size] of sizes.entries()) {
    const least = sizes[i - 1] ?? 1;
    if (!Number.isInteger(size) || size < least || size > rows) {
      throw new RangeError(
        `Cannot index prefixes: every size must be an integer from the one before, ${least}, ` +
          `to ${rows}, got ${size}`,
      );
    }
  }
}
