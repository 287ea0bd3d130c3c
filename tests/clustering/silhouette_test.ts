import assert from "node:assert/strict";
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { meanSilhouettes } from "@/clustering/silhouette.ts";
import { matrixOf, selectRows } from "@/math/matrix.ts";
import { assertClose, loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

function assertGolden(name: string): void {
  const golden = loadGolden(name);
  const { data, shape } = golden.i32("partitions");
  const partitions = (golden.meta.numClusters as number[]).map((clusters, column): Partition => ({
    clusters,
    labels: data.filter((_, i) => i % shape[1]! === column),
  }));
  for (const distance of ["cosine", "euclidean"] as const) {
    const values = meanSilhouettes(golden.matrix("features"), partitions, { distance });
    const key = distance === "cosine" ? "silhouetteCosine" : "silhouetteEuclidean";
    // scikit-learn forms cosine distances of neighbours in float32: 1e-5 apart at worst.
    values.forEach((value, i) => assertClose(value, golden.meta[key][i], 2e-5, `${key} ${i}`));
  }
}

Deno.test("meanSilhouettes() equals scikit-learn", () => {
  assertGolden("finch_blobs");
  assertGolden("finch_twelve");
});

testWithShared(
  "meanSilhouettes() equals scikit-learn on features of photographs",
  "golden/finch_real5_resnet18_layer3.json",
  () => assertGolden("finch_real5_resnet18_layer3"),
);

Deno.test("meanSilhouettes() counts a cluster of one as zero", () => {
  // Rows at 0, 2 and 10: own cluster 2 away, other cluster 10 and 8: (0.8 + 0.75 + 0) / 3.
  const [value] = meanSilhouettes(matrixOf([[0], [2], [10]]), [partitionOf([0, 0, 1])], {
    distance: "euclidean",
  });
  assertClose(value!, (0.8 + 0.75) / 3, 1e-12);
});

Deno.test("meanSilhouettes() of identical vectors are zero", () => {
  const vectors = matrixOf([[1, 2], [1, 2], [1, 2], [1, 2]]);
  const [value] = meanSilhouettes(vectors, [partitionOf([0, 0, 1, 1])], { distance: "euclidean" });
  assert.equal(value, 0);
});

Deno.test("meanSilhouettes() ignore the order of rows and the numbering of clusters", () => {
  const vectors = randomMatrix({ rows: 12, columns: 3, seed: 4 });
  const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];
  const order = [5, 3, 1, 0, 2, 4, 11, 10, 9, 8, 7, 6];
  const shuffled = partitionOf(order.map((row) => 2 - labels[row]!));
  const [value] = meanSilhouettes(vectors, [partitionOf(labels)]);
  const [other] = meanSilhouettes(selectRows(vectors, order), [shuffled]);
  assertClose(other!, value!, 1e-12);
});

Deno.test("meanSilhouettes() say what a partition must have", () => {
  const vectors = matrixOf([[0], [1], [2]]);
  assert.throws(() => meanSilhouettes(vectors, [partitionOf([0, 0, 0])]), {
    name: "RangeError",
    message: "Cannot compute silhouettes: the number of clusters must be from 2 to 2, got 1",
  });
  assert.throws(() => meanSilhouettes(vectors, [partitionOf([0, 1, 2])]), { name: "RangeError" });
  assert.throws(() => meanSilhouettes(vectors, [partitionOf([0, 1])]), {
    name: "TypeError",
    message:
      "Cannot compute silhouettes: a partition must have one label per vector, got 2 for 3 vectors",
  });
});
