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
import { measureBursts } from "@/clustering/bursts.ts";
import {
  defaultMinGroup,
  defaultNeighbors,
  findNeighbors,
  joinSmallGroups,
  type LinkOptions,
  linksPartition,
  type Neighbors,
} from "@/clustering/links.ts";
import { type Clusterer, type Partition, partitionOf } from "@/clustering/partition.ts";
import type { Matrix } from "@/math/matrix.ts";

/** What the groups of a memory bank stand for. */
export type Grouping = "all" | "class" | "cluster";

/**
 * How clusters come from the partitions that a clusterer offers: the one with the largest
 * silhouette, which is the paper's way, or the finest one joined by links between nearest
 * neighbours, which is ours.
 */
export const PARTITION_RULES = ["silhouette", "links"] as const;

/** One of these rules. */
export type PartitionRule = (typeof PARTITION_RULES)[number];

/** Grouped training images. */
export interface TrainingGroups {
  /** What the groups stand for. */
  readonly grouping: Grouping;
  /** Group of every training image. */
  readonly partition: Partition;
  /** Name of every group: `all`, the class names, or `cluster 0`, `cluster 1`, …. */
  readonly names: readonly string[];
  /** The partitions with their silhouettes; `null` unless the images were clustered. */
  readonly choice: PartitionChoice | null;
  /** What each rule makes of them; `null` unless they were clustered with no number required. */
  readonly rules: RuledPartitions | null;
  /** What to print about images that groups or calibration may be wrong for; `null`: nothing. */
  readonly warning: string | null;
}

/** What each rule makes of the same partitions, small groups joined. */
export interface RuledPartitions {
  /** The rule that was followed. */
  readonly followed: PartitionRule;
  /** Groups by rule. */
  readonly partitions: Readonly<Record<PartitionRule, Partition>>;
  /** Position of the partition that each rule begins with; `null`: everything is one group. */
  readonly begun: Readonly<Record<PartitionRule, number | null>>;
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
    /** How clusters come from partitions; default by silhouette. */
    readonly rule?: PartitionRule;
    /** Images below which a cluster joins the one with the most similar key; default 10. */
    readonly minGroup?: number;
    /** When links join groups. */
    readonly links?: LinkOptions;
  };

/**
 * Groups training images.
 *
 * By cluster, fewer than 4 images form one group, and so do images with equal semantic vectors;
 * clusters below `minGroup` images join others (`joinSmallGroups`). A required number of clusters
 * is binding in all these cases; only k-means forms no more clusters than there are different
 * vectors. What the other rule would have made is there to compare. FINCH takes a vector of zeros to be at distance 1 from every
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
  const groups = { rules: null, warning: null, ...makeGroups(source) };
  if (groups.partition.labels.length === 0) {
    throw new RangeError("Cannot group training images: at least one is needed, got none");
  }
  return { grouping: source.grouping, ...groups };
}

function makeGroups(
  source: GroupingSource,
): Omit<TrainingGroups, "grouping" | "rules" | "warning"> & Partial<TrainingGroups> {
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
      const { choiceRule } = clusterer;
      const offers = clusterer.partitions(semantics, { seed });
      const choice = choosePartition(semantics, offers, { choiceRule, minSilhouette });
      const { neighbors = defaultNeighbors } = source.links ?? {};
      // Bursts look at twice as many as links: what serves these holds what serves those.
      const near = findNeighbors(semantics, 2 * neighbors);
      const rules = choiceRule === "required"
        ? null
        : followRules(source, { offers, choice, near });
      const partition = rules === null ? choice.partition : rules.partitions[rules.followed];
      const names = Array.from({ length: partition.clusters }, (_, i) => `cluster ${i}`);
      const { warning } = measureBursts(semantics, { neighbors, near });
      return { partition, names, choice, rules, warning };
    }
  }
}

/** What both rules make of the partitions that a clusterer offers. */
function followRules(
  source: GroupingSource & { readonly grouping: "cluster" },
  { offers, choice, near }: {
    offers: readonly Partition[];
    choice: PartitionChoice;
    near: Neighbors;
  },
): RuledPartitions {
  const { semantics, clusterer: { choiceRule }, rule = "silhouette", links = {} } = source;
  const { minGroup = defaultMinGroup } = source;
  const linked = linksPartition(semantics, offers, { ...links, near, minGroup, choiceRule });
  return {
    followed: rule,
    partitions: {
      silhouette: joinSmallGroups(semantics, choice.partition, { least: minGroup }),
      links: linked.partition,
    },
    begun: { silhouette: choice.chosen, links: linked.chosen },
  };
}
