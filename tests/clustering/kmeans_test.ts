import assert from "node:assert/strict";
import { drawStarts, kmeans } from "@/clustering/kmeans.ts";
import { membersOf, type Partition, partitionOf } from "@/clustering/partition.ts";
import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
import { type Matrix, matrixOf, selectRows, toMatrix } from "@/math/matrix.ts";
import { createRandom, permutation } from "@/math/random.ts";
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
