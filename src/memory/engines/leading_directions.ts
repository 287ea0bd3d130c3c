/**
 * The directions in which many wide rows vary most, quickly and roughly: two steps of subspace
 * iteration (Halko, Martinsson, Tropp, 2011) on a sample of the rows.
 *
 * `principalComponents` finds each direction precisely and in order; here only the space that they
 * span matters, and that nearly all variance lies in it.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";
import { orthonormalRows } from "@/math/orthonormal_rows.ts";
import { createRandom } from "@/math/random.ts";
import { sampleRows } from "@/memory/engines/neighbor_kernel.ts";
import type { SearchGraphs } from "@/memory/engines/search_graphs.ts";

/** Rows that the directions are found from. */
const DIRECTION_SAMPLE = 2048;

/** Multiplications with the covariance. */
const STEPS = 2;

/**
 * Finds directions that hold about as much of the rows' variance as any others do.
 *
 * @param rows Finite rows; left unchanged.
 * @param options How many directions, what is subtracted from the rows, and the products.
 * @returns Perpendicular directions of length 1, one per row; zeros where no variance is left.
 *
 * @example All variance along the diagonal
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { findLeadingDirections } from "@/memory/engines/leading_directions.ts";
 * import { openSearchGraphs } from "@/memory/engines/search_graphs.ts";
 *
 * const { data } = await findLeadingDirections(matrixOf([[1, 1], [3, 3]]), {
 *   count: 1,
 *   center: Float32Array.of(2, 2),
 *   graphs: await openSearchGraphs(1),
 * });
 * assert.ok(Math.abs(data[0]! - data[1]!) < 1e-6);
 * ```
 */
export async function findLeadingDirections(
  rows: Matrix,
  options: { count: number; center: Float32Array; graphs: SearchGraphs },
): Promise<Matrix> {
  const { count, center, graphs } = options;
  const { columns } = rows;
  const sample = sampleRows(rows, DIRECTION_SAMPLE);
  for (let row = 0, i = 0; row < sample.rows; row++) {
    for (let column = 0; column < columns; column++, i++) sample.data[i]! -= center[column]!;
  }
  const random = createRandom(0, "leading directions");
  let directions: Matrix = {
    rows: count,
    columns,
    data: Float32Array.from({ length: count * columns }, () => random.next() - 0.5),
  };
  for (let step = 0; step < STEPS; step++) {
    directions = orthonormalRows(await graphs.turn(sample, directions));
  }
  return directions;
}
