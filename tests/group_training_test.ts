import assert from "node:assert/strict";
import { finchClusterer } from "@/finch.ts";
import { groupTraining } from "@/group_training.ts";
import { toMatrix } from "@/matrix.ts";
import { loadGolden, randomMatrix } from "./helpers.ts";

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
  });
  assert.equal(partition.clusters, 12);
  assert.deepEqual(names.slice(0, 2), ["cluster 0", "cluster 1"]);
  assert.equal(names.length, 12);
  assert.deepEqual(choice?.candidates.map(({ clusters }) => clusters), [23, 12]);
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
