import assert from "node:assert/strict";
import {
  averageClusters,
  clusterSizes,
  membersOf,
  partitionOf,
  sumClusters,
} from "@/clustering/partition.ts";
import { matrixOf } from "@/math/matrix.ts";

Deno.test("partitionOf() numbers clusters by first appearance", () => {
  const { labels, clusters } = partitionOf(["c", "a", "c", "b", "a"]);
  assert.deepEqual([...labels], [0, 1, 0, 2, 1]);
  assert.equal(clusters, 3);
  assert.deepEqual(partitionOf([]), { labels: new Int32Array(0), clusters: 0 });
});

Deno.test("membersOf() lists every row once", () => {
  const partition = partitionOf([2, 2, 7, 2, 7]);
  assert.deepEqual(membersOf(partition).map((rows) => [...rows]), [[0, 1, 3], [2, 4]]);
});

Deno.test("membersOf() refuses a label without a cluster", () => {
  assert.throws(() => membersOf({ labels: Int32Array.of(0, 3), clusters: 2 }), {
    name: "RangeError",
    message: "Cannot list cluster members: labels must be from 0 to 1, got 3 in row 1",
  });
});

Deno.test("clusterSizes(), sumClusters() and averageClusters() do what can be done by hand", () => {
  const vectors = matrixOf([[1, 2], [10, 20], [3, 6]]);
  const partition = partitionOf(["a", "b", "a"]);
  assert.deepEqual([...clusterSizes(partition)], [2, 1]);
  // 1 + 3 and 2 + 6 in the first cluster; the second is one row.
  assert.deepEqual([...sumClusters(vectors, partition)], [4, 8, 10, 20]);
  assert.deepEqual([...averageClusters(vectors, partition)], [2, 4, 10, 20]);
});

Deno.test("sumClusters() leaves noise out", () => {
  const sums = sumClusters(matrixOf([[1], [9], [2]]), {
    labels: Int32Array.of(0, -1, 0),
    clusters: 1,
  });
  assert.deepEqual([...sums], [3]);
});
