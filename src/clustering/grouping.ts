/**
 * Groups training images for a memory bank: all together, by class, or by cluster.
 *
 * @module
 */
import {
  choosePartition,
  defaultMinSilhouette,
  type PartitionChoice,
} from "@/clustering/choose_partition.ts";
import { type Clusterer, type Partition, partitionOf } from "@/clustering/partition.ts";
import type { Matrix } from "@/math/matrix.ts";

/** What the groups of a memory bank stand for. */
export type Grouping = "all" | "class" | "cluster";

/** Grouped training images. */
export interface TrainingGroups {
  /** What the groups stand for. */
  readonly grouping: Grouping;
  /** Group of every training image. */
  readonly partition: Partition;
  /** Name of every group: `all`, the class names, or `cluster 0`, `cluster 1`, …. */
  readonly names: readonly string[];
  /** How the partition was chosen; `null` unless the images were clustered. */
  readonly choice: PartitionChoice | null;
}

/** What grouping may draw on. What a setting withholds is not passed in. */
export type GroupingSource =
  | {
    /** One group of everything. */
    readonly grouping: "all";
    /** Number of training images. */
    readonly count: number;
  }
  | {
    /** One group per class, in the order of first appearance. */
    readonly grouping: "class";
    /** Class of every training image. */
    readonly classNames: readonly string[];
  }
  | {
    /** One group per cluster of the semantic vectors. */
    readonly grouping: "cluster";
    /** Semantic vectors, one row per training image. */
    readonly semantics: Matrix;
    /** Proposes partitions, and says which of them may be chosen. */
    readonly clusterer: Clusterer;
    /** Seed of what the clusterer draws; default 0. */
    readonly seed?: number;
    /** Smallest mean silhouette that justifies several clusters; default 0.05. */
    readonly minSilhouette?: number;
  };

/**
 * Groups training images.
 *
 * By cluster, fewer than 4 images form one group, and so do images with equal semantic vectors.
 * A required number of clusters holds for these, too; only k-means forms no more clusters than
 * there are different vectors. FINCH takes a vector of zeros to be at distance 1 from every
 * other; k-means and DBSCAN refuse it.
 *
 * @param source What to group by, with what that takes.
 * @returns The groups and their names.
 * @throws {RangeError} If there is no image, or the clusterer cannot group these vectors: a
 *   value is not finite, or more clusters are required than there are images.
 *
 * @example By class
 * ```ts
 * import assert from "node:assert/strict";
 * import { groupTraining } from "@/clustering/mod.ts";
 *
 * const { names, partition } = groupTraining({
 *   grouping: "class",
 *   classNames: ["bolt", "gear", "bolt"],
 * });
 * assert.deepEqual(names, ["bolt", "gear"]);
 * assert.deepEqual([...partition.labels], [0, 1, 0]);
 * ```
 */
export function groupTraining(source: GroupingSource): TrainingGroups {
  const groups = makeGroups(source);
  if (groups.partition.labels.length === 0) {
    throw new RangeError("Cannot group training images: at least one is needed, got none");
  }
  return { grouping: source.grouping, ...groups };
}

function makeGroups(source: GroupingSource): Omit<TrainingGroups, "grouping"> {
  switch (source.grouping) {
    case "all": {
      const partition = { labels: new Int32Array(source.count), clusters: 1 };
      return { partition, names: ["all"], choice: null };
    }
    case "class": {
      const partition = partitionOf(source.classNames);
      return { partition, names: [...new Set(source.classNames)], choice: null };
    }
    case "cluster": {
      const { semantics, clusterer, seed = 0, minSilhouette = defaultMinSilhouette } = source;
      if (semantics.rows === 0) {
        return { partition: partitionOf([]), names: [], choice: null };
      }
      const choice = choosePartition(semantics, clusterer.partitions(semantics, { seed }), {
        choiceRule: clusterer.choiceRule,
        minSilhouette,
      });
      const { partition } = choice;
      const names = Array.from({ length: partition.clusters }, (_, i) => `cluster ${i}`);
      return { partition, names, choice };
    }
  }
}
