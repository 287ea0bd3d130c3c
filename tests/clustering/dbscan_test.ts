import assert from "node:assert/strict";
import { choosePartition } from "@/clustering/choose_partition.ts";
import { coreDistances, dbscan, dbscanClusterer } from "@/clustering/dbscan.ts";
import { partitionOf } from "@/clustering/partition.ts";
import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
import { type Matrix, matrixOf, rowOf, toMatrix } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

const line = (...values: number[]) => matrixOf(values.map((value) => [value]));

testWithShared(
  "dbscan() equals scikit-learn label by label on features of photographs",
  "golden/dbscan_real5.json",
  () => {
    const golden = loadGolden("dbscan_real5");
    const labels = dbscan(golden.matrix("features"), { epsilon: 0.05, minPoints: 4 });
    assert.deepEqual(labels, golden.i32("labels").data);
  },
);

Deno.test("dbscan() gives a border to the first cluster that reaches it", () => {
  // Four within 1, itself included: 0.5 (0, 0.25, 1.5) and 2.5 (1.5, 2.75, 3), which are the cores.
  // 1.5 has only three and borders on both; the lower core is 2.5 in row 1.
  const points = line(1.5, 2.5, 2.75, 3, 0.5, 0.25, 0, 9);
  const labels = dbscan(points, { epsilon: 1, minPoints: 4, metric: "euclidean" });
  assert.deepEqual([...labels], [0, 0, 0, 0, 1, 1, 1, -1]);
});

Deno.test("dbscan() counts a vector itself and neighbours at exactly epsilon", () => {
  const labels = (epsilon: number, minPoints: number) => [
    ...dbscan(line(0, 2, 4, 7), { epsilon, minPoints, metric: "euclidean" }),
  ];
  assert.deepEqual(labels(2, 3), [0, 0, 0, -1]);
  assert.deepEqual(labels(1.99, 3), [-1, -1, -1, -1]);
  assert.deepEqual(labels(0, 1), [0, 1, 2, 3]);
  assert.deepEqual(labels(3, 4), [-1, -1, -1, -1]);
  assert.deepEqual(labels(100, 5), [-1, -1, -1, -1]);
});

Deno.test("dbscan() equals the definition on random points", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const points = randomMatrix({ rows: 60, columns: 2, seed });
    const options = { epsilon: 0.3, minPoints: 2 + seed % 4, metric: "euclidean" } as const;
    assert.deepEqual([...dbscan(points, options)], groupPlainly(points, options), `seed ${seed}`);
  }
});

Deno.test("dbscan() gives the same labels with core distances at hand", () => {
  const points = randomMatrix({ rows: 80, columns: 3, seed: 1 });
  const cores = coreDistances(points, { minPoints: 3 });
  for (const epsilon of [0.01, 0.05, 0.2]) {
    const options = { epsilon, minPoints: 3 };
    assert.deepEqual(dbscan(points, { ...options, cores }), dbscan(points, options));
  }
});

Deno.test("dbscan() by cosine is blind to lengths", () => {
  const points = randomMatrix({ rows: 60, columns: 3, seed: 2 });
  const scaled = toMatrix(points.data.map((value, i) => value * (1 << (i / 3 | 0) % 6)), points);
  const options = { epsilon: 0.02, minPoints: 3, metric: "cosine" } as const;
  assert.deepEqual(dbscan(scaled, options), dbscan(points, options));
  assert.notDeepEqual(
    dbscan(points, { ...options, metric: "euclidean" }),
    dbscan(points, options),
  );
});

Deno.test("coreDistances() are the k-th smallest distances, itself included", () => {
  const points = randomMatrix({ rows: 30, columns: 2, seed: 3 });
  for (const minPoints of [1, 2, 5, 30]) {
    const cores = coreDistances(points, { minPoints, metric: "euclidean" });
    const expected = Float64Array.from(
      { length: 30 },
      (_, row) => distancesFrom(points, row).toSorted((a, b) => a - b)[minPoints - 1]!,
    );
    assert.deepEqual(cores, expected);
  }
  assert.ok(coreDistances(points, { minPoints: 31 }).every((value) => value === Infinity));
});

Deno.test("dbscan() has a defined outcome for one and for identical vectors", () => {
  const labels = (rows: number[][], minPoints: number) => [
    ...dbscan(matrixOf(rows), { epsilon: 0, minPoints, metric: "euclidean" }),
  ];
  assert.deepEqual(labels([[1, 2]], 1), [0]);
  assert.deepEqual(labels([[1, 2]], 2), [-1]);
  assert.deepEqual(labels([[0, 0], [0, 0], [0, 0]], 3), [0, 0, 0]);
});

Deno.test("dbscan() says what it refuses", () => {
  const refuses = (
    options: Partial<Parameters<typeof dbscan>[1]>,
    error: { name: string; message: string },
  ) =>
    assert.throws(
      () => dbscan(matrixOf([[1, 0], [0, 0]]), { epsilon: 1, minPoints: 2, ...options }),
      error,
    );
  const name = "RangeError";
  refuses({}, {
    name,
    message: "Cannot cluster vectors: each must have a direction, got only zeros in row 1",
  });
  refuses({ epsilon: -1 }, {
    name,
    message: "Cannot run DBSCAN: epsilon must not be negative, got -1",
  });
  refuses({ epsilon: NaN }, {
    name,
    message: "Cannot run DBSCAN: epsilon must not be negative, got NaN",
  });
  refuses({ minPoints: 0 }, {
    name,
    message: "Cannot run DBSCAN: minPoints must be a positive integer, got 0",
  });
  refuses({ cores: Float64Array.of(1) }, {
    name: "TypeError",
    message: "Cannot run DBSCAN: cores must have one value per row, got 1 for 2 rows",
  });
});

function distancesFrom(points: Matrix, row: number): number[] {
  return Array.from(
    { length: points.rows },
    (_, other) => Math.sqrt(squaredDistance(rowOf(points, row), rowOf(points, other))),
  );
}

/** Clusters are what cores reach from core to core; a border joins its lowest cluster. */
function groupPlainly(
  points: Matrix,
  { epsilon, minPoints }: { epsilon: number; minPoints: number },
): number[] {
  const near = Array.from(
    { length: points.rows },
    (_, row) =>
      distancesFrom(points, row).flatMap((value, other) => value <= epsilon ? [other] : []),
  );
  const isCore = near.map((rows) => rows.length >= minPoints);
  // Every core takes the lowest number among the cores near it until nothing changes.
  const lowest = near.map((_, row) => row);
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const [row, rows] of near.entries()) {
      for (const other of rows) {
        if (isCore[row] && isCore[other] && lowest[other]! < lowest[row]!) {
          lowest[row] = lowest[other]!;
          isChanged = true;
        }
      }
    }
  }
  const numbers = [...new Set(lowest.filter((_, row) => isCore[row]))].sort((a, b) => a - b);
  return near.map((rows, row) => {
    const found = (isCore[row] ? [row] : rows.filter((other) => isCore[other]))
      .map((other) => numbers.indexOf(lowest[other]!));
    return found.length === 0 ? -1 : Math.min(...found);
  });
}

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
