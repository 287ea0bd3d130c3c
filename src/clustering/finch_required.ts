/**
 * FINCH with a required number of clusters.
 *
 * Sarfraz, Sharma and Stiefelhagen, CVPR 2019, algorithm 2: from the FINCH partition just above the
 * required number, the closest clusters are merged one pair at a time.
 *
 * @module
 */
import { finchPartitions } from "@/clustering/finch.ts";
import { type Clusterer, type Partition, partitionOf } from "@/clustering/partition.ts";
import type { Matrix } from "@/math/matrix.ts";

/**
 * Groups vectors into exactly the required number of clusters.
 *
 * Begins with the coarsest FINCH partition that has at least that many, and merges the two clusters
 * whose means have the smallest cosine distance until the number is reached; of equally close pairs,
 * the one whose second cluster comes first. So the result is as coarse as that partition or coarser,
 * and never parts what it joins. Where even the finest partition has fewer clusters, the vectors
 * themselves are merged; the authors' program declines there. After FINCH, takes
 * O(m² × columns) time for the m clusters it begins with, and seldom more than a few times that.
 *
 * @param vectors Vectors to group, one a row; a longer one weighs more in the mean of its cluster.
 * @param options Number of clusters, from 1 to the number of vectors.
 * @returns The partition; clusters are numbered in order of first appearance.
 * @throws {RangeError} If there is no vector, a value is not finite, or the number is out of range.
 *
 * @example Three directions become two
 * ```ts
 * import assert from "node:assert/strict";
 * import { finchRequired } from "@/clustering/finch_required.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const vectors = matrixOf([[9, 0], [9, 1], [7, 5], [7, 6], [0, 9], [1, 9]]);
 * const { labels } = finchRequired(vectors, { clusters: 2 });
 * assert.deepEqual([...labels], [0, 0, 0, 0, 1, 1]);
 * ```
 */
export function finchRequired(vectors: Matrix, options: { readonly clusters: number }): Partition {
  const { clusters } = options;
  const found = finchPartitions(vectors);
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > vectors.rows) {
    throw new RangeError(
      `Cannot cluster vectors: clusters must be an integer from 1 to ${vectors.rows}, ` +
        `got ${clusters}`,
    );
  }
  const start = found.findLast((partition) => partition.clusters >= clusters) ??
    partitionOf(new Int32Array(vectors.rows).keys());
  return mergeClosest(vectors, { start, clusters });
}

/**
 * Makes a clusterer of FINCH with a required number of clusters.
 *
 * @param options Number of clusters.
 * @returns The clusterer, named `finch`; it offers one partition.
 *
 * @example One partition
 * ```ts
 * import assert from "node:assert/strict";
 * import { finchRequiredClusterer } from "@/clustering/finch_required.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const vectors = matrixOf([[1, 0], [0, 1], [9, 1], [1, 9]]);
 * const partitions = finchRequiredClusterer({ clusters: 2 }).partitions(vectors);
 * assert.deepEqual(partitions.map(({ clusters }) => clusters), [2]);
 * ```
 */
export function finchRequiredClusterer(options: { readonly clusters: number }): Clusterer {
  return {
    name: "finch",
    choiceRule: "required",
    partitions: (vectors) => [finchRequired(vectors, options)],
  };
}

function mergeClosest(
  vectors: Matrix,
  { start, clusters }: { start: Partition; clusters: number },
): Partition {
  const { columns } = vectors;
  const sums = sumClusters(vectors, start);
  const units = sums.map((sum) => scaleToUnit(sum));
  const merged = Int32Array.from({ length: start.clusters }, (_, cluster) => cluster);
  let alive = [...merged];
  /** For every cluster, the closest one before it. */
  const links = alive.map((cluster) => closestBefore(cluster, { units, alive }));
  while (alive.length > clusters) {
    let second = alive[1]!;
    for (const cluster of alive) {
      if (links[cluster]!.cosine > links[second]!.cosine) second = cluster;
    }
    const first = links[second]!.other;
    alive = alive.filter((cluster) => cluster !== second);
    merged.forEach((cluster, i) => merged[i] = cluster === second ? first : cluster);
    for (let c = 0; c < columns; c++) sums[first]![c]! += sums[second]![c]!;
    units[first] = scaleToUnit(sums[first]!);
    links[first] = closestBefore(first, { units, alive });
    for (const cluster of alive) {
      if (cluster <= first) continue;
      const { other, cosine } = links[cluster]!;
      if (other === first || other === second) {
        links[cluster] = closestBefore(cluster, { units, alive });
      } else {
        const changed = dot(units[cluster]!, units[first]!);
        const isCloser = changed > cosine || (changed === cosine && first < other);
        if (isCloser) links[cluster] = { other: first, cosine: changed };
      }
    }
  }
  return partitionOf(start.labels.map((label) => merged[label]!));
}

/** A cluster's closest one among those before it; the first one of several, and none for the first. */
function closestBefore(
  cluster: number,
  { units, alive }: { units: readonly Float64Array[]; alive: readonly number[] },
): { other: number; cosine: number } {
  let closest = { other: -1, cosine: -Infinity };
  for (const other of alive) {
    if (other >= cluster) break;
    const cosine = dot(units[cluster]!, units[other]!);
    if (cosine > closest.cosine) closest = { other, cosine };
  }
  return closest;
}

/** Sum of every cluster's vectors, which points the way of their mean. */
function sumClusters({ columns, data }: Matrix, { labels, clusters }: Partition): Float64Array[] {
  const sums = Array.from({ length: clusters }, () => new Float64Array(columns));
  labels.forEach((label, row) => {
    const sum = sums[label]!;
    for (let c = 0; c < columns; c++) sum[c]! += data[row * columns + c]!;
  });
  return sums;
}

function scaleToUnit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector.slice();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c]! * b[c]!;
  return sum;
}
