/**
 * DBSCAN: clusters are where vectors lie densely; what lies apart is noise. As a clusterer of
 * semantic vectors it finds a place for every vector.
 *
 * Ester, Kriegel, Sander and Xu, "A Density-Based Algorithm for Discovering Clusters in Large
 * Spatial Databases with Noise", KDD 1996. Conventions as in scikit-learn.
 *
 * @module
 */
import {
  type Clusterer,
  type Partition,
  partitionOf,
  sumClusters,
} from "@/clustering/partition.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { checkVectors, dotProduct, squaredDistance, unitVectors } from "@/math/vectors.ts";
import { checkCount } from "@/messages.ts";

/** How DBSCAN measures density. */
export interface DensityOptions {
  /** Neighbours that make a vector the core of a cluster; itself counts. */
  readonly minPoints: number;
  /** `cosine` (1 − cosine similarity, the default) or `euclidean`. */
  readonly metric?: "cosine" | "euclidean";
}

/** How DBSCAN groups. */
export interface DbscanOptions extends DensityOptions {
  /** Largest distance of neighbours; that distance included. */
  readonly epsilon: number;
  /** Core distances where they are known, as `coreDistances` gives them for the same options. */
  readonly cores?: Float64Array;
}

/**
 * Groups vectors by density.
 *
 * Cores within `epsilon` of each other share a cluster. A vector that is no core joins the first
 * cluster with a core that near, else it is noise. Takes O(rows² × columns) time and
 * O(rows × minPoints) memory; no matrix of all distances is held.
 *
 * @param points Vectors to group, one a row.
 * @param options Reach, density and distance.
 * @returns Cluster of every row, numbered by the clusters' lowest cores; −1 for noise.
 * @throws {RangeError} If there is no vector, a value is not finite, a row of zeros has no cosine,
 *   or an option is out of range.
 * @throws {TypeError} If `cores` has not one value per row.
 *
 * @example Two dense pairs and one apart
 * ```ts
 * import assert from "node:assert/strict";
 * import { dbscan } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const points = matrixOf([[0], [9], [1], [50], [8]]);
 * const labels = dbscan(points, { epsilon: 1, minPoints: 2, metric: "euclidean" });
 * assert.deepEqual([...labels], [0, 1, 0, -1, 1]);
 * ```
 */
export function dbscan(points: Matrix, options: DbscanOptions): Int32Array {
  const { epsilon, metric = "cosine" } = options;
  if (!(epsilon >= 0)) {
    throw new RangeError(`Cannot run DBSCAN: epsilon must not be negative, got ${epsilon}`);
  }
  const cores = options.cores ?? coreDistances(points, options);
  if (cores.length !== points.rows) {
    throw new TypeError(
      `Cannot run DBSCAN: cores must have one value per row, ` +
        `got ${cores.length} for ${points.rows} rows`,
    );
  }
  const distance = distanceOver(points, metric);
  const labels = new Int32Array(points.rows).fill(-1);
  let cluster = 0;
  for (let first = 0; first < points.rows; first++) {
    if (labels[first] !== -1 || cores[first]! > epsilon) continue;
    labels[first] = cluster;
    const reached = [first];
    for (let row = reached.pop(); row !== undefined; row = reached.pop()) {
      for (let other = 0; other < points.rows; other++) {
        if (labels[other] !== -1 || distance(row, other) > epsilon) continue;
        labels[other] = cluster;
        if (cores[other]! <= epsilon) reached.push(other);
      }
    }
    cluster++;
  }
  return labels;
}

/**
 * Finds the distance within which every vector has `minPoints` neighbours, itself included: it
 * is the core of a cluster when `epsilon` is at least this.
 *
 * Takes O(rows² × columns) time and O(rows × minPoints) memory.
 */
export function coreDistances(points: Matrix, options: DensityOptions): Float64Array {
  const { minPoints, metric = "cosine" } = options;
  checkCount(minPoints, { task: "Cannot run DBSCAN", name: "minPoints" });
  const distance = distanceOver(points, metric);
  const { rows } = points;
  if (minPoints > rows) return new Float64Array(rows).fill(Infinity);
  // The `minPoints` smallest distances of every row, in ascending order.
  const least = new Float64Array(rows * minPoints).fill(Infinity);
  for (let row = 0; row < rows; row++) {
    insert(least, { row, minPoints, value: 0 });
    for (let other = 0; other < row; other++) {
      const value = distance(row, other);
      insert(least, { row, minPoints, value });
      insert(least, { row: other, minPoints, value });
    }
  }
  return Float64Array.from({ length: rows }, (_, row) => least[(row + 1) * minPoints - 1]!);
}

/** Puts a distance in its place among the smallest of a row; the largest of them drops out. */
function insert(
  least: Float64Array,
  { row, minPoints, value }: { row: number; minPoints: number; value: number },
): void {
  const begin = row * minPoints;
  let slot = begin + minPoints - 1;
  if (value >= least[slot]!) return;
  for (; slot > begin && value < least[slot - 1]!; slot--) least[slot] = least[slot - 1]!;
  least[slot] = value;
}

function distanceOver(
  points: Matrix,
  metric: "cosine" | "euclidean",
): (a: number, b: number) => number {
  if (metric === "euclidean") {
    checkVectors(points);
    return (a, b) => Math.sqrt(squaredDistance(rowOf(points, a), rowOf(points, b)));
  }
  const unit = unitVectors(points);
  return (a, b) => Math.max(0, 1 - dotProduct(rowOf(unit, a), rowOf(unit, b)));
}

/** What the DBSCAN clusterer is told. */
export interface DbscanClustererOptions {
  /**
   * Largest cosine distance of neighbours; `null` offers several for the silhouette to choose from.
   */
  readonly epsilon: number | null;
  /** Neighbours that make a vector the core of a cluster; itself counts. Default 4. */
  readonly minPoints?: number;
}

/**
 * Makes a clusterer of DBSCAN by cosine distance, where noise joins the cluster whose mean
 * direction, noise left out, is nearest, the lower one of two; where everything is noise there
 * is one cluster.
 *
 * With `epsilon` null there is a partition for each of `shares`, at the smallest distance that
 * makes so many vectors cores; the most clusters come first, equal partitions once. Takes
 * O(n² × columns) time for each.
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
  const clusters = labels.reduce((most, label) => Math.max(most, label), -1) + 1;
  if (clusters === 0) return { labels: new Int32Array(unit.rows), clusters: 1 };
  // The sum of a cluster's vectors points the way of their mean.
  const sums = Float32Array.from(sumClusters(unit, { labels, clusters }));
  const directions = normalizeRows({ rows: clusters, columns: unit.columns, data: sums });
  return partitionOf(labels.map((label, row) => {
    if (label !== -1) return label;
    let nearest = 0, highest = -Infinity;
    for (let cluster = 0; cluster < clusters; cluster++) {
      const cosine = dotProduct(rowOf(unit, row), rowOf(directions, cluster));
      if (cosine > highest) {
        highest = cosine;
        nearest = cluster;
      }
    }
    return nearest;
  }));
}

/** Shares of the vectors that are cores at the epsilons on offer. */
const shares = [0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1];

/** The different finite values at which the shares are reached. */
function quantilesOf(cores: Float64Array): number[] {
  const sorted = cores.toSorted();
  const values = shares.map((share) => sorted[Math.ceil(share * sorted.length) - 1]!);
  return [...new Set(values)].filter(Number.isFinite);
}

function withoutRepeats(partitions: readonly Partition[]): Partition[] {
  return [...new Map(partitions.map((each) => [each.labels.join(), each])).values()];
}
