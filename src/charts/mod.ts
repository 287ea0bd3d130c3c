/**
 * Charts of results as plain Vega-Lite objects: data in, drawing instructions out.
 *
 * They can be shown in a notebook, written into a report, drawn as SVG or PNG, or changed before
 * any of that.
 *
 * @module
 */
export * from "@/charts/memory_banks.ts";
export * from "@/charts/memory_banks.ts";
export * from "@/charts/features.ts";
export * from "@/charts/clusters.ts";
export * from "@/charts/datasets.ts";
export * from "@/charts/datasets.ts";
export * from "@/charts/disparity.ts";
export * from "@/charts/scenarios.ts";
export * from "@/charts/scores.ts";
export * from "@/charts/features.ts";
export * from "@/charts/image_sizes.ts";
export * from "@/charts/label_cost.ts";
export * from "@/charts/features.ts";
export * from "@/charts/features.ts";
export * from "@/charts/memory_banks.ts";
export * from "@/charts/clusters.ts";
export * from "@/charts/partition_tree.ts";
export * from "@/charts/pruning.ts";
export * from "@/charts/scenarios.ts";
export * from "@/charts/scenarios.ts";
export * from "@/charts/scores.ts";
export * from "@/charts/clusters.ts";
export * from "@/charts/stage_costs.ts";
export * from "@/charts/theme.ts";
export * from "@/charts/threshold_explorer.ts";
