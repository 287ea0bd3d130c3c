import assert from "node:assert/strict";
import { createClusterer } from "@/clustering/clusterers.ts";
import { finchClusterer } from "@/clustering/finch.ts";
import { groupTraining, type TrainingGroups } from "@/clustering/grouping.ts";
import { clusteringRecord } from "@/lab/results.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

const report = { silhouette: 0.5, nmi: 0.1, ari: 0.2, purity: 0.3, routingAccuracy: 0.4 };
const rest = { silhouette: 0.5, nmi: 0.1, ari: 0.2, purity: 0.3, routing_accuracy: 0.4 };
const golden = loadGolden("finch_twelve");
const semantics = golden.matrix("features");

Deno.test("clusteringRecord() keeps the whole table of silhouettes with its reasons", () => {
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer: finchClusterer });
  const { silhouettes, ...others } = clusteringRecord(groups, { method: "finch", report });
  assert.deepEqual(others, {
    method: "finch",
    clusters: 12,
    partitions: [23, 12],
    reasons: ["the finest partition, and a coarser one competes", null],
    chosen: 1,
    ...rest,
  });
  silhouettes?.forEach((value, i) => assertClose(value!, golden.meta.silhouetteCosine[i], 2e-5));
  assert.equal(silhouettes?.length, 2);
});

Deno.test("clusteringRecord() says null and why where a partition has no silhouette", () => {
  const clusterer = createClusterer("kmeans", { clusters: 1 });
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer });
  assert.deepEqual(clusteringRecord(groups, { method: "kmeans", report }), {
    method: "kmeans",
    clusters: 1,
    partitions: [1],
    silhouettes: [null],
    reasons: ["one cluster has no silhouette"],
    chosen: 0,
    ...rest,
  });
});

Deno.test("clusteringRecord() says null where everything became one cluster", () => {
  const source = { grouping: "cluster", semantics, clusterer: finchClusterer } as const;
  const groups = groupTraining({ ...source, minSilhouette: 0.9 });
  const { clusters, chosen, reasons } = clusteringRecord(groups, { method: "finch", report });
  assert.deepEqual([clusters, chosen, reasons?.at(-1)], [1, null, "silhouette below 0.9"]);
});

Deno.test("clusteringRecord() names the grouping and has no table without clustering", () => {
  const record = (groups: TrainingGroups) => clusteringRecord(groups, { method: "finch", report });
  assert.deepEqual(record(groupTraining({ grouping: "class", classNames: ["nut", "bolt"] })), {
    method: "class",
    clusters: 2,
    ...rest,
  });
  assert.deepEqual(record(groupTraining({ grouping: "all", count: 3 })), {
    method: "all",
    clusters: 1,
    ...rest,
  });
});

Deno.test("clusteringRecord() orders its keys as readers see them", () => {
  const groups = groupTraining({ grouping: "cluster", semantics, clusterer: finchClusterer });
  assert.deepEqual(Object.keys(clusteringRecord(groups, { method: "finch", report })), [
    ...["method", "clusters", "partitions", "silhouettes", "reasons", "chosen"],
    ...["silhouette", "nmi", "ari", "purity", "routing_accuracy"],
  ]);
});
