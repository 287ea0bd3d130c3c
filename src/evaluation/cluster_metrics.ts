/**
 * How groups agree with known classes, which are used to report, never to fit.
 *
 * Of a partition: mutual information, Rand index and purity, with conventions as in
 * scikit-learn. Of the groups of a memory bank also how tight they are, and how often an image
 * is routed to the group that holds most of its class.
 *
 * @module
 */
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { meanSilhouettes } from "@/clustering/silhouette.ts";
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";
import type { Matrix } from "@/math/matrix.ts";

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
 * import { partitionOf } from "@/clustering/mod.ts";
 * import { countContingency } from "@/evaluation/mod.ts";
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
 * import { partitionOf } from "@/clustering/mod.ts";
 * import { measureAgreement } from "@/evaluation/mod.ts";
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

/** Row and column sums of a contingency table. */
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

/** Training images with their groups, and test images with theirs. */
export interface Routing {
  /** Groups of the training images. */
  readonly partition: Partition;
  /** Classes of the training images. */
  readonly trainClasses: readonly string[];
  /** Group that each test image was routed to. */
  readonly testGroups: Int32Array;
  /** Classes of the test images. */
  readonly testClasses: readonly string[];
}

/**
 * Computes the share of test images that were routed to the group holding the majority of their
 * class's training images; of groups that hold equally many, the first.
 *
 * @param routing Training and test images with their groups.
 * @returns A share from 0 to 1.
 * @throws {UndefinedMetricError} If there is no test image, or a class has no training image.
 * @throws {TypeError} If classes and groups differ in number.
 *
 * @example One of two went astray
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionOf } from "@/clustering/mod.ts";
 * import { routingAccuracy } from "@/evaluation/mod.ts";
 *
 * const share = routingAccuracy({
 *   partition: partitionOf([0, 0, 1]),
 *   trainClasses: ["nut", "nut", "bolt"],
 *   testGroups: Int32Array.of(0, 0),
 *   testClasses: ["nut", "bolt"],
 * });
 * assert.equal(share, 0.5);
 * ```
 */
export function routingAccuracy(routing: Routing): number {
  const { partition, trainClasses, testGroups, testClasses } = routing;
  if (testGroups.length !== testClasses.length) {
    throw new TypeError(
      `Cannot compute routing accuracy: one class per test image is needed, ` +
        `got ${testClasses.length} for ${testGroups.length} images`,
    );
  }
  if (testClasses.length === 0) {
    throw new UndefinedMetricError("Cannot compute routing accuracy: there is no test image");
  }
  const { names, counts } = countContingency(partition, trainClasses);
  const homes = new Map(names.map((name, i) => {
    const groups = counts[i]!;
    return [name, groups.indexOf(Math.max(...groups))];
  }));
  let arrived = 0;
  for (const [image, className] of testClasses.entries()) {
    const home = homes.get(className);
    if (home === undefined) {
      throw new UndefinedMetricError(
        `Cannot compute routing accuracy: class "${className}" has no training image`,
      );
    }
    if (testGroups[image] === home) arrived++;
  }
  return arrived / testClasses.length;
}

/** Agreement of groups and classes, tightness of groups, and how well images find theirs. */
export interface GroupingReport extends Agreement {
  /** Mean cosine silhouette of the groups; `null` for a single group or one group per image. */
  readonly silhouette: number | null;
  /**
   * Share of test images that their key routes to the group of their class's majority; `null`
   * without test images.
   */
  readonly routingAccuracy: number | null;
}

/** Reports how the groups of a memory bank agree with the classes. */
export function reportGrouping(
  partition: Partition,
  images: {
    semantics: Matrix;
    trainClasses: readonly string[];
    testGroups: Int32Array;
    testClasses: readonly string[];
  },
): GroupingReport {
  const { semantics, trainClasses, testGroups, testClasses } = images;
  const measurable = partition.clusters > 1 && partition.clusters < trainClasses.length;
  return {
    ...measureAgreement(partition, trainClasses),
    silhouette: measurable ? meanSilhouettes(semantics, [partition])[0]! : null,
    routingAccuracy: testClasses.length === 0
      ? null
      : routingAccuracy({ partition, trainClasses, testGroups, testClasses }),
  };
}
