import assert from "node:assert/strict";
import { choosePartition } from "@/clustering/choose_partition.ts";
import { drawStarts, kmeans, kmeansClusterer, refillClusters } from "@/clustering/kmeans.ts";
import { membersOf, type Partition, partitionOf } from "@/clustering/partition.ts";
import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
import {
  type Matrix,
  matrixOf,
  normalizeRows,
  rowOf,
  selectRows,
  toMatrix,
} from "@/math/matrix.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { assertClose, loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

testWithShared(
  "kmeans() finds an inertia as small as scikit-learn's on features of photographs",
  "golden/kmeans_real5.json",
  () => {
    const golden = loadGolden("kmeans_real5");
    const { partition, inertia } = kmeans(golden.matrix("features"), { clusters: 5, seed: 0 });
    assert.ok(inertia <= golden.meta.inertia * 1.001, `${inertia}`);
    const { ari } = measureAgreement(partition, [...golden.i32("labels").data].map(String));
    assert.equal(ari, 1);
  },
);

Deno.test("kmeans() finds the best of all partitions of a few points", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const points = randomMatrix({ rows: 8, columns: 2, seed });
    const { inertia } = kmeans(points, { clusters: 3, seed, restarts: 50 });
    assertClose(inertia, bestInertia(points, 3), 1e-12, `seed ${seed}`);
  }
});

Deno.test("kmeans() equals plain iterations from the same start", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const points = randomMatrix({ rows: 60, columns: 3, seed });
    const found = kmeans(points, { clusters: 4, seed, restarts: 1 });
    const starts = drawStarts(points, { clusters: 4, random: createRandom(seed, "k-means") });
    assert.deepEqual(found.partition, iteratePlainly(points, starts), `seed ${seed}`);
  }
});

Deno.test("kmeans() never raises the inertia from one iteration to the next", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const points = randomMatrix({ rows: 100, columns: 2, seed });
    let before = Infinity;
    for (let maxIterations = 1; maxIterations <= 20; maxIterations++) {
      const options = { clusters: 12, seed, restarts: 1, maxIterations };
      const { inertia, partition, centers, iterations } = kmeans(points, options);
      assert.ok(inertia <= before * (1 + 1e-12), `seed ${seed}`);
      assert.equal(partition.clusters, 12);
      assert.ok(iterations <= maxIterations);
      assertClose(inertia, inertiaOf(points, partition), 1e-12);
      assert.equal(centers.rows, 12);
      before = inertia;
    }
  }
});

Deno.test("kmeans() forms as many clusters as asked, or as there are different points", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = createRandom(seed);
    const values = Array.from({ length: 14 }, () => [random.integer(4), random.integer(4)]);
    const distinct = new Set(values.map(String)).size;
    const { partition } = kmeans(matrixOf(values), { clusters: 9, seed, restarts: 1 });
    assert.equal(partition.clusters, Math.min(9, distinct), `seed ${seed}`);
  }
});

Deno.test("kmeans() keeps the best of its starts", () => {
  const points = randomMatrix({ rows: 80, columns: 2, seed: 3 });
  const inertias = [1, 2, 5, 20].map((restarts) =>
    kmeans(points, { clusters: 9, seed: 1, restarts }).inertia
  );
  assert.deepEqual(inertias, inertias.toSorted((a, b) => b - a));
  assert.ok(inertias[3]! < inertias[0]!);
});

Deno.test("kmeans() stops early when the inertia hardly falls", () => {
  const points = randomMatrix({ rows: 300, columns: 2, seed: 4 });
  const options = { clusters: 6, seed: 1, restarts: 1 };
  const full = kmeans(points, options), short = kmeans(points, { ...options, tolerance: 0.05 });
  assert.ok(short.iterations < full.iterations);
  assert.ok(short.inertia >= full.inertia && short.inertia < 1.2 * full.inertia);
});

Deno.test("kmeans() gives separated groups whatever the order of the points", () => {
  const groups = Array.from({ length: 60 }, (_, row) => row % 4);
  const noise = randomMatrix({ rows: 60, columns: 2, seed: 5 });
  const points = toMatrix(
    noise.data.map((value, i) => value + 40 * (groups[i >> 1]! >> (i & 1) & 1)),
    noise,
  );
  for (let seed = 1; seed <= 5; seed++) {
    const order = permutation(60, createRandom(seed));
    const { partition } = kmeans(selectRows(points, order), { clusters: 4, seed });
    assert.deepEqual(partition, partitionOf([...order].map((row) => groups[row]!)));
  }
});

Deno.test("kmeans() repeats itself for a seed", () => {
  const points = randomMatrix({ rows: 100, columns: 2, seed: 6 });
  const run = (seed: number) => kmeans(points, { clusters: 10, seed, restarts: 1 });
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1).partition, run(2).partition);
});

Deno.test("kmeans() has a defined outcome for few, all and identical points", () => {
  const one = kmeans(matrixOf([[3, 4]]), { clusters: 1, seed: 0 });
  assert.deepEqual([one.partition.clusters, one.inertia], [1, 0]);
  assert.deepEqual([...one.centers.data], [3, 4]);
  // The mean of 0, 1 and 5 is 2: 4 + 1 + 9.
  assert.equal(kmeans(matrixOf([[0], [1], [5]]), { clusters: 1, seed: 0 }).inertia, 14);
  const points = randomMatrix({ rows: 9, columns: 2, seed: 7 });
  const all = kmeans(points, { clusters: 9, seed: 0 });
  assert.deepEqual([...all.partition.labels], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(all.inertia, 0);
  assert.deepEqual(all.centers, points);
  const same = kmeans(matrixOf([[1, 2], [1, 2], [1, 2]]), { clusters: 3, seed: 0 });
  assert.deepEqual([same.partition.clusters, same.inertia, same.centers.rows], [1, 0, 1]);
  const twice = kmeans(matrixOf([[7], [1], [7], [1]]), { clusters: 3, seed: 0 });
  assert.deepEqual([...twice.partition.labels], [0, 1, 0, 1]);
  assert.equal(kmeans(matrixOf([[0], [0]]), { clusters: 1, seed: 0 }).inertia, 0);
});

Deno.test("kmeans() says which option it refuses", () => {
  const points = matrixOf([[1], [2], [3]]);
  const refuses = (options: Partial<Parameters<typeof kmeans>[1]>, message: string) =>
    assert.throws(() => kmeans(points, { clusters: 2, seed: 0, ...options }), {
      name: "RangeError",
      message: `Cannot run k-means: ${message}`,
    });
  refuses({ clusters: 4 }, "clusters must be an integer from 1 to 3, got 4");
  refuses({ clusters: 0 }, "clusters must be an integer from 1 to 3, got 0");
  refuses({ restarts: 0 }, "restarts must be a positive integer, got 0");
  refuses({ maxIterations: 1.5 }, "maxIterations must be a positive integer, got 1.5");
  refuses({ tolerance: NaN }, "tolerance must not be negative, got NaN");
});

/** Sum of squared distances to the means, from the definition. */
function inertiaOf({ columns, data }: Matrix, partition: Partition): number {
  let sum = 0;
  for (const rows of membersOf(partition)) {
    for (let c = 0; c < columns; c++) {
      const values = [...rows].map((row) => data[row * columns + c]!);
      const mean = values.reduce((total, value) => total + value, 0) / values.length;
      for (const value of values) sum += (value - mean) ** 2;
    }
  }
  return sum;
}

function bestInertia(points: Matrix, clusters: number): number {
  let best = Infinity;
  for (let code = 0; code < clusters ** points.rows; code++) {
    const labels = Array.from(
      { length: points.rows },
      (_, row) => Math.floor(code / clusters ** row) % clusters,
    );
    best = Math.min(best, inertiaOf(points, partitionOf(labels)));
  }
  return best;
}

/** Lloyd's iterations without shortcuts, for points that never leave a cluster empty. */
function iteratePlainly({ rows, columns, data }: Matrix, starts: readonly number[]): Partition {
  const row = (i: number) => [...data.subarray(i * columns, (i + 1) * columns)];
  let means = starts.map(row);
  let labels: number[] = [];
  for (let before = ""; before !== String(labels) || before === "";) {
    before = String(labels);
    labels = Array.from({ length: rows }, (_, i) => {
      const gaps = means.map((mean) =>
        row(i).reduce((sum, value, c) => sum + (value - mean[c]!) ** 2, 0)
      );
      return gaps.indexOf(Math.min(...gaps));
    });
    means = means.map((_, cluster) => {
      const members = labels.flatMap((label, i) => label === cluster ? [row(i)] : []);
      return Array.from(
        { length: columns },
        (_, c) => members.reduce((sum, member) => sum + member[c]!, 0) / members.length,
      );
    });
  }
  return partitionOf(labels);
}

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
