/**
 * Where k-means starts: centres drawn far from each other.
 *
 * Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007; the greedy
 * variant that the paper's conclusion mentions and scikit-learn uses.
 *
 * @module
 */
import { type Matrix, rowOf } from "@/math/matrix.ts";
import type { Random } from "@/math/random.ts";
import { squaredDistance } from "@/math/vectors.ts";

/**
 * Draws the rows that k-means starts from.
 *
 * The first is drawn evenly. For each further one, 2 + ⌊ln clusters⌋ rows are drawn with a
 * probability in proportion to their squared distance from the nearest start so far, and the one
 * that leaves the smallest sum of these is taken; a tie goes to the lower row. No two starts are
 * equal: where the rows hold fewer different ones than asked, each of those is drawn once.
 * Takes O(clusters × ln clusters × rows × columns) time and O(rows) memory.
 *
 * @param points At least one row.
 * @param options How many to draw, and the generator to draw from; it moves on.
 * @returns Row numbers, in the order they were drawn.
 *
 * @example One of each of two points
 * ```ts
 * import assert from "node:assert/strict";
 * import { drawStarts } from "@/clustering/kmeans_start.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { createRandom } from "@/math/random.ts";
 *
 * const points = matrixOf([[1], [1], [1], [5]]);
 * const starts = drawStarts(points, { clusters: 3, random: createRandom(1) });
 * assert.equal(starts.length, 2);
 * assert.ok(starts.includes(3));
 * ```
 */
export function drawStarts(
  points: Matrix,
  options: { readonly clusters: number; readonly random: Random },
): number[] {
  const { clusters, random } = options;
  const trials = 2 + Math.floor(Math.log(clusters));
  const starts = [random.integer(points.rows)];
  let { gaps, sum } = addStart(points, {
    row: starts[0]!,
    gaps: new Float64Array(points.rows).fill(Infinity),
  });
  while (starts.length < clusters && sum > 0) {
    let best: Trial | null = null;
    for (let trial = 0; trial < trials; trial++) {
      const found = addStart(points, { row: drawRow(gaps, random.next() * sum), gaps });
      const isTie = found.sum === best?.sum && found.row < best.row;
      if (best === null || found.sum < best.sum || isTie) best = found;
    }
    ({ gaps, sum } = best!);
    starts.push(best!.row);
  }
  return starts;
}

/** A row taken as a start, with what is then left between every row and its nearest start. */
interface Trial {
  readonly row: number;
  readonly gaps: Float64Array;
  readonly sum: number;
}

function addStart(points: Matrix, before: { row: number; gaps: Float64Array }): Trial {
  const start = rowOf(points, before.row);
  const gaps = before.gaps.map((gap, row) =>
    gap === 0 ? 0 : Math.min(gap, squaredDistance(start, rowOf(points, row)))
  );
  return { row: before.row, gaps, sum: gaps.reduce((total, gap) => total + gap, 0) };
}

/** Finds the row where the running sum of gaps first exceeds `target`; never one without a gap. */
function drawRow(gaps: Float64Array, target: number): number {
  let last = 0, sum = 0;
  for (const [row, gap] of gaps.entries()) {
    if (gap === 0) continue;
    last = row;
    sum += gap;
    if (sum > target) break;
  }
  return last;
}
