import assert from "node:assert/strict";
import { choosePartition } from "@/choose_partition.ts";
import { finchPartitions } from "@/finch.ts";
import { matrixOf } from "@/matrix.ts";
import { partitionOf } from "@/partition.ts";
import { loadGolden, randomMatrix } from "./helpers.ts";

/** Rows at the given angles in degrees. */
const angles = (...degrees: number[]) =>
  matrixOf(degrees.map((each) => [Math.cos(each * Math.PI / 180), Math.sin(each * Math.PI / 180)]));

Deno.test("choosePartition() finds the seven blobs and reports both silhouettes", () => {
  const features = loadGolden("finch_blobs").matrix("features");
  const { partition, candidates, chosen } = choosePartition(features, finchPartitions(features));
  assert.equal(chosen, 1);
  assert.equal(partition.clusters, 7);
  assert.deepEqual(candidates.map(({ clusters }) => clusters), [40, 7]);
  assert.ok(candidates[1]!.silhouette! > 0.8);
});

Deno.test("choosePartition() leaves out the finest partition when another qualifies", () => {
  const vectors = angles(0, 0.1, 20, 20.1, 70, 70.1, 90, 90.1);
  const pairs = partitionOf([0, 0, 1, 1, 2, 2, 3, 3]);
  const halves = partitionOf([0, 0, 0, 0, 1, 1, 1, 1]);
  assert.equal(choosePartition(vectors, [pairs, halves]).chosen, 1);
  const alone = choosePartition(vectors, [pairs]);
  assert.equal(alone.chosen, 0);
  assert.equal(alone.partition, pairs);
});

Deno.test("choosePartition() forms one cluster when no silhouette is large enough", () => {
  const vectors = randomMatrix({ rows: 40, columns: 30, seed: 6 });
  const scattered = partitionOf(Array.from({ length: 40 }, (_, row) => row % 2));
  const { partition, chosen, candidates } = choosePartition(vectors, [scattered]);
  assert.equal(chosen, null);
  assert.deepEqual(partition, { labels: new Int32Array(40), clusters: 1 });
  assert.ok(candidates[0]!.silhouette! < 0.05);
  assert.equal(choosePartition(vectors, [scattered], { minSilhouette: -1 }).chosen, 0);
});

Deno.test("choosePartition() forms one cluster of one, two or three vectors", () => {
  for (const rows of [1, 2, 3]) {
    const vectors = randomMatrix({ rows, columns: 3, seed: rows });
    const { partition, chosen } = choosePartition(vectors, finchPartitions(vectors));
    assert.equal(chosen, null);
    assert.equal(partition.clusters, 1);
  }
});

Deno.test("choosePartition() gives ties to fewer clusters", () => {
  const vectors = matrixOf(Array.from({ length: 12 }, () => [1, 2]));
  const label = (count: number) => partitionOf(Array.from({ length: 12 }, (_, row) => row % count));
  const { chosen } = choosePartition(vectors, [label(5), label(4), label(2), label(3)], {
    minSilhouette: -1,
  });
  assert.equal(chosen, 2);
});

Deno.test("choosePartition() refuses a partition of other vectors", () => {
  assert.throws(() => choosePartition(angles(0, 1, 2, 3), [partitionOf([0, 1])]), {
    name: "TypeError",
    message: "Cannot choose a partition: each must have one label per vector, got 2 for 4 vectors",
  });
});
