import assert from "node:assert/strict";
import { choosePartition } from "@/clustering/choose_partition.ts";
import { kmeans, kmeansClusterer } from "@/clustering/kmeans.ts";
import { partitionOf } from "@/clustering/partition.ts";
import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
import { matrixOf, normalizeRows, toMatrix } from "@/math/matrix.ts";
import { loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

const anyNumber = kmeansClusterer({ clusters: null });
const counts = (rows: number[][]) =>
  anyNumber.partitions(matrixOf(rows)).map((partition) => partition.clusters);

testWithShared(
  "kmeansClusterer() lets the silhouette find the five classes of photographs",
  "golden/kmeans_real5.json",
  () => {
    const golden = loadGolden("finch_real5_resnet18_layer3");
    const vectors = golden.matrix("features");
    const { choiceRule } = anyNumber;
    const { partition } = choosePartition(vectors, anyNumber.partitions(vectors), { choiceRule });
    const classes = (golden.meta.images as string[]).map((path) => path.split("/")[2]!);
    assert.equal(measureAgreement(partition, classes).ari, 1);
  },
);

Deno.test("kmeansClusterer() compares by cosine", () => {
  const vectors = randomMatrix({ rows: 40, columns: 4, seed: 1 });
  const scaled = toMatrix(vectors.data.map((value, i) => value * (1 << (i >> 2) % 7)), vectors);
  const clusterer = kmeansClusterer({ clusters: 5 });
  assert.deepEqual(clusterer.partitions(scaled), clusterer.partitions(vectors));
  const direct = kmeans(normalizeRows(vectors), { clusters: 5, seed: 2 });
  assert.deepEqual(clusterer.partitions(vectors, { seed: 2 }), [direct.partition]);
});

Deno.test("kmeansClusterer() offers many clusters down to two", () => {
  const offered = (rows: number) =>
    anyNumber.partitions(randomMatrix({ rows, columns: 5, seed: 3 }))
      .map(({ clusters }) => clusters);
  assert.deepEqual(offered(4), [2]);
  assert.deepEqual(offered(6), [3, 2]);
  // 2⌊√30⌋ = 10 is less than 15 and 20.
  assert.deepEqual(offered(30), [10, 9, 8, 7, 6, 5, 4, 3, 2]);
  assert.deepEqual(offered(130).slice(0, 2), [20, 19]);
});

Deno.test("kmeansClusterer() finds three pairs, as many as can qualify", () => {
  const vectors = matrixOf([[9, 0, 0], [0, 9, 0], [0, 0, 9], [9, 1, 0], [0, 9, 1], [1, 0, 9]]);
  const { choiceRule } = anyNumber;
  const { partition } = choosePartition(vectors, anyNumber.partitions(vectors), { choiceRule });
  assert.deepEqual(partition, partitionOf([0, 1, 2, 0, 1, 2]));
});

Deno.test("kmeansClusterer() counts its starts as told", () => {
  const vectors = randomMatrix({ rows: 80, columns: 3, seed: 4 });
  const found = (restarts?: number) =>
    kmeansClusterer({ clusters: 9, ...(restarts && { restarts }) })
      .partitions(vectors, { seed: 1 });
  assert.deepEqual(found(), found(10));
  assert.notDeepEqual(found(1), found(10));
});

Deno.test("kmeansClusterer() draws from the seed, 0 by default, whatever is asked for", () => {
  const vectors = randomMatrix({ rows: 80, columns: 3, seed: 4 });
  for (const clusters of [9, null]) {
    const clusterer = kmeansClusterer({ clusters, restarts: 1 });
    const found = (seed: number) => clusterer.partitions(vectors, { seed });
    assert.deepEqual(clusterer.partitions(vectors), found(0));
    assert.notDeepEqual(found(1), found(0));
  }
});

Deno.test("kmeansClusterer() lets the silhouette choose unless a number is required", () => {
  assert.equal(anyNumber.choiceRule, "any");
  assert.equal(kmeansClusterer({ clusters: 1 }).choiceRule, "required");
});

Deno.test("kmeansClusterer() has a defined outcome for few and identical vectors", () => {
  assert.deepEqual(counts([[1, 2]]), [1]);
  assert.deepEqual(counts([[1, 2], [2, 1]]), [1]);
  assert.deepEqual(counts([[1, 2], [2, 1], [1, 1]]), [1]);
  assert.deepEqual(counts([[1, 2], [1, 2], [1, 2], [1, 2], [1, 2]]), [1]);
  // Six vectors would be three clusters, but there are only two directions.
  assert.deepEqual(counts([[1, 2], [2, 1], [2, 4], [1, 2], [2, 1], [1, 2]]), [2]);
  const [two] = kmeansClusterer({ clusters: 3 })
    .partitions(matrixOf([[1, 2], [2, 4], [2, 1], [4, 2]]));
  assert.deepEqual(two, partitionOf([0, 0, 1, 1]));
});

Deno.test("kmeansClusterer() refuses what has no direction and more clusters than vectors", () => {
  assert.throws(() => counts([[1, 2], [0, 0]]), {
    name: "RangeError",
    message: "Cannot cluster vectors: each must have a direction, got only zeros in row 1",
  });
  const clusterer = kmeansClusterer({ clusters: 3 });
  assert.throws(() => clusterer.partitions(matrixOf([[1, 2], [2, 1]])), {
    name: "RangeError",
    message: "Cannot run k-means: clusters must be an integer from 1 to 2, got 3",
  });
});
