import assert from "node:assert/strict";
import { coreDistances, dbscan } from "@/clustering/dbscan.ts";
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
