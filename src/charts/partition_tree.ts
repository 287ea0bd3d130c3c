/**
 * The tree that nested partitions form, laid out so that no two links cross.
 *
 * FINCH (Sarfraz, Sharma and Stiefelhagen, CVPR 2019) merges whole clusters from one partition to the
 * next, so that every cluster has one parent. Lengths are counted in images.
 *
 * @module
 */
import { membersOf, type Partition } from "@/clustering/partition.ts";

/** One cluster of one partition, as a bar as long as it has images. */
export interface TreeNode {
  /** Which partition, 0 for the finest. */
  readonly level: number;
  /** Number of the cluster in its partition. */
  readonly cluster: number;
  /** Images in it. */
  readonly size: number;
  /** Cluster of the next partition that holds it; `null` at the coarsest. */
  readonly parent: number | null;
  /** Where its bar begins; it ends at `top` + `size`. */
  readonly top: number;
  /** Where its link begins on the parent's bar, as wide as its own; `null` at the coarsest. */
  readonly slot: number | null;
}

/** A tree with a place for every cluster. */
export interface PartitionTree {
  /** All clusters, finest partition first, each partition from top to bottom. */
  readonly nodes: readonly TreeNode[];
  /** Number of partitions. */
  readonly levels: number;
  /** Length of all bars and gaps of one partition; every bar lies from 0 to here. */
  readonly extent: number;
}

/**
 * Lays nested partitions out as a tree.
 *
 * Clusters of one parent lie next to each other, larger ones first, ties by number; each parent lies
 * in the middle of what it holds. The gap between two finest clusters is 0.3 times their mean size for
 * every partition that keeps them apart, so that what merges late lies far apart.
 *
 * @param partitions Partitions of the same images, finest first, as FINCH gives them.
 * @returns Every cluster with its parent and its place.
 * @throws {TypeError} If the partitions group different numbers of images.
 * @throws {RangeError} If there is no partition, a cluster is empty, or the partitions do not nest.
 *
 * @example Three clusters become two
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionTree } from "@/charts/partition_tree.ts";
 * import { partitionOf } from "@/clustering/partition.ts";
 *
 * const { nodes } = partitionTree([partitionOf([0, 0, 1, 2]), partitionOf([0, 0, 1, 1])]);
 * assert.deepEqual(nodes.map(({ size, parent }) => [size, parent]), [
 *   [2, 0], [1, 1], [1, 1],
 *   [2, null], [2, null],
 * ]);
 * ```
 */
export function partitionTree(partitions: readonly Partition[]): PartitionTree {
  const images = checkPartitions(partitions);
  const members = partitions.map(membersOf);
  const parents = members.map((each, level) =>
    parentsOf(each, { level, next: partitions[level + 1] })
  );
  const gap = 0.3 * images / partitions[0]!.clusters;
  const levels: TreeNode[][] = partitions.map(() => []);
  const childrenOf = (level: number, parent: number | null): number[] =>
    [...members[level]!.keys()]
      .filter((cluster) => parents[level]![cluster] === parent)
      .sort((a, b) => members[level]![b]!.length - members[level]![a]!.length || a - b);
  /** Places what one parent holds from `begin` on and returns where it ends. */
  const place = (level: number, parent: number | null, begin: number): number => {
    const placed: TreeNode[] = [];
    let end = begin;
    for (const cluster of childrenOf(level, parent)) {
      const start = placed.length === 0 ? begin : end + (level + 1) * gap;
      const size = members[level]![cluster]!.length;
      end = level === 0 ? start + size : place(level - 1, cluster, start);
      placed.push({
        level,
        cluster,
        size,
        parent,
        top: (start + end - size) / 2,
        slot: parent === null ? null : 0,
      });
    }
    levels[level]!.push(...withSlots(placed, (begin + end) / 2));
    return end;
  };
  const extent = place(partitions.length - 1, null, 0);
  return { nodes: levels.flat(), levels: partitions.length, extent };
}

/** Links lie on the parent's bar, whose middle is given, in the order of the children. */
function withSlots(children: readonly TreeNode[], middle: number): TreeNode[] {
  let next = middle - children.reduce((sum, child) => sum + child.size, 0) / 2;
  return children.map((child) => {
    if (child.parent === null) return child;
    const slot = next;
    next += child.size;
    return { ...child, slot };
  });
}

/** Number of images, if it is the same everywhere. */
function checkPartitions(partitions: readonly Partition[]): number {
  const counts = [...new Set(partitions.map(({ labels }) => labels.length))];
  if (partitions.length === 0) {
    throw new RangeError("Cannot lay out a partition tree: at least one partition is needed");
  }
  if (counts.length > 1) {
    throw new TypeError(
      `Cannot lay out a partition tree: every partition must group the same images, ` +
        `got ${counts.join(" and ")} images`,
    );
  }
  return counts[0]!;
}

/** The one cluster of the next partition that holds each cluster. */
function parentsOf(
  members: readonly Uint32Array[],
  options: { level: number; next: Partition | undefined },
): (number | null)[] {
  const { level, next } = options;
  return members.map((images, cluster) => {
    if (images.length === 0) {
      throw new RangeError(
        `Cannot lay out a partition tree: every cluster must hold an image, ` +
          `got none in cluster ${cluster} of partition ${level}`,
      );
    }
    if (next === undefined) return null;
    const parents = [...new Set(Array.from(images, (image) => next.labels[image]!))];
    if (parents.length === 1) return parents[0]!;
    throw new RangeError(
      `Cannot lay out a partition tree: partitions must nest, each cluster within one cluster of ` +
        `the next partition, as FINCH's do and k-means' do not; got cluster ${cluster} of ` +
        `partition ${level} in clusters ${parents.sort((a, b) => a - b).join(", ")}`,
    );
  });
}
