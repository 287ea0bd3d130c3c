/**
 * How often an image is routed to the group that holds most of its class.
 *
 * @module
 */
import type { Partition } from "@/clustering/partition.ts";
import { countContingency } from "@/evaluation/cluster_metrics.ts";
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";

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
 * import { partitionOf } from "@/clustering/partition.ts";
 * import { routingAccuracy } from "@/evaluation/routing_accuracy.ts";
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
