import assert from "node:assert/strict";
import { refillClusters } from "@/clustering/kmeans.ts";
import { createRandom } from "@/math/random.ts";

const refill = (values: number[], gaps: number[], count: number) => {
  const labels = Int32Array.from(values);
  refillClusters(labels, { gaps: Float64Array.from(gaps), count });
  return [...labels];
};

Deno.test("refillClusters() leaves clusters alone when none is empty", () => {
  assert.deepEqual(refill([1, 0, 2, 0], [5, 6, 7, 8], 3), [1, 0, 2, 0]);
});

Deno.test("refillClusters() takes the farthest point, the lower one of two", () => {
  assert.deepEqual(refill([0, 0, 0, 0], [1, 3, 2, 3], 2), [0, 1, 0, 0]);
});

Deno.test("refillClusters() never takes the last point of a cluster", () => {
  // Cluster 2 takes the point with 9; the one with 8 is then the last of cluster 1, so cluster 3
  // takes the one with 1.
  assert.deepEqual(refill([0, 1, 1, 0], [1, 9, 8, 0], 4), [3, 2, 1, 0]);
});

Deno.test("refillClusters() leaves no cluster empty", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const count = 1 + random.integer(8);
    const labels = Array.from({ length: 8 }, () => random.integer(count));
    const gaps = labels.map(() => random.integer(4));
    assert.equal(new Set(refill(labels, gaps, count)).size, count, `seed ${seed}`);
  }
});
