import assert from "node:assert/strict";
import {
  CLUSTERING_METHODS,
  type ClusteringMethod,
  createClusterer,
} from "@/clustering/clusterers.ts";
import { finchClusterer } from "@/clustering/finch.ts";
import { groupTraining } from "@/clustering/grouping.ts";
import { type Clusterer, membersOf } from "@/clustering/partition.ts";
import { type Matrix, matrixOf, rowOf, toMatrix } from "@/math/matrix.ts";
import { loadGolden, randomMatrix } from "../helpers/mod.ts";

Deno.test("groupTraining() makes one group of everything", () => {
  const groups = groupTraining({ grouping: "all", count: 3 });
  assert.deepEqual(groups.names, ["all"]);
  assert.deepEqual(groups.partition, { labels: new Int32Array(3), clusters: 1 });
  assert.equal(groups.choice, null);
});

Deno.test("groupTraining() names clusters and keeps how they were chosen", () => {
  const semantics = loadGolden("finch_twelve").matrix("features");
  const { names, choice, partition } = groupTraining({
    grouping: "cluster",
    semantics,
    clusterer: finchClusterer,
    minGroup: 1,
  });
  assert.equal(partition.clusters, 12);
  assert.deepEqual(names.slice(0, 2), ["cluster 0", "cluster 1"]);
  assert.equal(names.length, 12);
  assert.deepEqual(choice?.candidates.map(({ clusters }) => clusters), [23, 12]);
});

/** Images of two classes around the axes, so many of each, and a few far from both. */
function twoClasses(first: number, second: number, lone: number): Matrix {
  return matrixOf([
    ...Array.from({ length: first }, (_, i) => [9, 0.1 * (i % 7), 0.05 * (i % 5)]),
    ...Array.from({ length: second }, (_, i) => [0.1 * (i % 7), 9, 0.05 * (i % 5)]),
    ...Array.from({ length: lone }, (_, i) => [1, 2, 9 + 0.1 * (i % 3)]),
  ]);
}

Deno.test("groupTraining() joins a small cluster to the one with the most similar key", () => {
  const semantics = twoClasses(20, 20, 6);
  const source = { grouping: "cluster", semantics, clusterer: finchClusterer } as const;
  const sizesOf = (groups: ReturnType<typeof groupTraining>) =>
    membersOf(groups.partition).map(({ length }) => length).sort((a, b) => a - b);
  const apart = groupTraining({ ...source, minGroup: 1 });
  assert.ok(sizesOf(apart)[0]! < 10);
  const { partition, names } = groupTraining(source);
  assert.ok(sizesOf({ ...apart, partition })[0]! >= 10);
  assert.equal(names.length, partition.clusters);
  // [1, 2, 9] leans towards the second axis.
  assert.ok(partition.labels.subarray(20, 40).includes(partition.labels.at(-1)!));
  assert.equal(groupTraining({ ...source, minGroup: 47 }).partition.clusters, 1);
});

Deno.test("groupTraining() leaves a required number of clusters as it is", () => {
  const semantics = twoClasses(20, 20, 6);
  const clusterer = createClusterer("finch", { clusters: 3 });
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer });
  assert.deepEqual([groups.names.length, groups.rules], [3, null]);
});

Deno.test("groupTraining() follows the rule that it is told, and keeps what the other makes", () => {
  const semantics = twoClasses(40, 40, 0);
  const source = { grouping: "cluster", semantics, clusterer: finchClusterer } as const;
  const links = groupTraining({ ...source, rule: "links" });
  const silhouette = groupTraining({ ...source, rule: "silhouette" });
  assert.deepEqual(links.rules, { ...silhouette.rules, followed: "links" });
  assert.deepEqual(links.partition, links.rules!.partitions.links);
  assert.deepEqual(silhouette.partition, links.rules!.partitions.silhouette);
  assert.equal(links.partition.clusters, 2);
  const strict = { leastLinks: 10_000 };
  const none = groupTraining({ ...source, rule: "links", links: strict, minGroup: 1 });
  assert.ok(none.partition.clusters > 2, "nothing is linked so often");
});

Deno.test("groupTraining() warns of bursts, whose links stay among near-copies", () => {
  const views = randomMatrix({ rows: 8, columns: 16, seed: 3 });
  const shots = Array.from(
    { length: 96 },
    (_, i) => Array.from(rowOf(views, i % 8), (value, j) => value + 1e-3 * Math.sin(i * 16 + j)),
  );
  const source = { grouping: "cluster", clusterer: finchClusterer } as const;
  const { warning } = groupTraining({ ...source, semantics: matrixOf(shots) });
  assert.match(warning!, /near-copies/);
  assert.equal(groupTraining({ ...source, semantics: twoClasses(40, 40, 0) }).warning, null);
});

Deno.test("groupTraining() honours the smallest silhouette", () => {
  const semantics = loadGolden("finch_twelve").matrix("features");
  const source = { grouping: "cluster", semantics, clusterer: finchClusterer } as const;
  assert.equal(groupTraining({ ...source, minSilhouette: 0.9 }).partition.clusters, 1);
});

Deno.test("groupTraining() refuses no image", () => {
  const message = "Cannot group training images: at least one is needed, got none";
  assert.throws(() => groupTraining({ grouping: "all", count: 0 }), { message });
  assert.throws(() => groupTraining({ grouping: "class", classNames: [] }), { message });
  const semantics = toMatrix(new Float32Array(0), { rows: 0, columns: 2 });
  const clusterer = finchClusterer;
  assert.throws(() => groupTraining({ grouping: "cluster", semantics, clusterer }), { message });
  const one = randomMatrix({ rows: 1, columns: 2, seed: 1 });
  assert.deepEqual(groupTraining({ grouping: "cluster", semantics: one, clusterer }).names, [
    "cluster 0",
  ]);
});

/** Labels of the groups that a clustering forms, with a required number or without. */
function labelsOf(
  semantics: Matrix,
  { method, clusters }: { method: ClusteringMethod; clusters: number | null },
): string {
  const clusterer = createClusterer(method, { clusters });
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer, minGroup: 1 });
  assert.equal(groups.names.length, groups.partition.clusters);
  return groups.partition.labels.join("");
}

const requiring = ["finch", "kmeans"] as const;

Deno.test("groupTraining() forms one cluster of fewer than four images, unless more are required", () => {
  const few = [matrixOf([[9, 1]]), matrixOf([[9, 1], [1, 9]]), matrixOf([[9, 1], [1, 9], [9, 2]])];
  for (const semantics of few) {
    const all = "0".repeat(semantics.rows);
    for (const method of CLUSTERING_METHODS) {
      assert.equal(labelsOf(semantics, { method, clusters: null }), all, method);
    }
    for (const method of requiring) {
      assert.equal(labelsOf(semantics, { method, clusters: 1 }), all, method);
      const each = "012".slice(0, semantics.rows);
      assert.equal(labelsOf(semantics, { method, clusters: semantics.rows }), each, method);
    }
  }
  for (const method of requiring) {
    assert.equal(labelsOf(few[2]!, { method, clusters: 2 }), "010", method);
  }
});

Deno.test("groupTraining() forms one cluster of equal images, whatever their strength", () => {
  const semantics = matrixOf([[1, 2], [1, 2], [2, 4], [1, 2], [1, 2], [4, 8]]);
  for (const method of CLUSTERING_METHODS) {
    assert.equal(labelsOf(semantics, { method, clusters: null }), "000000", method);
  }
  // FINCH merges the first pairs until three are left. k-means has nothing to part.
  assert.equal(labelsOf(semantics, { method: "finch", clusters: 3 }), "000012");
  assert.equal(labelsOf(semantics, { method: "kmeans", clusters: 3 }), "000000");
});

Deno.test("groupTraining() has one outcome per clustering for a vector of zeros", () => {
  const semantics = matrixOf([[9, 0], [0, 9], [0, 0], [9, 1], [1, 9]]);
  // FINCH: at distance 1 from all others, the zeros are nearest to the first.
  assert.equal(labelsOf(semantics, { method: "finch", clusters: null }), "01001");
  assert.equal(labelsOf(semantics, { method: "finch", clusters: 5 }), "01234");
  for (const method of CLUSTERING_METHODS) {
    if (method === "finch") continue;
    assert.throws(() => labelsOf(semantics, { method, clusters: null }), {
      name: "RangeError",
      message: "Cannot cluster vectors: each must have a direction, got only zeros in row 2",
    });
  }
});

Deno.test("groupTraining() keeps one class together that spreads evenly", () => {
  const noise = randomMatrix({ rows: 40, columns: 512, seed: 1 });
  const semantics = toMatrix(noise.data.map((value) => 5 + value), noise);
  for (const method of CLUSTERING_METHODS) {
    assert.equal(labelsOf(semantics, { method, clusters: null }), "0".repeat(40), method);
  }
});

Deno.test("groupTraining() takes a required number at any silhouette, and keeps the table", () => {
  const noise = randomMatrix({ rows: 9, columns: 64, seed: 2 });
  for (const method of requiring) {
    for (const clusters of [1, 2, 5, 8, 9]) {
      const clusterer = createClusterer(method, { clusters });
      const { choice, names } = groupTraining({
        grouping: "cluster",
        semantics: noise,
        clusterer,
        minSilhouette: 1,
      });
      assert.equal(names.length, clusters);
      assert.equal(choice?.chosen, 0);
      const isMeasured = clusters > 1 && clusters < 9;
      assert.equal(typeof choice.candidates[0]!.silhouette === "number", isMeasured);
      assert.equal(choice.candidates[0]!.reason === null, isMeasured);
    }
  }
});

Deno.test("groupTraining() hands the seed to the clusterer, 0 by default", () => {
  const seeds: unknown[] = [];
  const clusterer: Clusterer = {
    name: "noting",
    choiceRule: "any",
    partitions: (vectors, options) => {
      seeds.push(options?.seed);
      return [{ labels: new Int32Array(vectors.rows), clusters: 1 }];
    },
  };
  const source = { grouping: "cluster", semantics: matrixOf([[1], [2]]), clusterer } as const;
  groupTraining(source);
  groupTraining({ ...source, seed: 7 });
  assert.deepEqual(seeds, [0, 7]);
});

Deno.test("groupTraining() refuses more clusters than images", () => {
  const semantics = matrixOf([[9, 1], [1, 9], [9, 2]]);
  const messages = {
    finch: "Cannot cluster vectors: clusters must be an integer from 1 to 3, got 4",
    kmeans: "Cannot run k-means: clusters must be an integer from 1 to 3, got 4",
  };
  for (const method of requiring) {
    assert.throws(() => labelsOf(semantics, { method, clusters: 4 }), {
      name: "RangeError",
      message: messages[method],
    });
  }
});
