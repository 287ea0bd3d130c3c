import assert from "node:assert/strict";
import { membersOf, partitionOf } from "@/clustering/partition.ts";

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
