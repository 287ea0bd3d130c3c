/**
 * How well a partition agrees with known classes: mutual information, Rand index, purity.
 *
 * Conventions as in scikit-learn. Labels are used to report, never to fit.
 *
 * @module
 */
import { type Partition, partitionOf } from "@/clustering/partition.ts";

/** Agreement of a partition with known classes. */
export interface Agreement {
  /** Normalised mutual information (arithmetic mean of the entropies), from 0 to 1. */
  readonly nmi: number;
  /** Rand index adjusted for chance: 1 when identical, about 0 when unrelated, at least −0.5. */
  readonly ari: number;
  /** Share of rows that belong to the commonest class of their cluster. */
  readonly purity: number;
}

/**
 * Counts how classes and clusters meet.
 *
 * @param partition The partition.
 * @param classes Known class of every row.
 * @returns For each class in order of first appearance, the rows in each cluster.
 * @throws {TypeError} If there is not one class per row.
 *
 * @example Three rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionOf } from "@/clustering/partition.ts";
 * import { countContingency } from "@/evaluation/cluster_metrics.ts";
 *
 * const { names, counts } = countContingency(partitionOf([0, 0, 1]), ["nut", "bolt", "bolt"]);
 * assert.deepEqual(names, ["nut", "bolt"]);
 * assert.deepEqual(counts, [[1, 0], [1, 1]]);
 * ```
 */
export function countContingency(
  partition: Partition,
  classes: readonly string[],
): { names: string[]; counts: number[][] } {
  if (classes.length !== partition.labels.length) {
    throw new TypeError(
      `Cannot compare a partition with classes: one class per row is needed, ` +
        `got ${classes.length} for ${partition.labels.length} rows`,
    );
  }
  const names = [...new Set(classes)];
  const numbers = partitionOf(classes).labels;
  const counts = names.map(() => new Array<number>(partition.clusters).fill(0));
  partition.labels.forEach((cluster, row) => counts[numbers[row]!]![cluster]! += 1);
  return { names, counts };
}

/**
 * Measures how well a partition agrees with known classes.
 *
 * A single cluster of a single class agrees fully: all three are 1.
 *
 * @param partition The partition.
 * @param classes Known class of every row.
 * @returns Mutual information, adjusted Rand index and purity.
 * @throws {TypeError} If there is not one class per row.
 * @throws {RangeError} If there is no row.
 *
 * @example The same grouping under other names
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionOf } from "@/clustering/partition.ts";
 * import { measureAgreement } from "@/evaluation/cluster_metrics.ts";
 *
 * const { nmi, ari, purity } = measureAgreement(partitionOf([1, 1, 0]), ["nut", "nut", "bolt"]);
 * assert.deepEqual([Math.round(1e9 * nmi) / 1e9, ari, purity], [1, 1, 1]);
 * ```
 */
export function measureAgreement(partition: Partition, classes: readonly string[]): Agreement {
  const { counts } = countContingency(partition, classes);
  const rows = classes.length;
  if (rows === 0) {
    throw new RangeError("Cannot measure agreement: at least one row is needed, got none");
  }
  const classSums = counts.map(sum);
  const clusterSums = Array.from(
    { length: partition.clusters },
    (_, cluster) => sum(counts.map((row) => row[cluster]!)),
  );
  const purest = clusterSums.map((_, cluster) => Math.max(...counts.map((row) => row[cluster]!)));
  return {
    nmi: normalizedInformation(counts, { rows, classSums, clusterSums }),
    ari: adjustedRand(counts.flat(), { rows, classSums, clusterSums }),
    purity: sum(purest) / rows,
  };
}

interface Margins {
  readonly rows: number;
  readonly classSums: readonly number[];
  readonly clusterSums: readonly number[];
}

function normalizedInformation(
  counts: readonly (readonly number[])[],
  { rows, classSums, clusterSums }: Margins,
): number {
  if (classSums.length === 1 && clusterSums.length === 1) return 1;
  let information = 0;
  for (const [i, row] of counts.entries()) {
    for (const [j, count] of row.entries()) {
      if (count === 0) continue;
      const expected = classSums[i]! * clusterSums[j]! / rows;
      information += count / rows * Math.log(count / expected);
    }
  }
  const entropy = (entropyOf(classSums, rows) + entropyOf(clusterSums, rows)) / 2;
  return Math.max(0, Math.min(1, information / entropy));
}

function adjustedRand(
  cells: readonly number[],
  { rows, classSums, clusterSums }: Margins,
): number {
  const together = sum(cells.map(pairs));
  const inClass = sum(classSums.map(pairs)), inCluster = sum(clusterSums.map(pairs));
  const most = (inClass + inCluster) / 2;
  const expected = rows > 1 ? inClass * inCluster / pairs(rows) : 0;
  return most === expected ? 1 : (together - expected) / (most - expected);
}

function entropyOf(counts: readonly number[], rows: number): number {
  return -sum(counts.map((count) => count === 0 ? 0 : count / rows * Math.log(count / rows)));
}

function pairs(count: number): number {
  return count * (count - 1) / 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
