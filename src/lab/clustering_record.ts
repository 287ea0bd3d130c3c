/**
 * What a result file says about the clusters: how many, from which partitions, how good they are.
 *
 * @module
 */
import type { TrainingGroups } from "@/clustering/grouping.ts";
import type { GroupingReport } from "@/evaluation/cluster_metrics.ts";

/** The groups of a memory bank, as `test_results.json` holds them under `clustering`. */
export interface ClusteringRecord {
  /** Name of the clustering; `class` or `all` where images were not clustered. */
  readonly method: string;
  /** Number of groups. */
  readonly clusters: number;
  /** Clusters of every partition that was offered; absent without clustering, as the next three. */
  readonly partitions?: readonly number[];
  /** Mean cosine silhouette of every partition; `null` where none counts. */
  readonly silhouettes?: readonly (number | null)[];
  /** Why a partition has no silhouette or does not qualify; `null` if neither. */
  readonly reasons?: readonly (string | null)[];
  /** Position of the chosen partition; `null` if everything became one cluster. */
  readonly chosen?: number | null;
  /** Mean cosine silhouette of the groups; `null` for a single group or one group per image. */
  readonly silhouette: number | null;
  /** Normalised mutual information of groups and classes. */
  readonly nmi: number;
  /** Adjusted Rand index of groups and classes. */
  readonly ari: number;
  /** Share of the training images that are of their group's largest class. */
  readonly purity: number;
  /** Share of the test images whose key leads to the group of their class's majority. */
  readonly routing_accuracy: number;
}

/**
 * Records how training images were grouped: the whole table of silhouettes, and the agreement with
 * the classes.
 *
 * @param groups The groups, and the choice that led to them.
 * @param options Name of the clustering, and how groups and classes agree.
 * @returns The object to be written.
 *
 * @example Two clusters, chosen from two partitions
 * ```ts
 * import assert from "node:assert/strict";
 * import { finchClusterer } from "@/clustering/finch.ts";
 * import { groupTraining } from "@/clustering/grouping.ts";
 * import { clusteringRecord } from "@/lab/clustering_record.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 *
 * const semantics = matrixOf([[9, 0], [0, 9], [9, 1], [1, 9]]);
 * const groups = groupTraining({ grouping: "cluster", semantics, clusterer: finchClusterer });
 * const report = { silhouette: 0.99, nmi: 1, ari: 1, purity: 1, routingAccuracy: 1 };
 * const record = clusteringRecord(groups, { method: "finch", report });
 * assert.deepEqual([record.clusters, record.partitions, record.reasons], [2, [2], [null]]);
 * ```
 */
export function clusteringRecord(
  groups: TrainingGroups,
  options: { readonly method: string; readonly report: GroupingReport },
): ClusteringRecord {
  const { choice, grouping, names } = groups;
  const { method, report } = options;
  return {
    method: choice === null ? grouping : method,
    clusters: names.length,
    ...(choice !== null && {
      partitions: choice.candidates.map(({ clusters }) => clusters),
      silhouettes: choice.candidates.map(({ silhouette }) => silhouette),
      reasons: choice.candidates.map(({ reason }) => reason),
      chosen: choice.chosen,
    }),
    silhouette: report.silhouette,
    nmi: report.nmi,
    ari: report.ari,
    purity: report.purity,
    routing_accuracy: report.routingAccuracy,
  };
}
