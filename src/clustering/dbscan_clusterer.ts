/**
 * DBSCAN over semantic vectors, with a place for every vector.
 *
 * @module
 */
import { coreDistances, dbscan } from "@/clustering/dbscan.ts";
import { type Clusterer, type Partition, partitionOf } from "@/clustering/partition.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct, unitVectors } from "@/math/vectors.ts";

/** What the DBSCAN clusterer is told. */
export interface DbscanClustererOptions {
  /** Largest cosine distance of neighbours; `null` offers several for the silhouette to choose from. */
  readonly epsilon: number | null;
  /** Neighbours that make a vector the core of a cluster; itself counts. Default 4. */
  readonly minPoints?: number;
}

/** Shares of the vectors that are cores at the epsilons on offer. */
const shares = [0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1];

/**
 * Makes a clusterer of DBSCAN by cosine distance.
 *
 * Noise joins the cluster whose mean direction is nearest, the lower one of two; where everything
 * is noise there is one cluster. The means are those of the cluster without noise.
 *
 * With `epsilon` null, the epsilons on offer are those that make 25, 50, 70, 80, 90, 95 and 100 %
 * of the vectors cores: the smallest such distances to the `minPoints`-th neighbour. The partitions
 * come with the most clusters first, equal ones once. Takes O(n² × columns) time for each epsilon.
 *
 * @param options Reach and density.
 * @returns The clusterer, named `dbscan`.
 *
 * @example A stray vector joins the nearer group
 * ```ts
 * import assert from "node:assert/strict";
 * import { dbscanClusterer } from "@/clustering/dbscan_clusterer.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const vectors = matrixOf([[9, 0], [0, 9], [9, 1], [1, 9], [3, 2]]);
 * const [partition] = dbscanClusterer({ epsilon: 0.01, minPoints: 2 }).partitions(vectors);
 * assert.deepEqual([...partition!.labels], [0, 1, 0, 1, 0]);
 * ```
 */
export function dbscanClusterer(options: DbscanClustererOptions): Clusterer {
  const { epsilon, minPoints = 4 } = options;
  const partitions = (vectors: Matrix): readonly Partition[] => {
    const unit = unitVectors(vectors);
    const cores = coreDistances(unit, { minPoints });
    const group = (reach: number): Partition =>
      placeNoise(unit, dbscan(unit, { epsilon: reach, minPoints, cores }));
    if (epsilon !== null) return [group(epsilon)];
    const reaches = quantilesOf(cores);
    if (reaches.length === 0) return [{ labels: new Int32Array(unit.rows), clusters: 1 }];
    return withoutRepeats(reaches.map(group)).toSorted((a, b) => b.clusters - a.clusters);
  };
  return { name: "dbscan", choiceRule: "any", partitions };
}

/** Gives noise to the cluster with the nearest mean direction. */
function placeNoise(unit: Matrix, labels: Int32Array): Partition {
  const count = labels.reduce((most, label) => Math.max(most, label), -1) + 1;
  if (count === 0) return { labels: new Int32Array(unit.rows), clusters: 1 };
  const directions = directionsOf(unit, { labels, count });
  return partitionOf(labels.map((label, row) => {
    if (label !== -1) return label;
    let nearest = 0, highest = -Infinity;
    for (let cluster = 0; cluster < count; cluster++) {
      const cosine = dotProduct(rowOf(unit, row), rowOf(directions, cluster));
      if (cosine > highest) {
        highest = cosine;
        nearest = cluster;
      }
    }
    return nearest;
  }));
}

/** Direction of every cluster's mean; the sum points the same way. */
function directionsOf(unit: Matrix, groups: { labels: Int32Array; count: number }): Matrix {
  const { columns, data } = unit;
  const sums = new Float64Array(groups.count * columns);
  groups.labels.forEach((label, row) => {
    if (label === -1) return;
    for (let c = 0; c < columns; c++) sums[label * columns + c]! += data[row * columns + c]!;
  });
  return normalizeRows({ rows: groups.count, columns, data: Float32Array.from(sums) });
}

/** The different finite values at which the shares are reached. */
function quantilesOf(cores: Float64Array): number[] {
  const sorted = cores.toSorted();
  const values = shares.map((share) => sorted[Math.ceil(share * sorted.length) - 1]!);
  return [...new Set(values)].filter(Number.isFinite);
}

function withoutRepeats(partitions: readonly Partition[]): Partition[] {
  return [...new Map(partitions.map((each) => [each.labels.join(), each])).values()];
}
