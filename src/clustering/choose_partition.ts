/**
 * Chooses one of several partitions by its silhouette.
 *
 * HierCore (Neurocomputing 671, 132660, 2026) chooses FINCH's partition by silhouette; which
 * partitions qualify and how ties fall is our definition, stated at `choosePartition`.
 *
 * @module
 */
import type { ChoiceRule, Partition } from "@/clustering/partition.ts";
import { meanSilhouettes } from "@/clustering/silhouette.ts";
import type { Matrix } from "@/math/matrix.ts";

/** One partition that could have been chosen. */
export interface PartitionCandidate {
  /** Number of clusters. */
  readonly clusters: number;
  /** Mean cosine silhouette; `null` where it has none that counts. */
  readonly silhouette: number | null;
  /** Why it has no silhouette or does not qualify; `null` if neither. */
  readonly reason: string | null;
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

/** Smallest silhouette that justifies several clusters unless told otherwise. */
export const defaultMinSilhouette = 0.05;

/** What decides between partitions. */
export interface ChoiceOptions {
  /** Which of them may be chosen: the clusterer's `choiceRule`. */
  readonly choiceRule: ChoiceRule;
  /** Smallest silhouette that justifies several clusters. Default 0.05. */
  readonly minSilhouette?: number;
}

/**
 * Chooses the partition with the largest mean cosine silhouette.
 *
 * A partition qualifies with 2 to n ÷ 2 clusters of n vectors and a silhouette of at least
 * `minSilhouette`. With the rule `coarser` the finest one (most clusters) is left out when another
 * has such a number. A tie goes to fewer clusters. If none qualifies, all vectors form one cluster.
 * With the rule `required` the only partition is taken; its silhouette, if from 2 to n − 1 clusters
 * give it one, is there to read. Takes O(n² × columns) time.
 *
 * @param vectors The vectors that were grouped.
 * @param partitions The candidates.
 * @param options Which may be chosen, and the smallest silhouette; see `ChoiceOptions`.
 * @returns The choice with its silhouettes.
 * @throws {TypeError} If a partition has not one label per vector.
 * @throws {RangeError} If one partition is required and there are others.
 *
 * @example Two groups rather than four pairs
 * ```ts
 * import assert from "node:assert/strict";
 * import { choosePartition, partitionOf } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[9, 0], [9, 1], [9, 2], [9, 3], [0, 9], [1, 9], [2, 9], [3, 9]]);
 * const { partition, chosen, candidates } = choosePartition(vectors, [
 *   partitionOf([0, 0, 1, 1, 2, 2, 3, 3]),
 *   partitionOf([0, 0, 0, 0, 1, 1, 1, 1]),
 * ], { choiceRule: "coarser" });
 * assert.equal(chosen, 1);
 * assert.equal(partition.clusters, 2);
 * assert.equal(candidates[0]?.reason, "the finest partition, and a coarser one competes");
 * ```
 */
export function choosePartition(
  vectors: Matrix,
  partitions: readonly Partition[],
  options: ChoiceOptions,
): PartitionChoice {
  checkPartitions(vectors, partitions, options);
  const { choiceRule, minSilhouette = defaultMinSilhouette } = options;
  const { rows } = vectors;
  const isRequired = choiceRule === "required";
  const silhouettes = measureUpTo(isRequired ? rows - 1 : Math.floor(rows / 2), {
    vectors,
    partitions,
  });
  const counts = partitions.map(({ clusters }) => clusters);
  const finest = Math.max(...counts);
  const coarsest = Math.min(...counts.filter((_, number) => silhouettes[number] !== null));
  const leftOut = choiceRule === "coarser" && coarsest < finest ? finest : null;
  const whyNot = (clusters: number, silhouette: number | null): string | null => {
    if (clusters < 2) return "one cluster has no silhouette";
    if (silhouette === null) {
      return isRequired
        ? "clusters of one vector each have no silhouette"
        : `more clusters than half of the ${rows} vectors`;
    }
    if (clusters === leftOut) return "the finest partition, and a coarser one competes";
    return isRequired || silhouette >= minSilhouette ? null : `silhouette below ${minSilhouette}`;
  };
  const candidates = counts.map((clusters, number): PartitionCandidate => {
    const silhouette = silhouettes[number]!;
    return { clusters, silhouette, reason: whyNot(clusters, silhouette) };
  });
  if (isRequired) return { partition: partitions[0]!, candidates, chosen: 0 };
  const [best] = [...candidates.entries()]
    .filter(([, { reason }]) => reason === null)
    .toSorted(([, a], [, b]) => b.silhouette! - a.silhouette! || a.clusters - b.clusters);
  if (best !== undefined) return { partition: partitions[best[0]]!, candidates, chosen: best[0] };
  return { partition: { labels: new Int32Array(rows), clusters: 1 }, candidates, chosen: null };
}

/** Silhouettes of the partitions with 2 to `most` clusters; `null` for the others. */
function measureUpTo(
  most: number,
  { vectors, partitions }: { vectors: Matrix; partitions: readonly Partition[] },
): (number | null)[] {
  const measured = partitions.filter(({ clusters }) => clusters >= 2 && clusters <= most);
  const values = meanSilhouettes(vectors, measured);
  return partitions.map((partition) => values[measured.indexOf(partition)] ?? null);
}

function checkPartitions(
  vectors: Matrix,
  partitions: readonly Partition[],
  { choiceRule }: ChoiceOptions,
): void {
  const unfit = partitions.find(({ labels }) => labels.length !== vectors.rows);
  if (unfit !== undefined) {
    throw new TypeError(
      `Cannot choose a partition: each must have one label per vector, ` +
        `got ${unfit.labels.length} for ${vectors.rows} vectors`,
    );
  }
  if (choiceRule === "required" && partitions.length !== 1) {
    throw new RangeError(
      `Cannot choose a partition: a required one must be the only one, got ${partitions.length}`,
    );
  }
}
