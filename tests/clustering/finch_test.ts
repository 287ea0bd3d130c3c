import assert from "node:assert/strict";
import { finchClusterer, finchPartitions } from "@/clustering/finch.ts";
import { matrixOf, toMatrix } from "@/math/matrix.ts";
import { loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

function assertGolden(name: string): void {
  const golden = loadGolden(name);
  const partitions = finchPartitions(golden.matrix("features"));
  const { data, shape } = golden.i32("partitions");
  assert.deepEqual(partitions.map(({ clusters }) => clusters), golden.meta.numClusters);
  for (const [column, { labels }] of partitions.entries()) {
    assert.deepEqual(
      labels,
      data.filter((_, i) => i % shape[1]! === column),
      `partition ${column}`,
    );
  }
}

Deno.test("finchPartitions() equals the authors' program label by label", () => {
  assertGolden("finch_blobs");
  assertGolden("finch_twelve");
});

testWithShared(
  "finchPartitions() equals the authors' program on measured protein levels",
  "golden/finch_mice_protein.json",
  () => assertGolden("finch_mice_protein"),
);

testWithShared(
  "finchPartitions() equals the authors' program on features of photographs",
  "golden/finch_real5_resnet18_layer3.json",
  () => assertGolden("finch_real5_resnet18_layer3"),
);

/** Rows at the given angles in degrees. */
const angles = (...degrees: number[]) =>
  matrixOf(degrees.map((each) => [Math.cos(each * Math.PI / 180), Math.sin(each * Math.PI / 180)]));

Deno.test("finchPartitions() links first neighbors and those who share one", () => {
  // Nearest: 0→1, 2→1 (shared by rows 0 and 2), 50→51, and back: two components.
  const partitions = finchPartitions(angles(0, 50, 1, 51, 2));
  assert.deepEqual([...partitions[0]!.labels], [0, 1, 0, 1, 0]);
});

Deno.test("finchPartitions() does not bridge gaps longer than every first link", () => {
  // Pairs 1° apart, at 0°, 10°, 80°, 90°. Longest first link: a mutual pair, twice 1 − cos 1°, far
  // below 1 − cos 10°: no second partition.
  const partitions = finchPartitions(angles(0, 1, 10, 11, 80, 81, 90, 91));
  assert.deepEqual(partitions.map(({ clusters }) => clusters), [4]);
});

Deno.test("finchPartitions() nest and grow coarser", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const partitions = finchPartitions(randomMatrix({ rows: 120, columns: 4, seed }));
    for (const [number, coarse] of partitions.entries()) {
      const fine = partitions[number - 1];
      if (fine === undefined) continue;
      assert.ok(coarse.clusters < fine.clusters);
      const parent = new Map<number, number>();
      fine.labels.forEach((label, row) => {
        assert.equal(parent.get(label) ?? coarse.labels[row], coarse.labels[row]);
        parent.set(label, coarse.labels[row]!);
      });
    }
  }
});

Deno.test("finchPartitions() is blind to a common scale, and at first to every length", () => {
  const vectors = randomMatrix({ rows: 50, columns: 6, seed: 9 });
  const larger = toMatrix(vectors.data.map((value) => 8 * value), vectors);
  assert.deepEqual(finchPartitions(larger), finchPartitions(vectors));
  const uneven = toMatrix(vectors.data.map((value, i) => value * (1 << (i / 6 | 0) % 5)), vectors);
  assert.deepEqual(finchPartitions(uneven)[0], finchPartitions(vectors)[0]);
});

Deno.test("finchPartitions() has a defined outcome for few, identical and zero vectors", () => {
  const clusters = (rows: number[][]) =>
    finchPartitions(matrixOf(rows)).map((partition) => partition.clusters);
  assert.deepEqual(clusters([[1, 2]]), [1]);
  assert.deepEqual(clusters([[1, 0], [0, 1]]), [1]);
  assert.deepEqual(clusters([[1, 0], [1, 0.1], [0, 1]]), [1]);
  assert.deepEqual(clusters([[1, 2], [1, 2], [1, 2], [1, 2]]), [1]);
  assert.deepEqual(clusters([[0, 0], [0, 0]]), [1]);
});

Deno.test("finchPartitions() refuses no vector and values that are not finite", () => {
  const none = toMatrix(new Float32Array(0), { rows: 0, columns: 3 });
  assert.throws(() => finchClusterer.partitions(none), {
    name: "RangeError",
    message: "Cannot cluster vectors: at least one is needed, got none",
  });
  assert.throws(() => finchPartitions(matrixOf([[1, 2], [3, Infinity]])), {
    name: "RangeError",
    message: "Cannot cluster vectors: values must be finite, got Infinity in row 1",
  });
});
