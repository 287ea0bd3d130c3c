/**
 * How the groups of a memory bank agree with the classes, which are used to report alone.
 *
 * @module
 */
import type { Partition } from "@/clustering/partition.ts";
import { meanSilhouettes } from "@/clustering/silhouette.ts";
import { type Agreement, measureAgreement } from "@/evaluation/cluster_metrics.ts";
import { routingAccuracy } from "@/evaluation/routing_accuracy.ts";
import type { Matrix } from "@/math/matrix.ts";

/** Agreement of groups and classes, tightness of the groups, and how well images find their group. */
export interface GroupingReport extends Agreement {
  /** Mean cosine silhouette of the groups; `null` for a single group or one group per image. */
  readonly silhouette: number | null;
  /** Share of test images that their key routes to the group of their class's majority. */
  readonly routingAccuracy: number;
}

/**
 * Reports how groups and classes agree.
 *
 * @param partition The groups of the training images.
 * @param images Semantic vectors and classes of the training images, classes of the test images, and
 *   the groups that these were routed to by their keys.
 * @returns NMI, ARI, purity, silhouette and routing accuracy.
 * @throws {UndefinedMetricError} If there is no test image, or a class has no training image.
 *
 * @example Groups that are the classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionOf } from "@/clustering/partition.ts";
 * import { reportGrouping } from "@/evaluation/grouping_report.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const { ari, silhouette, routingAccuracy } = reportGrouping(partitionOf([0, 0, 1, 1]), {
 *   semantics: matrixOf([[1, 0], [2, 0], [0, 1], [0, 2]]),
 *   trainClasses: ["nut", "nut", "bolt", "bolt"],
 *   testGroups: Int32Array.of(0, 0),
 *   testClasses: ["nut", "bolt"],
 * });
 * assert.deepEqual([ari, silhouette, routingAccuracy], [1, 1, 0.5]);
 * ```
 */
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
    routingAccuracy: routingAccuracy({ partition, trainClasses, testGroups, testClasses }),
  };
}
