/**
 * A partition: one complete grouping of rows into clusters.
 *
 * @module
 */
import type { Matrix } from "@/math/matrix.ts";

/** One complete grouping of rows: row `i` is in cluster `labels[i]`, from 0 to `clusters` − 1. */
export interface Partition {
  /** Cluster of every row. */
  readonly labels: Int32Array;
  /** Number of clusters. */
  readonly clusters: number;
}

/**
 * Makes a partition from any labels, numbering the clusters in order of first appearance.
 *
 * @param labels One label per row; equal labels mean the same cluster.
 * @returns The partition, with clusters numbered from 0.
 *
 * @example Class names become cluster numbers
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionOf } from "@/clustering/mod.ts";
 *
 * const { labels, clusters } = partitionOf(["nut", "bolt", "nut"]);
 * assert.deepEqual([...labels], [0, 1, 0]);
 * assert.equal(clusters, 2);
 * ```
 */
export function partitionOf(labels: Iterable<string | number>): Partition {
  const numbers = new Map<string | number, number>();
  const dense: number[] = [];
  for (const label of labels) {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    dense.push(number);
  }
  return { labels: Int32Array.from(dense), clusters: numbers.size };
}

/**
 * Lists the rows of every cluster, in ascending order.
 *
 * @param partition The partition to read.
 * @returns One array of row indices per cluster.
 * @throws {RangeError} If a label lies outside 0 to `clusters` − 1.
 *
 * @example Rows 0 and 2 share a cluster
 * ```ts
 * import assert from "node:assert/strict";
 * import { membersOf, partitionOf } from "@/clustering/mod.ts";
 *
 * assert.deepEqual(membersOf(partitionOf([5, 9, 5])).map((rows) => [...rows]), [[0, 2], [1]]);
 * ```
 */
export function membersOf(partition: Partition): Uint32Array[] {
  const members: number[][] = Array.from({ length: partition.clusters }, () => []);
  partition.labels.forEach((label, row) => {
    const cluster = members[label];
    if (cluster === undefined) {
      throw new RangeError(
        `Cannot list cluster members: labels must be from 0 to ${partition.clusters - 1}, ` +
          `got ${label} in row ${row}`,
      );
    }
    cluster.push(row);
  });
  return members.map((rows) => Uint32Array.from(rows));
}

/** Counts the rows of every cluster. */
export function clusterSizes({ labels, clusters }: Partition): Int32Array {
  const sizes = new Int32Array(clusters);
  labels.forEach((label) => sizes[label]! += 1);
  return sizes;
}

/** Sums the rows of every cluster, one sum after the other, leaving rows with label −1 out. */
export function sumClusters(
  { columns, data }: Matrix,
  { labels, clusters }: Partition,
): Float64Array {
  const sums = new Float64Array(clusters * columns);
  labels.forEach((label, row) => {
    if (label === -1) return;
    for (let c = 0; c < columns; c++) sums[label * columns + c]! += data[row * columns + c]!;
  });
  return sums;
}

/** Averages the rows of every cluster, one mean after the other; none may be empty. */
export function averageClusters(vectors: Matrix, partition: Partition): Float64Array {
  const { columns } = vectors;
  const sizes = clusterSizes(partition);
  return sumClusters(vectors, partition).map((sum, i) => sum / sizes[Math.floor(i / columns)]!);
}

/**
 * Which of a clusterer's partitions may be chosen.
 *
 * - `any`: every one; they compete by silhouette.
 * - `coarser`: every one but the finest, which counts only where no other qualifies. So it is with
 *   FINCH, whose first round joins pairs of near duplicates: these would win by silhouette.
 * - `required`: the only one, whatever its silhouette, for it has the number of clusters that was
 *   asked for.
 */
export type ChoiceRule = "any" | "coarser" | "required";

/** A way of grouping vectors. Several partitions come finest first. */
export interface Clusterer {
  /** Name in configurations and results. */
  readonly name: string;
  /** Which of its partitions may be chosen. */
  readonly choiceRule: ChoiceRule;
  /**
   * Groups the rows of a matrix; at least one partition. The seed, by default 0, is for what is
   * drawn.
   */
  partitions(vectors: Matrix, options?: { readonly seed?: number }): readonly Partition[];
}
