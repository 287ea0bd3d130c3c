/**
 * Groups without labels: FINCH, k-means and DBSCAN over semantic vectors, and which partition to
 * take.
 *
 * A clusterer offers partitions, finest first; `choosePartition` takes the one with the largest
 * mean silhouette, `linksPartition` joins a fine one by its nearest-neighbour graph. Pure. Read
 * `finch.ts` first, then `choose_partition.ts` and `links.ts`.
 *
 * @module
 */
export { measureBursts } from "@/clustering/bursts.ts";
export { choosePartition } from "@/clustering/choose_partition.ts";
export { createClusterer } from "@/clustering/clusterers.ts";
export { dbscan } from "@/clustering/dbscan.ts";
export { finchClusterer, finchPartitions, finchRequired } from "@/clustering/finch.ts";
export { groupTraining, type TrainingGroups } from "@/clustering/grouping.ts";
export { kmeans } from "@/clustering/kmeans.ts";
export { joinLinkedGroups, joinSmallGroups, linksPartition } from "@/clustering/links.ts";
export { type Clusterer, membersOf, type Partition, partitionOf } from "@/clustering/partition.ts";
export { meanSilhouettes } from "@/clustering/silhouette.ts";
