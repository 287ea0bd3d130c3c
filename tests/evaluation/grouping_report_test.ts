import assert from "node:assert/strict";
import { partitionOf } from "@/clustering/partition.ts";
import { reportGrouping } from "@/evaluation/cluster_metrics.ts";
import { matrixOf } from "@/math/matrix.ts";

const images = {
  semantics: matrixOf([[1, 0], [2, 0], [0, 1], [0, 2]]),
  trainClasses: ["nut", "nut", "bolt", "bolt"],
  testGroups: Int32Array.of(0, 0, 0),
  testClasses: ["nut", "nut", "bolt"],
};

Deno.test("reportGrouping() measures agreement, tightness and routing", () => {
  const { nmi, ari, purity, silhouette, routingAccuracy } = reportGrouping(
    partitionOf([0, 0, 1, 1]),
    images,
  );
  // Directions within a group are equal, those of the other orthogonal: (1 − 0) ÷ 1 for everyone.
  assert.deepEqual([nmi, ari, purity, silhouette], [1, 1, 1, 1]);
  assert.equal(routingAccuracy, 2 / 3);
});

Deno.test("reportGrouping() has no silhouette for one group, or one group per image", () => {
  for (const labels of [[0, 0, 0, 0], [0, 1, 2, 3]]) {
    assert.equal(reportGrouping(partitionOf(labels), images).silhouette, null);
  }
});
