/**
 * Splits rows in two around two centers.
 *
 * @module
 */
import { kmeans } from "@/clustering/kmeans.ts";
import { type Matrix, rowOf } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { sampleRows } from "@/memory/engines/neighbor_kernel.ts";

/** Rows that the centers are found from. */
const SPLIT_SAMPLE = 512;

/**
 * Splits rows around the two centers that k-means finds among at most 512 of them.
 *
 * @param rows At least one finite row; left unchanged.
 * @returns The numbers of the rows nearer to each center, in order; a single list where all are
 *   nearest to one.
 *
 * @example A tight pair and two rows far away
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { splitRows } from "@/memory/engines/split_rows.ts";
 *
 * const parts = splitRows(matrixOf([[1.01], [9], [1], [8]]));
 * assert.deepEqual(parts.map((part) => [...part]), [[0, 2], [1, 3]]);
 * ```
 */
export function splitRows(rows: Matrix): Uint32Array[] {
  const sample = sampleRows(rows, SPLIT_SAMPLE);
  const clusters = Math.min(2, rows.rows);
  const { centers } = kmeans(sample, { clusters, seed: 0, restarts: 3, maxIterations: 10 });
  const parts: number[][] = Array.from({ length: centers.rows }, () => []);
  for (let row = 0; row < rows.rows; row++) {
    const vector = rowOf(rows, row);
    let nearest = 0, least = Infinity;
    for (let center = 0; center < centers.rows; center++) {
      const distance = squaredDistance(vector, rowOf(centers, center));
      if (distance < least) [nearest, least] = [center, distance];
    }
    parts[nearest]!.push(row);
  }
  return parts.filter((part) => part.length > 0).map((part) => Uint32Array.from(part));
}
