/**
 * The clusterings that a configuration can name: FINCH, k-means and DBSCAN.
 *
 * @module
 */
import { dbscanClusterer } from "@/clustering/dbscan.ts";
import { finchClusterer, finchRequiredClusterer } from "@/clustering/finch.ts";
import { kmeansClusterer } from "@/clustering/kmeans.ts";
import type { Clusterer } from "@/clustering/partition.ts";

/** Names of the clusterings, the default first. */
export const CLUSTERING_METHODS = ["finch", "kmeans", "dbscan"] as const;

/** Name of a clustering. */
export type ClusteringMethod = (typeof CLUSTERING_METHODS)[number];

/** What a clustering is told; each takes what concerns it. */
export interface ClustererOptions {
  /**
   * Number of clusters; `null` leaves it to the silhouette. Default `null`. DBSCAN has no such
   * number and refuses one.
   */
  readonly clusters?: number | null;
  /** Largest cosine distance of neighbours, for DBSCAN; `null` offers several. Default `null`. */
  readonly epsilon?: number | null;
  /** Neighbours that make a core, itself included, for DBSCAN. Default 4. */
  readonly minPoints?: number;
}

/**
 * Makes the clusterer that a name stands for.
 *
 * @param method Name of the clustering.
 * @param options Number of clusters, and the density for DBSCAN.
 * @returns A clusterer of that name.
 * @throws {RangeError} If the name is not known, or DBSCAN is given a number of clusters.
 *
 * @example By name
 * ```ts
 * import assert from "node:assert/strict";
 * import { createClusterer } from "@/clustering/mod.ts";
 *
 * const { name, choiceRule } = createClusterer("kmeans", { clusters: 5 });
 * assert.equal(name, "kmeans");
 * assert.equal(choiceRule, "required");
 * ```
 */
export function createClusterer(
  method: ClusteringMethod,
  options: ClustererOptions = {},
): Clusterer {
  const { clusters = null, epsilon = null, minPoints = 4 } = options;
  switch (method) {
    case "finch":
      return clusters === null ? finchClusterer : finchRequiredClusterer({ clusters });
    case "kmeans":
      return kmeansClusterer({ clusters });
    case "dbscan":
      if (clusters !== null) {
        throw new RangeError(
          `Cannot make a clusterer: clusters must be null for "dbscan", got ${clusters}`,
        );
      }
      return dbscanClusterer({ epsilon, minPoints });
    default:
      throw new RangeError(
        `Cannot make a clusterer: method must be one of ` +
          `${CLUSTERING_METHODS.map((name) => `"${name}"`).join(", ")}, got "${method}"`,
      );
  }
}
