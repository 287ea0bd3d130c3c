import assert from "node:assert/strict";
import { choosePartition } from "@/clustering/choose_partition.ts";
import { finchPartitions } from "@/clustering/finch.ts";
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { matrixOf } from "@/math/matrix.ts";
import { assertClose, loadGolden, randomMatrix } from "../helpers/mod.ts";

/** Rows at the given angles in degrees. */
const angles = (...degrees: number[]) =>
  matrixOf(degrees.map((each) => [Math.cos(each * Math.PI / 180), Math.sin(each * Math.PI / 180)]));

Deno.test("choosePartition() finds the seven blobs and reports both silhouettes", () => {
  const features = loadGolden("finch_blobs").matrix("features");
  const { partition, candidates, chosen } = choosePartition(features, finchPartitions(features), {
    choiceRule: "coarser",
  });
  assert.equal(chosen, 1);
  assert.equal(partition.clusters, 7);
  assert.deepEqual(candidates.map(({ clusters }) => clusters), [40, 7]);
  assert.ok(candidates[1]!.silhouette! > 0.8);
});

Deno.test("choosePartition() leaves out the finest partition when another qualifies", () => {
  const vectors = angles(0, 0.1, 20, 20.1, 70, 70.1, 90, 90.1);
  const pairs = partitionOf([0, 0, 1, 1, 2, 2, 3, 3]);
  const halves = partitionOf([0, 0, 0, 0, 1, 1, 1, 1]);
  const chosen = (...partitions: Partition[]) =>
    choosePartition(vectors, partitions, { choiceRule: "coarser" });
  const { candidates, chosen: second } = chosen(pairs, halves);
  assert.equal(second, 1);
  assert.ok(candidates[0]!.silhouette! > candidates[1]!.silhouette!);
  assert.deepEqual(candidates.map(({ reason }) => reason), [
    "the finest partition, and a coarser one competes",
    null,
  ]);
  const alone = chosen(pairs);
  assert.equal(alone.chosen, 0);
  assert.equal(alone.partition, pairs);
  // The coarser one cannot compete, and so the finest does.
  const one = partitionOf([0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(chosen(pairs, one).chosen, 0);
  // The finest has too many clusters anyway: all others compete.
  const singles = partitionOf([0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(chosen(singles, pairs, halves).chosen, 1);
});

Deno.test("choosePartition() lets the finest partition win where all compete", () => {
  const vectors = angles(0, 0.1, 20, 20.1, 70, 70.1, 90, 90.1);
  const partitions = [
    partitionOf([0, 0, 0, 0, 1, 1, 1, 1]),
    partitionOf([0, 0, 1, 1, 2, 2, 3, 3]),
  ];
  assert.equal(choosePartition(vectors, partitions, { choiceRule: "any" }).chosen, 1);
});

Deno.test("choosePartition() takes a required partition whatever its silhouette", () => {
  const vectors = angles(0, 1, 2, 90, 91);
  const taken = (...labels: number[]) => {
    const partition = partitionOf(labels);
    const choice = choosePartition(vectors, [partition], { choiceRule: "required" });
    assert.equal(choice.partition, partition);
    assert.equal(choice.chosen, 0);
    return choice.candidates[0]!;
  };
  // The two directions are mixed, or there are more clusters than half of the vectors.
  assert.ok(taken(0, 1, 0, 1, 0).silhouette! < 0);
  assert.equal(taken(0, 1, 0, 1, 0).reason, null);
  // Only 90° and 91° have one, being 1° apart, and 88° and 89° from 2°.
  const gap = (degrees: number) => 1 - Math.cos(degrees * Math.PI / 180);
  const four = taken(0, 1, 2, 3, 3);
  assertClose(four.silhouette!, (2 - gap(1) / gap(88) - gap(1) / gap(89)) / 5, 1e-6);
  assert.deepEqual([four.clusters, four.reason], [4, null]);
  assert.deepEqual(taken(0, 0, 0, 0, 0), {
    clusters: 1,
    silhouette: null,
    reason: "one cluster has no silhouette",
  });
  assert.deepEqual(taken(0, 1, 2, 3, 4), {
    clusters: 5,
    silhouette: null,
    reason: "clusters of one vector each have no silhouette",
  });
});

Deno.test("choosePartition() says of every candidate why it does not qualify", () => {
  const vectors = angles(0, 1, 90, 91, 45);
  const { candidates, chosen } = choosePartition(vectors, [
    partitionOf([0, 1, 2, 3, 4]),
    partitionOf([0, 0, 1, 1, 2]),
    partitionOf([0, 1, 0, 1, 0]),
    partitionOf([0, 0, 1, 1, 1]),
    partitionOf([0, 0, 0, 0, 0]),
  ], { choiceRule: "any", minSilhouette: 0.25 });
  assert.equal(chosen, 3);
  assert.deepEqual(candidates.map(({ clusters, reason }) => [clusters, reason]), [
    [5, "more clusters than half of the 5 vectors"],
    [3, "more clusters than half of the 5 vectors"],
    [2, "silhouette below 0.25"],
    [2, null],
    [1, "one cluster has no silhouette"],
  ]);
  assert.deepEqual(candidates.map(({ silhouette }) => silhouette === null), [
    ...[true, true, false, false, true],
  ]);
});

Deno.test("choosePartition() forms one cluster when no silhouette is large enough", () => {
  const vectors = randomMatrix({ rows: 40, columns: 30, seed: 6 });
  const scattered = partitionOf(Array.from({ length: 40 }, (_, row) => row % 2));
  const { partition, chosen, candidates } = choosePartition(vectors, [scattered], {
    choiceRule: "any",
  });
  assert.equal(chosen, null);
  assert.deepEqual(partition, { labels: new Int32Array(40), clusters: 1 });
  assert.ok(candidates[0]!.silhouette! < 0.05);
  assert.equal(candidates[0]!.reason, "silhouette below 0.05");
  const anyway = { choiceRule: "any", minSilhouette: -1 } as const;
  assert.equal(choosePartition(vectors, [scattered], anyway).chosen, 0);
});

Deno.test("choosePartition() forms one cluster of one, two or three vectors", () => {
  for (const rows of [1, 2, 3]) {
    const vectors = randomMatrix({ rows, columns: 3, seed: rows });
    const { partition, chosen } = choosePartition(vectors, finchPartitions(vectors), {
      choiceRule: "coarser",
    });
    assert.equal(chosen, null);
    assert.equal(partition.clusters, 1);
  }
});

Deno.test("choosePartition() gives ties to fewer clusters", () => {
  const vectors = matrixOf(Array.from({ length: 12 }, () => [1, 2]));
  const label = (count: number) => partitionOf(Array.from({ length: 12 }, (_, row) => row % count));
  const { chosen } = choosePartition(vectors, [label(5), label(4), label(2), label(3)], {
    choiceRule: "any",
    minSilhouette: -1,
  });
  assert.equal(chosen, 2);
});

Deno.test("choosePartition() refuses a partition of other vectors", () => {
  assert.throws(
    () => choosePartition(angles(0, 1, 2, 3), [partitionOf([0, 1])], { choiceRule: "any" }),
    {
      name: "TypeError",
      message:
        "Cannot choose a partition: each must have one label per vector, got 2 for 4 vectors",
    },
  );
});

Deno.test("choosePartition() refuses several where one is required", () => {
  const partition = partitionOf([0, 1]);
  for (const count of [0, 2]) {
    const partitions = Array(count).fill(partition);
    assert.throws(() => choosePartition(angles(0, 1), partitions, { choiceRule: "required" }), {
      name: "RangeError",
      message: `Cannot choose a partition: a required one must be the only one, got ${count}`,
    });
  }
});
