import assert from "node:assert/strict";
import { drawStarts } from "@/clustering/kmeans.ts";
import { type Matrix, matrixOf, rowOf } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { randomMatrix } from "../helpers/mod.ts";

Deno.test("drawStarts() draws the first row evenly and others by squared distance", () => {
  // After 0 the squared gaps are 1 and 9, so a draw gives 1 with probability 0.1. Taking 1 would
  // leave a sum of 4 (from 3 to 1), taking 3 leaves 1: of two draws, 3 wins unless both give 1.
  let first = 0, far = 0, from = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const points = matrixOf([[0], [1], [3]]);
    const starts = drawStarts(points, { clusters: 2, random: createRandom(seed) });
    if (starts[0] === 1) first++;
    if (starts[0] !== 0) continue;
    from++;
    if (starts[1] === 2) far++;
  }
  // Standard deviations: 26 for a third of 3000, 0.3 % for the share.
  assert.ok(Math.abs(first - 1000) < 130, `${first}`);
  assert.ok(Math.abs(far / from - 0.99) < 0.016, `${far} of ${from}`);
});

Deno.test("drawStarts() draws different points, and all of them where there are no more", () => {
  const points = matrixOf([[2], [1], [2], [1], [7], [7]]);
  for (let seed = 0; seed < 20; seed++) {
    const starts = drawStarts(points, { clusters: 5, random: createRandom(seed) });
    assert.deepEqual(starts.map((row) => points.data[row]!).sort(), [1, 2, 7]);
  }
});

Deno.test("drawStarts() leaves smaller gaps than even draws do", () => {
  const points = randomMatrix({ rows: 200, columns: 3, seed: 1 });
  let greedy = 0, even = 0;
  for (let seed = 0; seed < 20; seed++) {
    const random = createRandom(seed);
    greedy += sumOfGaps(points, drawStarts(points, { clusters: 8, random }));
    even += sumOfGaps(points, Array.from({ length: 8 }, () => random.integer(200)));
  }
  assert.ok(greedy < 0.85 * even, `${greedy} and ${even}`);
});

function sumOfGaps(points: Matrix, starts: readonly number[]): number {
  let sum = 0;
  for (let row = 0; row < points.rows; row++) {
    sum += Math.min(
      ...starts.map((start) => squaredDistance(rowOf(points, start), rowOf(points, row))),
    );
  }
  return sum;
}
