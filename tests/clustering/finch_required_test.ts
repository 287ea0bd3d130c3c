import assert from "node:assert/strict";
import { finchPartitions, finchRequired, finchRequiredClusterer } from "@/clustering/finch.ts";
import { membersOf, type Partition, partitionOf } from "@/clustering/partition.ts";
import { type Matrix, matrixOf, toMatrix } from "@/math/matrix.ts";
import { loadGolden, randomMatrix } from "../helpers/mod.ts";

/** Rows at the given angles in degrees. */
const angles = (...degrees: number[]) =>
  matrixOf(degrees.map((each) => [Math.cos(each * Math.PI / 180), Math.sin(each * Math.PI / 180)]));

Deno.test("finchRequired() merges the closest means one pair at a time", () => {
  // FINCH: four pairs, with means at 0.5°, 10.5°, 80.5° and 90.25°. Closest: 9.75° between the last
  // two, then 10° between the first two (the joined mean of the last two lies at 85.4°).
  const vectors = angles(0, 80, 1, 10, 81, 11, 90, 90.5);
  assert.deepEqual(finchPartitions(vectors).map(({ clusters }) => clusters), [4]);
  const labels = (clusters: number) => finchRequired(vectors, { clusters }).labels.join("");
  assert.equal(labels(4), "01021233");
  assert.equal(labels(3), "01021211");
  assert.equal(labels(2), "01001011");
  assert.equal(labels(1), "00000000");
});

Deno.test("finchRequired() weighs a merged mean by the lengths of its vectors", () => {
  // FINCH joins all four, so the vectors are merged. 0° and 20° come first. The one at 0° is nine
  // times as long: their mean lies at 2°, nearer to −33° than to 50°. Halfway, at 10°, it would be
  // nearer to 50°.
  const vectors = angles(0, 20, 50, -33);
  assert.equal(finchRequired(vectors, { clusters: 2 }).labels.join(""), "0001");
  const longer = toMatrix(vectors.data.map((value, i) => i < 2 ? 9 * value : value), vectors);
  assert.equal(finchRequired(longer, { clusters: 2 }).labels.join(""), "0010");
});

Deno.test("finchRequired() begins with the coarsest partition that is fine enough, and nests it", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const vectors = randomMatrix({ rows: 120, columns: 4, seed });
    const partitions = finchPartitions(vectors);
    for (const clusters of [1, 2, 3, 5, 9, 17, 40, 70, 120]) {
      const found = finchRequired(vectors, { clusters });
      assert.equal(found.clusters, clusters);
      const start = partitions.findLast((each) => each.clusters >= clusters);
      if (start === undefined) continue;
      const parent = new Map<number, number>();
      start.labels.forEach((label, row) => {
        assert.equal(parent.get(label) ?? found.labels[row], found.labels[row]);
        parent.set(label, found.labels[row]!);
      });
    }
  }
});

Deno.test("finchRequired() gives FINCH's own partition where it has the number", () => {
  const golden = loadGolden("finch_twelve");
  const vectors = golden.matrix("features");
  for (const partition of finchPartitions(vectors)) {
    assert.deepEqual(finchRequired(vectors, { clusters: partition.clusters }), partition);
  }
});

Deno.test("finchRequired() equals merging with all pairs compared every time", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const vectors = randomMatrix({ rows: 60, columns: 3, seed });
    for (const clusters of [2, 4, 8, 30]) {
      const start = finchPartitions(vectors).findLast((each) => each.clusters >= clusters) ??
        partitionOf(new Int32Array(60).keys());
      assert.deepEqual(
        finchRequired(vectors, { clusters }),
        mergePlainly(vectors, { start, clusters }),
        `seed ${seed}, ${clusters} clusters`,
      );
    }
  }
});

Deno.test("finchRequired() merges the vectors themselves where FINCH is coarser", () => {
  // FINCH joins all three; the closest two are 0° and 20°.
  const vectors = angles(0, 50, 20);
  assert.equal(finchPartitions(vectors)[0]!.clusters, 1);
  assert.deepEqual([...finchRequired(vectors, { clusters: 2 }).labels], [0, 1, 0]);
  assert.deepEqual([...finchRequired(vectors, { clusters: 3 }).labels], [0, 1, 2]);
});

Deno.test("finchRequired() has a defined outcome for few, identical and zero vectors", () => {
  const labels = (rows: number[][], clusters: number) => [
    ...finchRequired(matrixOf(rows), { clusters }).labels,
  ];
  assert.deepEqual(labels([[1, 2]], 1), [0]);
  assert.deepEqual(labels([[1, 2], [2, 1]], 2), [0, 1]);
  assert.deepEqual(labels([[1, 2], [1, 2], [1, 2]], 1), [0, 0, 0]);
  assert.deepEqual(labels([[1, 2], [1, 2], [1, 2]], 2), [0, 0, 1]);
  // As in FINCH, a zero vector is at distance 1 from everything.
  assert.deepEqual(labels([[0, 0], [1, 0], [1, 1]], 2), [0, 1, 1]);
});

Deno.test("finchRequired() says what it refuses", () => {
  for (const clusters of [0, 3, 1.5]) {
    assert.throws(
      () => finchRequiredClusterer({ clusters }).partitions(matrixOf([[1, 0], [0, 1]])),
      {
        name: "RangeError",
        message: `Cannot cluster vectors: clusters must be an integer from 1 to 2, got ${clusters}`,
      },
    );
  }
  const none = toMatrix(new Float32Array(0), { rows: 0, columns: 3 });
  assert.throws(() => finchRequired(none, { clusters: 1 }), {
    name: "RangeError",
    message: "Cannot cluster vectors: at least one is needed, got none",
  });
});

function mergePlainly(
  vectors: Matrix,
  { start, clusters }: { start: Partition; clusters: number },
): Partition {
  let partition = start;
  while (partition.clusters > clusters) {
    const means = membersOf(partition).map((rows) => meanOf(vectors, rows));
    let closest = { a: 0, b: 0, cosine: -Infinity };
    for (let b = 0; b < means.length; b++) {
      for (let a = 0; a < b; a++) {
        const cosine = cosineOf(means[a]!, means[b]!);
        if (cosine > closest.cosine) closest = { a, b, cosine };
      }
    }
    partition = partitionOf(
      partition.labels.map((label) => label === closest.b ? closest.a : label),
    );
  }
  return partition;
}

function meanOf({ columns, data }: Matrix, rows: Uint32Array): number[] {
  return Array.from(
    { length: columns },
    (_, c) => [...rows].reduce((sum, row) => sum + data[row * columns + c]!, 0) / rows.length,
  );
}

function cosineOf(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, c) => sum + value * b[c]!, 0) /
    (Math.hypot(...a) * Math.hypot(...b));
}
