/**
 * FINCH: clustering by first neighbours, without a number of clusters to set, or with a required
 * one.
 *
 * Sarfraz, Sharma and Stiefelhagen, "Efficient Parameter-free Clustering Using First Neighbor
 * Relations", CVPR 2019. Cosine distance; the links of later rounds are bounded by the longest
 * link of the first round, as in the authors' program. With a required number (algorithm 2), the
 * closest clusters of the partition just above it are merged one pair at a time.
 *
 * @module
 */
import {
  averageClusters,
  type Clusterer,
  type Partition,
  partitionOf,
  sumClusters,
} from "@/clustering/partition.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { checkVectors, dotProduct, dotProduct64 } from "@/math/vectors.ts";
import { checkCount } from "@/messages.ts";

/**
 * Groups vectors into ever coarser partitions.
 *
 * Two vectors are linked when one is the other's nearest neighbour, or both have the same
 * nearest neighbour; the connected components are clusters. The next round does the same with
 * the means of the clusters, until one cluster is left or nothing merges; that last round is not
 * returned. From the second round on, a link is dropped when its distance exceeds the longest
 * link of the first round, where the link of a mutual pair counts twice. A nearest-neighbour tie
 * goes to the lower row.
 *
 * Every vector of a cluster of one partition lies in one cluster of the next. One vector, or
 * two, form one cluster; identical vectors form one cluster; a zero vector is at distance 1 from
 * everything. Takes O(rows² × columns) time for the first round and O(rows × columns) memory.
 *
 * @param vectors Vectors to group, one a row; a longer one weighs more in the mean of its cluster.
 * @returns The partitions, finest first; clusters are numbered in order of first appearance.
 * @throws {RangeError} If there is no vector, or a value is not finite.
 *
 * @example Two pairs
 * ```ts
 * import assert from "node:assert/strict";
 * import { finchPartitions } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const [finest] = finchPartitions(matrixOf([[1, 0], [0, 1], [9, 1], [1, 9]]));
 * assert.deepEqual([...finest!.labels], [0, 1, 0, 1]);
 * ```
 */
export function finchPartitions(vectors: Matrix): readonly Partition[] {
  checkVectors(vectors);
  const round = linkFirstNeighbors(normalizeRows(vectors));
  const limit = vectors.rows > 2 ? longestLink(round) : Infinity;
  let current = componentsOf(round, Infinity);
  const partitions = [current];
  while (current.clusters > 1) {
    const merged = componentsOf(linkFirstNeighbors(clusterDirections(vectors, current)), limit);
    if (merged.clusters === 1 || merged.clusters === current.clusters) break;
    current = {
      labels: current.labels.map((label) => merged.labels[label]!),
      clusters: merged.clusters,
    };
    partitions.push(current);
  }
  return partitions;
}

/**
 * FINCH as a clusterer.
 *
 * @example Its name in configurations
 * ```ts
 * import assert from "node:assert/strict";
 * import { finchClusterer } from "@/clustering/mod.ts";
 *
 * assert.equal(finchClusterer.name, "finch");
 * ```
 */
export const finchClusterer: Clusterer = {
  name: "finch",
  choiceRule: "coarser",
  partitions: finchPartitions,
};

/** Unit vectors of one round, each with its nearest other vector. */
interface Round {
  readonly unit: readonly Float32Array[];
  readonly nearest: Int32Array;
}

/** Finds the nearest neighbour of every unit vector; a lone vector is its own. */
function linkFirstNeighbors(directions: Matrix): Round {
  const { rows } = directions;
  const unit = Array.from({ length: rows }, (_, row) => rowOf(directions, row));
  const nearest = new Int32Array(rows);
  const similarity = new Float64Array(rows).fill(-Infinity);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const value = dotProduct(unit[i]!, unit[j]!);
      // Rows come in ascending order, so that an equal later one never displaces an earlier one.
      if (value > similarity[i]!) {
        similarity[i] = value;
        nearest[i] = j;
      }
      if (value > similarity[j]!) {
        similarity[j] = value;
        nearest[j] = i;
      }
    }
  }
  return { unit, nearest };
}

/** Calls `visit` for every linked pair with its weighted distance; a pair may come twice. */
function visitLinks(
  { unit, nearest }: Round,
  visit: (a: number, b: number, length: number) => void,
): void {
  const distance = (a: number, b: number): number => 1 - dotProduct(unit[a]!, unit[b]!);
  const followers = unit.map((): number[] => []);
  nearest.forEach((neighbor, row) => neighbor !== row && followers[neighbor]!.push(row));
  for (const [hub, rows] of followers.entries()) {
    for (const [position, a] of rows.entries()) {
      const mutual = nearest[hub] === a;
      visit(hub, a, (mutual ? 2 : 1) * distance(hub, a));
      for (const b of rows.slice(0, position)) visit(a, b, distance(a, b));
    }
  }
}

function longestLink(round: Round): number {
  let longest = 0;
  visitLinks(round, (_a, _b, length) => longest = Math.max(longest, length));
  return longest;
}

/** Connected components over the links that are not longer than `limit`. */
function componentsOf(round: Round, limit: number): Partition {
  const parents = Int32Array.from({ length: round.unit.length }, (_, row) => row);
  const rootOf = (row: number): number => {
    while (parents[row] !== row) row = parents[row] = parents[parents[row]!]!;
    return row;
  };
  visitLinks(round, (a, b, length) => {
    if (length <= limit) parents[rootOf(a)] = rootOf(b);
  });
  return partitionOf(parents.map(rootOf));
}

/** Mean of the original vectors of each cluster, scaled to length 1. */
function clusterDirections(vectors: Matrix, partition: Partition): Matrix {
  const data = Float32Array.from(averageClusters(vectors, partition));
  return normalizeRows({ rows: partition.clusters, columns: vectors.columns, data });
}

/**
 * Groups vectors into exactly the required number of clusters.
 *
 * Begins with the coarsest FINCH partition that has at least that many, and merges the two clusters
 * whose means have the smallest cosine distance until the number is reached; of equally close
 * pairs, the one whose second cluster comes first. So the result is as coarse as that partition or
 * coarser, and never parts what it joins. Where even the finest partition has fewer clusters, the
 * vectors themselves are merged; the authors' program declines there. After FINCH, takes
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
 * import { finchRequired } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[9, 0], [9, 1], [7, 5], [7, 6], [0, 9], [1, 9]]);
 * const { labels } = finchRequired(vectors, { clusters: 2 });
 * assert.deepEqual([...labels], [0, 0, 0, 0, 1, 1]);
 * ```
 */
export function finchRequired(vectors: Matrix, options: { readonly clusters: number }): Partition {
  const { clusters } = options;
  const found = finchPartitions(vectors);
  checkCount(clusters, { task: "Cannot cluster vectors", name: "clusters", most: vectors.rows });
  const start = found.findLast((partition) => partition.clusters >= clusters) ??
    partitionOf(new Int32Array(vectors.rows).keys());
  return mergeClosest(vectors, { start, clusters });
}

/** Makes a clusterer of FINCH with a required number of clusters. */
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
  // The sum of a cluster's vectors points the way of their mean.
  const flat = sumClusters(vectors, start);
  const sums = Array.from(
    { length: start.clusters },
    (_, cluster) => flat.subarray(cluster * columns, (cluster + 1) * columns),
  );
  const units = sums.map(scaleToUnit);
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
        const changed = dotProduct64(units[cluster]!, units[first]!);
        const isCloser = changed > cosine || (changed === cosine && first < other);
        if (isCloser) links[cluster] = { other: first, cosine: changed };
      }
    }
  }
  return partitionOf(start.labels.map((label) => merged[label]!));
}

/** A cluster's closest one among those before it, the first of several; none for the first. */
function closestBefore(
  cluster: number,
  { units, alive }: { units: readonly Float64Array[]; alive: readonly number[] },
): { other: number; cosine: number } {
  let closest = { other: -1, cosine: -Infinity };
  for (const other of alive) {
    if (other >= cluster) break;
    const cosine = dotProduct64(units[cluster]!, units[other]!);
    if (cosine > closest.cosine) closest = { other, cosine };
  }
  return closest;
}

function scaleToUnit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dotProduct64(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector.slice();
}
