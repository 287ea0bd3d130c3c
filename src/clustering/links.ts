/**
 * Groups from a fine partition, joined wherever the nearest-neighbour graph ties them together.
 *
 * A silhouette prefers few, tight clusters: it merges small classes and splits large ones. Links
 * between nearest neighbours do not care how far a class spreads. The method is ours.
 *
 * @module
 */
import {
  type ChoiceRule,
  clusterSizes,
  type Partition,
  partitionOf,
  sumClusters,
} from "@/clustering/partition.ts";
import { type Matrix, normalizeRows, rowOf } from "@/math/matrix.ts";
import { checkVectors, dotProduct, dotProduct64 } from "@/math/vectors.ts";
import { checkCount } from "@/messages.ts";

/** When two groups are tied together. */
export interface LinkOptions {
  /** Nearest other vectors that each vector names. Default 10. */
  readonly neighbors?: number;
  /** Fewest names that two groups must give each other, both ways together. Default 15. */
  readonly leastLinks?: number;
  /** Smallest share of these among all names that the smaller group gives. Default 0.01. */
  readonly leastShare?: number;
  /** Nearest neighbours that are known already, `neighbors` of every row or more. */
  readonly near?: Neighbors;
}

/** Nearest other vectors that each vector names unless told otherwise. */
export const defaultNeighbors = 10;

/** Vectors below which a group joins another unless told otherwise. */
export const defaultMinGroup = 10;

/** A partition that was joined, and what it was joined from. */
export interface LinkedPartition {
  /** The groups. */
  readonly partition: Partition;
  /** Number of the partition that was begun with; `null` if none qualified: one group. */
  readonly chosen: number | null;
  /** Groups at the beginning, after small ones were joined, and after linked ones were. */
  readonly steps: readonly [begun: number, large: number, linked: number];
}

/**
 * Makes groups by joining those of the finest eligible partition.
 *
 * A partition is eligible with 2 to n ÷ 2 clusters of n vectors, under the rule `coarser` without
 * the finest one if another is; where none is, all vectors form one group. Of the finest eligible
 * one, groups below `minGroup` join others (`joinSmallGroups`), then linked ones join
 * (`joinLinkedGroups`), then small ones again. One group may be the result. Takes O(n² × columns)
 * time, as much as FINCH, and O(n × columns) memory.
 *
 * @param vectors The vectors that were grouped; only their directions count.
 * @param partitions Partitions of a clusterer.
 * @param options Smallest group, which partitions are eligible, and when groups are linked.
 * @returns The groups, numbered in order of first appearance, and how they came about.
 * @throws {TypeError} If a partition has not one label per vector.
 * @throws {RangeError} If there is no vector, a value is not finite, an option is out of range, or
 *   the number of clusters was required.
 *
 * @example Two classes that FINCH takes apart
 * ```ts
 * import assert from "node:assert/strict";
 * import { finchPartitions, linksPartition } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf(
 *   Array.from({ length: 60 }, (_, i) => {
 *     const angle = (i % 30) / 60 + (i < 30 ? 0 : 1.2);
 *     return [Math.cos(angle), Math.sin(angle)];
 *   }),
 * );
 * const { partition, steps } = linksPartition(vectors, finchPartitions(vectors));
 * assert.equal(partition.clusters, 2);
 * assert.ok(steps[0] >= 2);
 * ```
 */
export function linksPartition(
  vectors: Matrix,
  partitions: readonly Partition[],
  options: LinkOptions & { readonly minGroup?: number; readonly choiceRule?: ChoiceRule } = {},
): LinkedPartition {
  const { minGroup = defaultMinGroup, choiceRule = "coarser" } = options;
  if (choiceRule === "required") {
    throw new RangeError(
      "Cannot join groups: a required number of clusters leaves none to join",
    );
  }
  const chosen = finestEligible(partitions, { rows: vectors.rows, choiceRule });
  if (chosen === null) {
    checkVectors(vectors);
    const partition = { labels: new Int32Array(vectors.rows), clusters: 1 };
    return { partition: partitionOf(partition.labels), chosen, steps: [1, 1, 1] };
  }
  const begun = partitions[chosen]!;
  const large = joinSmallGroups(vectors, begun, { least: minGroup });
  const linked = joinLinkedGroups(vectors, large, options);
  const partition = joinSmallGroups(vectors, linked, { least: minGroup });
  return {
    partition: partitionOf(partition.labels),
    chosen,
    steps: [begun.clusters, large.clusters, linked.clusters],
  };
}

/** The eligible partition with most clusters, the first of several; `null` if none is. */
function finestEligible(
  partitions: readonly Partition[],
  { rows, choiceRule }: { rows: number; choiceRule: ChoiceRule },
): number | null {
  const counts = partitions.map(({ clusters }) => clusters);
  const finest = Math.max(...counts);
  const sizes = counts.filter((clusters) => clusters >= 2 && clusters <= rows / 2);
  const others = choiceRule === "coarser" && sizes.some((clusters) => clusters < finest)
    ? sizes.filter((clusters) => clusters < finest)
    : sizes;
  return others.length === 0 ? null : counts.indexOf(Math.max(...others));
}

/**
 * Joins every group below a size to the group with the most similar key.
 *
 * The smallest group goes first, of several the lower-numbered; so do keys that are equally
 * similar by cosine. A key is the mean direction of a group's vectors, made anew after each joining.
 * Takes O(clusters² × columns) time beside that of the sums.
 *
 * @param vectors The vectors that were grouped; only their directions count.
 * @param partition Their groups.
 * @param options Vectors that a group must have; default 10.
 * @returns Groups of at least that size, or one group; numbers keep their order.
 * @throws {TypeError} If there is not one label per vector.
 * @throws {RangeError} If there is no vector, a value is not finite, or the size no whole number.
 *
 * @example A lone vector
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinSmallGroups, partitionOf } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[9, 0], [9, 1], [0, 9], [1, 9], [5, 4]]);
 * const { labels } = joinSmallGroups(vectors, partitionOf([0, 0, 1, 1, 2]), { least: 2 });
 * assert.deepEqual([...labels], [0, 0, 1, 1, 0]);
 * ```
 */
export function joinSmallGroups(
  vectors: Matrix,
  partition: Partition,
  options: { readonly least?: number } = {},
): Partition {
  const { least = defaultMinGroup } = options;
  checkCount(least, { task: "Cannot join groups", name: "least", least: 1 });
  checkGroups(vectors, partition);
  const { columns } = vectors;
  const flat = sumClusters(normalizeRows(vectors), partition);
  const sums = Array.from(
    { length: partition.clusters },
    (_, group) => flat.subarray(group * columns, (group + 1) * columns),
  );
  const sizes = clusterSizes(partition);
  const merged = Int32Array.from(sizes.keys());
  const keys = sums.map(scaleToUnit);
  // An empty number is no group.
  let alive = [...merged].filter((group) => sizes[group]! > 0);
  while (alive.length > 1) {
    const smallest = alive.reduce((a, b) => sizes[b]! < sizes[a]! ? b : a);
    if (sizes[smallest]! >= least) break;
    alive = alive.filter((group) => group !== smallest);
    let target = -1, similarity = -Infinity;
    for (const group of alive) {
      const value = dotProduct64(keys[group]!, keys[smallest]!);
      if (value > similarity) [target, similarity] = [group, value];
    }
    merged.forEach((into, group) => merged[group] = into === smallest ? target : into);
    sizes[target]! += sizes[smallest]!;
    for (let c = 0; c < columns; c++) sums[target]![c]! += sums[smallest]![c]!;
    keys[target] = scaleToUnit(sums[target]!);
  }
  return closeGaps(partition.labels.map((label) => merged[label]!));
}

/**
 * Joins groups that the nearest-neighbour graph ties together.
 *
 * Every vector names its nearest others by cosine, of equally near ones the lower row. The links of
 * two groups are the names that they give each other. Their strength is the smaller of links ÷
 * `leastLinks` and links ÷ (`leastShare` × the names that the smaller group gives). While the
 * largest strength is at least 1, that pair joins, of several the first. Takes O(rows² × columns)
 * time for the graph, O(clusters³) at most for the joining, and O(rows × neighbors) memory.
 *
 * @param vectors The vectors that were grouped; only their directions count.
 * @param partition Their groups.
 * @param options Neighbours, and when groups are linked; see `LinkOptions`.
 * @returns The joined groups; numbers keep their order.
 * @throws {TypeError} If there is not one label per vector.
 * @throws {RangeError} If there is no vector, a value is not finite, or an option is out of range.
 *
 * @example Groups that name each other, and one far away
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinLinkedGroups, partitionOf } from "@/clustering/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const vectors = matrixOf([[9, 0], [9, 1], [9, 2], [9, 3], [0, 9], [1, 9]]);
 * const { labels } = joinLinkedGroups(vectors, partitionOf([0, 0, 1, 1, 2, 2]), {
 *   neighbors: 1,
 *   leastLinks: 1,
 * });
 * assert.deepEqual([...labels], [0, 0, 0, 0, 1, 1]);
 * ```
 */
export function joinLinkedGroups(
  vectors: Matrix,
  partition: Partition,
  options: LinkOptions = {},
): Partition {
  const { neighbors = defaultNeighbors, leastLinks = 15, leastShare = 0.01 } = options;
  const task = "Cannot join groups";
  checkCount(neighbors, { task, name: "neighbors", least: 1 });
  checkCount(leastLinks, { task, name: "leastLinks", least: 1 });
  if (!(leastShare >= 0 && leastShare <= 1)) {
    throw new RangeError(`${task}: leastShare must be from 0 to 1, got ${leastShare}`);
  }
  checkGroups(vectors, partition);
  const { labels, clusters } = partition;
  const { nearest, count } = options.near ?? findNeighbors(vectors, neighbors);
  /** Names that groups give each other, both ways together. */
  const links = Array.from({ length: clusters }, () => new Float64Array(clusters));
  nearest.forEach((other, i) => {
    if (i % count >= neighbors) return;
    const a = labels[Math.floor(i / count)]!, b = labels[other]!;
    links[a]![b]! += 1;
    links[b]![a]! += 1;
  });
  const sizes = clusterSizes(partition);
  const merged = Int32Array.from(sizes.keys());
  let alive = [...merged];
  for (;;) {
    let first = -1, second = -1, strongest = 0;
    for (const [position, a] of alive.entries()) {
      for (const b of alive.slice(position + 1)) {
        const smaller = Math.max(1, Math.min(sizes[a]!, sizes[b]!));
        const both = links[a]![b]!;
        const share = leastShare === 0 ? Infinity : both / (leastShare * neighbors * smaller);
        const strength = Math.min(both / leastLinks, share);
        if (strength > strongest) [first, second, strongest] = [a, b, strength];
      }
    }
    if (strongest < 1) return closeGaps(labels.map((label) => merged[label]!));
    alive = alive.filter((group) => group !== second);
    for (const other of alive) {
      links[first]![other]! += links[second]![other]!;
      links[other]![first] = links[first]![other]!;
    }
    sizes[first]! += sizes[second]!;
    merged.forEach((into, group) => merged[group] = into === second ? first : into);
  }
}

/** The nearest other rows by cosine of every row, nearest first, with their cosines. */
export interface Neighbors {
  /** Row numbers, `count` for every row. */
  readonly nearest: Int32Array;
  /** Their cosines with the row. */
  readonly cosines: Float64Array;
  /** Neighbours of a row: as many as asked for, or all others. */
  readonly count: number;
}

/** Finds nearest rows; equally near ones in ascending order. */
export function findNeighbors(vectors: Matrix, neighbors: number): Neighbors {
  const unit = normalizeRows(vectors);
  const rows = Array.from({ length: unit.rows }, (_, row) => rowOf(unit, row));
  const count = Math.min(neighbors, rows.length - 1);
  const nearest = new Int32Array(rows.length * count);
  const cosines = new Float64Array(nearest.length).fill(-Infinity);
  /** Rows come in ascending order, so that an equal later one stands behind an earlier one. */
  const insert = (row: number, other: number, cosine: number): void => {
    const begin = row * count;
    let place = begin + count - 1;
    if (count === 0 || !(cosine > cosines[place]!)) return;
    for (; place > begin && cosine > cosines[place - 1]!; place--) {
      cosines[place] = cosines[place - 1]!;
      nearest[place] = nearest[place - 1]!;
    }
    cosines[place] = cosine;
    nearest[place] = other;
  };
  for (let row = 0; row < rows.length; row++) {
    for (let other = 0; other < row; other++) {
      const cosine = dotProduct(rows[row]!, rows[other]!);
      insert(row, other, cosine);
      insert(other, row, cosine);
    }
  }
  return { nearest, cosines, count };
}

/** Renumbers labels from 0 on, in the order of their numbers, which decides ties later. */
function closeGaps(labels: Int32Array): Partition {
  const used = [...new Set(labels)].sort((a, b) => a - b);
  const numbers = new Map(used.map((label, number) => [label, number]));
  return { labels: labels.map((label) => numbers.get(label)!), clusters: used.length };
}

function scaleToUnit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dotProduct64(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector.slice();
}

function checkGroups(vectors: Matrix, { labels }: Partition): void {
  checkVectors(vectors);
  if (labels.length === vectors.rows) return;
  throw new TypeError(
    `Cannot join groups: a partition must have one label per vector, ` +
      `got ${labels.length} for ${vectors.rows} vectors`,
  );
}
