/**
 * Silhouettes: how much nearer a vector is to its own cluster than to the next one.
 *
 * Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
 * analysis", 1987. Conventions as in scikit-learn.
 *
 * @module
 */
import { clusterSizes, type Partition } from "@/clustering/partition.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct, squaredDistance } from "@/math/vectors.ts";

/** How silhouettes measure distance. */
export interface SilhouetteOptions {
  /** `cosine` (1 − cosine similarity, the default) or `euclidean`. */
  readonly distance?: "cosine" | "euclidean";
}

/**
 * Computes the mean silhouette of several partitions of the same vectors, from one pass over all
 * pairs.
 *
 * For a vector with mean distance `a` to the others of its cluster and smallest mean distance
 * `b` to another cluster, the silhouette is (b − a) ÷ max(a, b); it is 0 in a cluster of one,
 * and where both are 0. Takes O(rows² × (columns + partitions)) time.
 *
 * @param vectors Vectors, one a row.
 * @param partitions Partitions of these vectors.
 * @param options Which distance; see `SilhouetteOptions`.
 * @returns One mean silhouette per partition, from −1 to 1.
 * @throws {TypeError} If a partition has not one label per vector.
 * @throws {RangeError} If a partition has fewer than 2 clusters or as many as vectors.
 *
 * @example Two tight pairs
 * ```ts
 * import assert from "node:assert/strict";
 * import { meanSilhouettes, partitionOf } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[0], [1], [10], [11]]);
 * const [value] = meanSilhouettes(vectors, [partitionOf([0, 0, 1, 1])], { distance: "euclidean" });
 * // Own cluster: 1 away. Other cluster: 10.5 away for the outer, 9.5 for the inner ones.
 * assert.ok(Math.abs(value! - (9.5 / 10.5 + 8.5 / 9.5) / 2) < 1e-12);
 * ```
 */
export function meanSilhouettes(
  vectors: Matrix,
  partitions: readonly Partition[],
  options: SilhouetteOptions = {},
): number[] {
  for (const partition of partitions) checkPartition(partition, vectors.rows);
  const distanceTo = distancesOf(vectors, options.distance ?? "cosine");
  const sizes = partitions.map(clusterSizes);
  const totals = partitions.map(() => 0);
  const distances = new Float64Array(vectors.rows);
  for (let row = 0; row < vectors.rows; row++) {
    for (let other = 0; other < vectors.rows; other++) {
      distances[other] = other === row ? 0 : distanceTo(row, other);
    }
    for (const [number, partition] of partitions.entries()) {
      totals[number]! += silhouetteOf(row, { distances, partition, sizes: sizes[number]! });
    }
  }
  return totals.map((total) => total / vectors.rows);
}

function silhouetteOf(
  row: number,
  context: { distances: Float64Array; partition: Partition; sizes: Int32Array },
): number {
  const { distances, partition: { labels, clusters }, sizes } = context;
  const own = labels[row]!;
  if (sizes[own] === 1) return 0;
  const sums = new Float64Array(clusters);
  for (let other = 0; other < labels.length; other++) sums[labels[other]!]! += distances[other]!;
  let next = Infinity;
  for (let cluster = 0; cluster < clusters; cluster++) {
    if (cluster !== own) next = Math.min(next, sums[cluster]! / sizes[cluster]!);
  }
  const within = sums[own]! / (sizes[own]! - 1);
  const larger = Math.max(within, next);
  return larger === 0 ? 0 : (next - within) / larger;
}

function distancesOf(
  vectors: Matrix,
  distance: "cosine" | "euclidean",
): (a: number, b: number) => number {
  if (distance === "euclidean") {
    return (a, b) => Math.sqrt(squaredDistance(rowOf(vectors, a), rowOf(vectors, b)));
  }
  const unit = normalizeRows(vectors);
  return (a, b) => Math.max(0, 1 - dotProduct(rowOf(unit, a), rowOf(unit, b)));
}

function checkPartition({ labels, clusters }: Partition, rows: number): void {
  if (labels.length !== rows) {
    throw new TypeError(
      `Cannot compute silhouettes: a partition must have one label per vector, ` +
        `got ${labels.length} for ${rows} vectors`,
    );
  }
  if (clusters < 2 || clusters >= rows) {
    throw new RangeError(
      `Cannot compute silhouettes: the number of clusters must be from 2 to ${
        rows - 1
      }, got ${clusters}`,
    );
  }
}
