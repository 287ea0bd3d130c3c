import assert from "node:assert/strict";
import { choosePartition } from "@/clustering/choose_partition.ts";
import { dbscan, dbscanClusterer } from "@/clustering/dbscan.ts";
import { partitionOf } from "@/clustering/partition.ts";
import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
import { matrixOf } from "@/math/matrix.ts";
import { loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

/** Rows at the given angles in degrees. */
const angles = (...degrees: number[]) =>
  matrixOf(degrees.map((each) => [Math.cos(each * Math.PI / 180), Math.sin(each * Math.PI / 180)]));

/** Cosine distance of two vectors at that angle, a little enlarged. */
const within = (degrees: number) => 1.0001 * (1 - Math.cos(degrees * Math.PI / 180));

testWithShared(
  "dbscanClusterer() lets the silhouette find the five classes of photographs",
  "golden/finch_real5_resnet18_layer3.json",
  () => {
    const golden = loadGolden("finch_real5_resnet18_layer3");
    const vectors = golden.matrix("features");
    const clusterer = dbscanClusterer({ epsilon: null });
    const { choiceRule } = clusterer;
    const { partition } = choosePartition(vectors, clusterer.partitions(vectors), { choiceRule });
    const classes = (golden.meta.images as string[]).map((path) => path.split("/")[2]!);
    assert.equal(measureAgreement(partition, classes).ari, 1);
  },
);

Deno.test("dbscanClusterer() gives noise to the cluster with the nearest mean", () => {
  // Means at 1° and 81°; their bisector is 41°. Rows at 40° and 42° are noise, as is −60°.
  const vectors = angles(0, 80, 1, 81, 2, 82, 40, 42, -60);
  const clusterer = dbscanClusterer({ epsilon: within(1), minPoints: 2 });
  const labels = dbscan(vectors, { epsilon: within(1), minPoints: 2 });
  assert.deepEqual([...labels], [0, 1, 0, 1, 0, 1, -1, -1, -1]);
  assert.deepEqual(
    clusterer.partitions(vectors),
    [partitionOf([0, 1, 0, 1, 0, 1, 0, 1, 0])],
  );
});

Deno.test("dbscanClusterer() numbers clusters by first appearance, noise included", () => {
  // The first row is noise and joins the pair at 50°, which is then cluster 0.
  const vectors = angles(40, 0, 1, 50, 51);
  const [partition] = dbscanClusterer({ epsilon: within(1), minPoints: 2 }).partitions(vectors);
  assert.deepEqual(partition, partitionOf([0, 1, 1, 0, 0]));
});

Deno.test("dbscanClusterer() forms one cluster where everything is noise", () => {
  const vectors = randomMatrix({ rows: 10, columns: 6, seed: 1 });
  for (const options of [{ epsilon: 0 }, { epsilon: null, minPoints: 11 }]) {
    assert.deepEqual(dbscanClusterer(options).partitions(vectors), [
      { labels: new Int32Array(10), clusters: 1 },
    ]);
  }
});

Deno.test("dbscanClusterer() offers the most clusters first and none twice", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const vectors = randomMatrix({ rows: 80, columns: 3, seed });
    const partitions = dbscanClusterer({ epsilon: null, minPoints: 3 }).partitions(vectors);
    const counts = partitions.map(({ clusters }) => clusters);
    assert.deepEqual(counts, counts.toSorted((a, b) => b - a));
    assert.equal(new Set(partitions.map(({ labels }) => labels.join())).size, counts.length);
    for (const { labels, clusters } of partitions) {
      assert.deepEqual(partitionOf(labels), { labels, clusters });
    }
  }
});

Deno.test("dbscanClusterer() takes its epsilons from the core distances", () => {
  // Gaps inside the groups: 1° at 0°, 2° at 40°, 4° at 90°. Core distances for 2 points: twice 1°,
  // twice 2°, twice 4°. Epsilons: 1°, 2° and 4°; each makes one more group.
  const vectors = angles(0, 1, 40, 42, 90, 94);
  const partitions = dbscanClusterer({ epsilon: null, minPoints: 2 }).partitions(vectors);
  // 1°: the only cluster takes all. 2°: 94° and 90° join the group at 41°. 4°: three groups.
  assert.deepEqual(partitions.map(({ labels }) => labels.join("")), [
    "001122",
    "001111",
    "000000",
  ]);
  assert.equal(choosePartition(vectors, partitions, { choiceRule: "any" }).chosen, 0);
});

Deno.test("dbscanClusterer() asks for as many neighbours as told, 4 by default", () => {
  const vectors = randomMatrix({ rows: 60, columns: 3, seed: 2 });
  const found = (minPoints?: number) =>
    dbscanClusterer({ epsilon: 0.03, ...(minPoints && { minPoints }) }).partitions(vectors);
  assert.deepEqual(found(), found(4));
  assert.notDeepEqual(found(), found(2));
});

Deno.test("dbscanClusterer() has a defined outcome for few and identical vectors", () => {
  const counts = (rows: number[][], minPoints = 4) =>
    dbscanClusterer({ epsilon: null, minPoints }).partitions(matrixOf(rows))
      .map(({ clusters }) => clusters);
  assert.deepEqual(counts([[1, 2]]), [1]);
  assert.deepEqual(counts([[1, 2]], 1), [1]);
  assert.deepEqual(counts([[1, 2], [2, 1]]), [1]);
  assert.deepEqual(counts([[1, 2], [2, 1], [1, 1]]), [1]);
  assert.deepEqual(counts([[1, 2], [2, 1], [1, 1]], 2), [1]);
  assert.deepEqual(counts([[3, 4], [3, 4], [3, 4], [3, 4]]), [1]);
});

Deno.test("dbscanClusterer() lets the silhouette choose, with an epsilon as well", () => {
  for (const epsilon of [null, 0.1]) assert.equal(dbscanClusterer({ epsilon }).choiceRule, "any");
});

Deno.test("dbscanClusterer() refuses what has no direction", () => {
  assert.throws(() => dbscanClusterer({ epsilon: 1 }).partitions(matrixOf([[0, 0], [1, 2]])), {
    name: "RangeError",
    message: "Cannot cluster vectors: each must have a direction, got only zeros in row 0",
  });
});
