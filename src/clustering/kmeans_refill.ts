/**
 * What k-means does with a cluster that has lost all its points.
 *
 * @module
 */

/**
 * Gives every empty cluster the point that lies farthest from its mean, in place.
 *
 * Only clusters of several points give one away, so none becomes empty; a tie goes to the lower
 * point. The inertia falls, since the point's own share of it vanishes and other means only improve.
 * Takes O(points) time for each empty cluster.
 *
 * @param labels Cluster of every point; changed where a point is given away.
 * @param options Squared distance of every point to its mean, set to 0 where it is given away, and
 *   the number of clusters, at most the number of points.
 *
 * @example The farthest point fills cluster 1
 * ```ts
 * import assert from "node:assert/strict";
 * import { refillClusters } from "@/clustering/kmeans_refill.ts";
 *
 * const labels = Int32Array.of(0, 0, 0, 2);
 * refillClusters(labels, { gaps: Float64Array.of(1, 4, 2, 9), count: 3 });
 * // The point with 9 is alone in cluster 2, so the one with 4 goes.
 * assert.deepEqual([...labels], [0, 1, 0, 2]);
 * ```
 */
export function refillClusters(
  labels: Int32Array,
  options: { readonly gaps: Float64Array; readonly count: number },
): void {
  const { gaps, count } = options;
  const sizes = new Int32Array(count);
  labels.forEach((label) => sizes[label]! += 1);
  for (let cluster = 0; cluster < count; cluster++) {
    if (sizes[cluster]! > 0) continue;
    let farthest = -1;
    gaps.forEach((gap, row) => {
      const isSpare = sizes[labels[row]!]! > 1;
      if (isSpare && (farthest === -1 || gap > gaps[farthest]!)) farthest = row;
    });
    sizes[labels[farthest]!]! -= 1;
    sizes[cluster] = 1;
    labels[farthest] = cluster;
    gaps[farthest] = 0;
  }
}
