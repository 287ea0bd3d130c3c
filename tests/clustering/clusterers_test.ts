import assert from "node:assert/strict";
import {
  CLUSTERING_METHODS,
  type ClusteringMethod,
  createClusterer,
} from "@/clustering/clusterers.ts";
import { dbscanClusterer } from "@/clustering/dbscan.ts";
import { finchClusterer, finchRequired } from "@/clustering/finch.ts";
import { kmeansClusterer } from "@/clustering/kmeans.ts";
import { randomMatrix } from "../helpers/mod.ts";

const vectors = randomMatrix({ rows: 60, columns: 3, seed: 1 });

Deno.test("createClusterer() makes the clusterer of every name", () => {
  for (const method of CLUSTERING_METHODS) {
    assert.equal(createClusterer(method).name, method);
  }
  assert.equal(createClusterer("finch", { clusters: 3 }).name, "finch");
  assert.equal(createClusterer("finch"), finchClusterer);
});

Deno.test("createClusterer() hands on every option", () => {
  const found = (method: ClusteringMethod, options: Parameters<typeof createClusterer>[1]) =>
    createClusterer(method, options).partitions(vectors, { seed: 3 });
  assert.deepEqual(found("finch", { clusters: 7 }), [
    finchRequired(vectors, { clusters: 7 }),
  ]);
  for (const options of [{ clusters: 7 }, { clusters: null }]) {
    assert.deepEqual(
      found("kmeans", options),
      kmeansClusterer(options).partitions(vectors, { seed: 3 }),
    );
  }
  for (const options of [{ epsilon: 0.03, minPoints: 3 }, { epsilon: null }]) {
    assert.deepEqual(
      found("dbscan", options),
      dbscanClusterer(options).partitions(vectors),
    );
  }
});

Deno.test("createClusterer() makes a required number binding, and nothing else", () => {
  assert.deepEqual(
    CLUSTERING_METHODS.map((method) => createClusterer(method).choiceRule),
    ["coarser", "any", "any"],
  );
  for (const method of ["finch", "kmeans"] as const) {
    assert.equal(createClusterer(method, { clusters: 3 }).choiceRule, "required");
  }
});

Deno.test("createClusterer() refuses unknown names and a number for DBSCAN", () => {
  assert.throws(() => createClusterer("dbscan", { clusters: 5 }), {
    name: "RangeError",
    message: 'Cannot make a clusterer: clusters must be null for "dbscan", got 5',
  });
  assert.throws(() => createClusterer("ward" as ClusteringMethod), {
    name: "RangeError",
    message:
      'Cannot make a clusterer: method must be one of "finch", "kmeans", "dbscan", got "ward"',
  });
});
