/**
 * Chooses one of several partitions by its silhouette.
 *
 * HierCore (Neurocomputing 671, 132660, 2026) chooses FINCH's partition by silhouette; which
 * partitions qualify and how ties fall is our definition, stated at `choosePartition`.
 *
 * @module
 */
import type { Matrix } from "@/matrix.ts";
import type { Partition } from "@/partition.ts";
import { meanSilhouettes } from "@/silhouette.ts";

/** One partition that could have been chosen. */
export interface PartitionCandidate {
  /** Number of clusters. */
  readonly clusters: number;
  /** Mean cosine silhouette; `null` if the partition does not qualify. */
  readonly silhouette: number | null;
}

/** The partition that was chosen, and what it was chosen from. */
export interface PartitionChoice {
  /** The chosen partition, or one cluster of everything. */
  readonly partition: Partition;
  /** All candidates in the order given. */
  readonly candidates: readonly PartitionCandidate[];
  /** Number of the chosen candidate; `null` if everything became one cluster. */
  readonly chosen: number | null;
}

/**
 * Chooses the partition with the largest mean cosine silhouette.
 *
 * A partition qualifies with 2 to n ÷ 2 clusters of n vectors. The finest one (most clusters) is left
 * out when another qualifies: pairs of near duplicates would otherwise win. A tie goes to fewer
 * clusters. If none qualifies, or the best silhouette is below `minSilhouette`, all vectors form one
 * cluster. Takes O(n² × columns) time.
 *
 * @param vectors The vectors that were grouped.
 * @param partitions The candidates.
 * @param options Smallest silhouette that justifies several clusters; default 0.05.
 * @returns The choice with its silhouettes.
 * @throws {TypeError} If a partition has not one label per vector.
 *
 * @example Two groups rather than four pairs
 * ```ts
 * import assert from "node:assert/strict";
 * import { choosePartition } from "@/choose_partition.ts";
 * import { matrixOf } from "@/matrix.ts";
 * import { partitionOf } from "@/partition.ts";
 *
 * const vectors = matrixOf([[9, 0], [9, 1], [9, 2], [9, 3], [0, 9], [1, 9], [2, 9], [3, 9]]);
 * const { partition, chosen } = choosePartition(vectors, [
 *   partitionOf([0, 0, 1, 1, 2, 2, 3, 3]),
 *   partitionOf([0, 0, 0, 0, 1, 1, 1, 1]),
 * ]);
 * assert.equal(chosen, 1);
 * assert.equal(partition.clusters, 2);
 * ```
 */
export function choosePartition(
  vectors: Matrix,
  partitions: readonly Partition[],
  options: { minSilhouette?: number } = {},
): PartitionChoice {
  const { minSilhouette = 0.05 } = options;
  const unfit = partitions.find(({ labels }) => labels.length !== vectors.rows);
  if (unfit !== undefined) {
    throw new TypeError(
      `Cannot choose a partition: each must have one label per vector, ` +
        `got ${unfit.labels.length} for ${vectors.rows} vectors`,
    );
  }
  const qualified = [...partitions.keys()].filter((number) => {
    const { clusters } = partitions[number]!;
    return clusters >= 2 && clusters <= vectors.rows / 2;
  });
  const values = meanSilhouettes(vectors, qualified.map((number) => partitions[number]!));
  const candidates = partitions.map(({ clusters }, number) => {
    const position = qualified.indexOf(number);
    return { clusters, silhouette: position === -1 ? null : values[position]! };
  });
  const finest = Math.max(...partitions.map(({ clusters }) => clusters));
  const coarser = qualified.filter((number) => partitions[number]!.clusters < finest);
  const ranked = (coarser.length > 0 ? coarser : qualified).toSorted((a, b) =>
    candidates[b]!.silhouette! - candidates[a]!.silhouette! ||
    candidates[a]!.clusters - candidates[b]!.clusters
  );
  const best = ranked[0];
  if (best === undefined || candidates[best]!.silhouette! < minSilhouette) {
    const partition = { labels: new Int32Array(vectors.rows), clusters: 1 };
    return { partition, candidates, chosen: null };
  }
  return { partition: partitions[best]!, candidates, chosen: best };
}
