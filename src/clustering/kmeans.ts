/**
 * k-means: a given number of clusters with the smallest squared distances to their means; as a
 * clusterer of semantic vectors, with a given number or several to choose from.
 *
 * Lloyd, "Least squares quantization in PCM", 1982. Distances that cannot matter are left out by
 * the triangle inequality (Elkan, ICML 2003, lemma 1). Starts are drawn far from each other:
 * Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007, in the
 * greedy variant that the paper's conclusion mentions and scikit-learn uses.
 *
 * @module
 */
import {
  averageClusters,
  type Clusterer,
  clusterSizes,
  type Partition,
  partitionOf,
} from "@/clustering/partition.ts";
import { type Matrix, rowOf } from "@/math/matrix.ts";
import { createRandom, type Random } from "@/math/random.ts";
import { checkVectors, squaredDistance, unitVectors } from "@/math/vectors.ts";
import { checkCount } from "@/messages.ts";

/** How k-means searches. */
export interface KMeansOptions {
  /** Number of clusters, from 1 to the number of points. */
  readonly clusters: number;
  /** Seed of the starts. */
  readonly seed: number;
  /** Number of starts, of which the best result counts. Default 10. */
  readonly restarts?: number;
  /** Largest number of iterations of each start. Default 300. */
  readonly maxIterations?: number;
  /**
   * A start also ends when an iteration lowers the inertia by no more than this share of it.
   * Default 0: only when no point changes its cluster.
   */
  readonly tolerance?: number;
}

/** What k-means found. */
export interface KMeans {
  /** Cluster of every point; clusters are numbered in order of first appearance. */
  readonly partition: Partition;
  /** Mean of every cluster, one a row. */
  readonly centers: Matrix;
  /** Sum of squared Euclidean distances of the points to the means of their clusters. */
  readonly inertia: number;
  /** Iterations that the best start took. */
  readonly iterations: number;
}

/**
 * Groups points around means, so that the squared Euclidean distances to them are small.
 *
 * From each start, points go to the nearest mean and means move to their points, in turn, until no
 * point changes; a tie goes to the lower mean. A cluster that loses all its points takes the one
 * that lies farthest from its mean, the lower one of two. The start with the smallest inertia wins,
 * the earlier one of two. Points that hold fewer different ones than `clusters` form as many
 * clusters as there are different points. Sums are 64-bit floats. Takes
 * O(restarts × iterations × clusters × points × columns) time at most.
 *
 * @param points Points to group, one a row.
 * @param options Number of clusters, seed, and how long to search.
 * @returns The best partition found, its means and its inertia.
 * @throws {RangeError} If there is no point, a value is not finite, or an option is out of range.
 *
 * @example Two pairs
 * ```ts
 * import assert from "node:assert/strict";
 * import { kmeans } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const points = matrixOf([[0], [10], [2], [12]]);
 * const { partition, centers, inertia } = kmeans(points, { clusters: 2, seed: 1 });
 * assert.deepEqual([...partition.labels], [0, 1, 0, 1]);
 * assert.deepEqual([...centers.data], [1, 11]);
 * assert.equal(inertia, 4);
 * ```
 */
export function kmeans(points: Matrix, options: KMeansOptions): KMeans {
  const { clusters, seed, restarts = 10, maxIterations = 300, tolerance = 0 } = options;
  checkVectors(points);
  const task = "Cannot run k-means";
  checkCount(clusters, { task, name: "clusters", most: points.rows });
  checkCount(restarts, { task, name: "restarts" });
  checkCount(maxIterations, { task, name: "maxIterations" });
  if (!(tolerance >= 0)) {
    throw new RangeError(`${task}: tolerance must not be negative, got ${tolerance}`);
  }
  const random = createRandom(seed, "k-means");
  let best: Run | null = null;
  for (let start = 0; start < restarts; start++) {
    const run = runLloyd(points, {
      starts: drawStarts(points, { clusters, random }),
      maxIterations,
      tolerance,
    });
    if (best === null || run.inertia < best.inertia) best = run;
  }
  const { labels, inertia, iterations } = best!;
  const partition = partitionOf(labels);
  const centers = {
    rows: partition.clusters,
    columns: points.columns,
    data: Float32Array.from(averageClusters(points, partition)),
  };
  return { partition, centers, inertia, iterations };
}

/** Result of one start. */
interface Run {
  readonly labels: Int32Array;
  readonly inertia: number;
  readonly iterations: number;
}

/** Cluster of every point, and its squared distance to the mean it was compared with. */
interface Assignment {
  readonly labels: Int32Array;
  readonly gaps: Float64Array;
}

function runLloyd(
  points: Matrix,
  options: { starts: readonly number[]; maxIterations: number; tolerance: number },
): Run {
  const { starts, maxIterations, tolerance } = options;
  const count = starts.length;
  const assignment = {
    labels: new Int32Array(points.rows),
    gaps: new Float64Array(points.rows),
  };
  const { labels } = assignment;
  let means: Float64Array = Float64Array.from(starts.flatMap((row) => [...rowOf(points, row)]));
  let inertia = Infinity, iterations = 0;
  while (iterations < maxIterations) {
    iterations++;
    const isChanged = assignPoints(points, { means, count, assignment });
    if (!isChanged && iterations > 1) break;
    refillClusters(labels, { gaps: assignment.gaps, count });
    means = averageClusters(points, { labels, clusters: count });
    const before = inertia;
    inertia = sumGaps(points, { labels, means });
    if (tolerance > 0 && before - inertia <= tolerance * before && before < Infinity) break;
  }
  return { labels, inertia, iterations };
}

/** Gives every point to its nearest mean; says whether any has moved. */
function assignPoints(
  points: Matrix,
  state: { means: Float64Array; count: number; assignment: Assignment },
): boolean {
  const { means, count, assignment: { labels, gaps } } = state;
  const apart = distancesBetween(means, { count, columns: points.columns });
  let isChanged = false;
  for (let row = 0; row < points.rows; row++) {
    const held = labels[row]!;
    const own = gapOf(points, row, { means, cluster: held });
    let nearest = held, least = own;
    // A mean more than twice as far from the held mean as the point is cannot be nearer; the
    // margin keeps rounding from deciding a tie.
    const reach = 4 * own * (1 + 1e-9);
    for (let cluster = 0; cluster < count; cluster++) {
      if (cluster === held || apart[held * count + cluster]! > reach) continue;
      const gap = gapOf(points, row, { means, cluster });
      if (gap < least || (gap === least && cluster < nearest)) {
        least = gap;
        nearest = cluster;
      }
    }
    labels[row] = nearest;
    gaps[row] = least;
    isChanged ||= nearest !== held;
  }
  return isChanged;
}

function sumGaps(points: Matrix, groups: { labels: Int32Array; means: Float64Array }): number {
  const { labels, means } = groups;
  return labels.reduce((sum, cluster, row) => sum + gapOf(points, row, { means, cluster }), 0);
}

/** Squared distances between all means. */
function distancesBetween(
  means: Float64Array,
  { count, columns }: { count: number; columns: number },
): Float64Array {
  const apart = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) {
        sum += (means[a * columns + c]! - means[b * columns + c]!) ** 2;
      }
      apart[a * count + b] = apart[b * count + a] = sum;
    }
  }
  return apart;
}

/** Squared distance of a point to a mean. */
function gapOf(
  { columns, data }: Matrix,
  row: number,
  target: { means: Float64Array; cluster: number },
): number {
  const { means } = target;
  let sum = 0;
  for (let c = 0, i = row * columns, j = target.cluster * columns; c < columns; c++, i++, j++) {
    const difference = data[i]! - means[j]!;
    sum += difference * difference;
  }
  return sum;
}

/**
 * Draws the rows that k-means starts from, no two of them equal: where the rows hold fewer
 * different ones than asked, each of those is drawn once.
 *
 * The first is drawn evenly; for each further one, 2 + ⌊ln clusters⌋ rows are drawn with a
 * probability in proportion to their squared distance from the nearest start so far, and the one
 * that leaves the smallest sum of these is taken, the lower of two. Takes
 * O(clusters × ln clusters × rows × columns) time and O(rows) memory.
 */
export function drawStarts(
  points: Matrix,
  options: { readonly clusters: number; readonly random: Random },
): number[] {
  const { clusters, random } = options;
  const trials = 2 + Math.floor(Math.log(clusters));
  const starts = [random.integer(points.rows)];
  let { gaps, sum } = addStart(points, {
    row: starts[0]!,
    gaps: new Float64Array(points.rows).fill(Infinity),
  });
  while (starts.length < clusters && sum > 0) {
    let best: Trial | null = null;
    for (let trial = 0; trial < trials; trial++) {
      const found = addStart(points, { row: drawRow(gaps, random.next() * sum), gaps });
      const isTie = found.sum === best?.sum && found.row < best.row;
      if (best === null || found.sum < best.sum || isTie) best = found;
    }
    ({ gaps, sum } = best!);
    starts.push(best!.row);
  }
  return starts;
}

/** A row taken as a start, with what is then left between every row and its nearest start. */
interface Trial {
  readonly row: number;
  readonly gaps: Float64Array;
  readonly sum: number;
}

function addStart(points: Matrix, before: { row: number; gaps: Float64Array }): Trial {
  const start = rowOf(points, before.row);
  const gaps = before.gaps.map((gap, row) =>
    gap === 0 ? 0 : Math.min(gap, squaredDistance(start, rowOf(points, row)))
  );
  return { row: before.row, gaps, sum: gaps.reduce((total, gap) => total + gap, 0) };
}

/** Finds the row where the running sum of gaps first exceeds `target`; never one without a gap. */
function drawRow(gaps: Float64Array, target: number): number {
  let last = 0, sum = 0;
  for (const [row, gap] of gaps.entries()) {
    if (gap === 0) continue;
    last = row;
    sum += gap;
    if (sum > target) break;
  }
  return last;
}

/**
 * Gives every empty cluster, in place, the point that lies farthest from its mean, the lower one
 * of two, out of a cluster that has several, so that none becomes empty.
 *
 * The inertia falls, since the point's own share of it vanishes and other means only improve.
 */
export function refillClusters(
  labels: Int32Array,
  options: { readonly gaps: Float64Array; readonly count: number },
): void {
  const { gaps, count } = options;
  const sizes = clusterSizes({ labels, clusters: count });
  for (let cluster = 0; cluster < count; cluster++) {
    if (sizes[cluster]! > 0) continue;
    let farthest = -1;
    gaps.forEach((gap, row) => {
      const isSpare = sizes[labels[row]!]! > 1;
      if (isSpare && (farthest === -1 || gap > gaps[farthest]!)) farthest = row;
    });
    sizes[labels[farthest]!]! -= 1;
    sizes[cluster] = 1;
    labels[farthest] = cluster;
    gaps[farthest] = 0;
  }
}

/** What the k-means clusterer is told. */
export interface KMeansClustererOptions {
  /** Number of clusters; `null` offers several numbers for the silhouette to choose from. */
  readonly clusters: number | null;
  /** Starts of each number of clusters. Default 10, or 3 where several numbers are offered. */
  readonly restarts?: number;
}

/**
 * Makes a clusterer of k-means by cosine: vectors are scaled to length 1, so that squared
 * distances are 2 × (1 − cosine). Means are not scaled back, which sets this apart from
 * spherical k-means proper (Dhillon and Modha, 2001).
 *
 * With `clusters` null it offers partitions into min(2⌊√n⌋, 20, ⌊n ÷ 2⌋) down to 2 clusters,
 * equal ones once; fewer than 4 vectors form one cluster, and so do equal ones. That takes
 * O(restarts × iterations × 200 × n × columns) time at most. With a number there is one
 * partition, which has fewer clusters where there are fewer different vectors.
 */
export function kmeansClusterer(options: KMeansClustererOptions): Clusterer {
  const { clusters, restarts = clusters === null ? 3 : 10 } = options;
  const partitions: Clusterer["partitions"] = (vectors, { seed = 0 } = {}) => {
    const unit = unitVectors(vectors);
    const { rows } = unit;
    if (clusters !== null) return [kmeans(unit, { clusters, seed, restarts }).partition];
    const most = Math.min(2 * Math.floor(Math.sqrt(rows)), 20, Math.floor(rows / 2));
    if (most < 2) return [{ labels: new Int32Array(rows), clusters: 1 }];
    const offered: Partition[] = [];
    for (let count = most; count >= 2; count--) {
      const { partition } = kmeans(unit, { clusters: count, seed, restarts });
      if (partition.clusters !== offered.at(-1)?.clusters) offered.push(partition);
    }
    return offered;
  };
  return { name: "kmeans", choiceRule: clusters === null ? "any" : "required", partitions };
}
