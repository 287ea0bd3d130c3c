/**
 * k-means over semantic vectors, with a given number of clusters or several to choose from.
 *
 * @module
 */
import { kmeans } from "@/clustering/kmeans.ts";
import type { Clusterer, Partition } from "@/clustering/partition.ts";
import { unitVectors } from "@/math/vectors.ts";

/** What the k-means clusterer is told. */
export interface KMeansClustererOptions {
  /** Number of clusters; `null` offers several numbers for the silhouette to choose from. */
  readonly clusters: number | null;
  /** Starts of each number of clusters. Default 10, or 3 where several numbers are offered. */
  readonly restarts?: number;
}

/**
 * Makes a clusterer of k-means.
 *
 * Semantic vectors are compared by cosine, so they are scaled to length 1 first: squared distances
 * are then 2 × (1 − cosine). Means are not scaled back, which sets this apart from spherical k-means
 * proper (Dhillon and Modha, 2001).
 *
 * With `clusters` null it offers partitions into min(2⌊√n⌋, 20, ⌊n ÷ 2⌋) down to 2 clusters, equal
 * ones once; fewer than 4 vectors form one cluster, and so do equal ones. That takes
 * O(restarts × iterations × 200 × n × columns) time at most. With a number there is one partition,
 * which has fewer clusters where there are fewer different vectors.
 *
 * @param options Number of clusters and starts.
 * @returns The clusterer, named `kmeans`.
 *
 * @example Two directions
 * ```ts
 * import assert from "node:assert/strict";
 * import { kmeansClusterer } from "@/clustering/kmeans_clusterer.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const vectors = matrixOf([[1, 0], [0, 1], [9, 1], [1, 9]]);
 * const [partition] = kmeansClusterer({ clusters: 2 }).partitions(vectors, { seed: 1 });
 * assert.deepEqual([...partition!.labels], [0, 1, 0, 1]);
 * ```
 */
export function kmeansClusterer(options: KMeansClustererOptions): Clusterer {
  const { clusters, restarts = clusters === null ? 3 : 10 } = options;
  const partitions: Clusterer["partitions"] = (vectors, { seed = 0 } = {}) => {
    const unit = unitVectors(vectors);
    const { rows } = unit;
    if (clusters !== null) return [kmeans(unit, { clusters, seed, restarts }).partition];
    const most = Math.min(2 * Math.floor(Math.sqrt(rows)), 20, Math.floor(rows / 2));
    if (most < 2) return [{ labels: new Int32Array(rows), clusters: 1 }];
    const offered: Partition[] = [];
    for (let count = most; count >= 2; count--) {
      const { partition } = kmeans(unit, { clusters: count, seed, restarts });
      if (partition.clusters !== offered.at(-1)?.clusters) offered.push(partition);
    }
    return offered;
  };
  return { name: "kmeans", choiceRule: clusters === null ? "any" : "required", partitions };
}
