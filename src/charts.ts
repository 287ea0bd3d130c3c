/**
 * Charts of results as plain Vega-Lite objects: data in, drawing instructions out.
 *
 * They can be shown in a notebook, written into a report, drawn as SVG or PNG, or changed before
 * any of that.
 *
 * @module
 */
export * from "@/chart_bank_shares.ts";
export * from "@/chart_bank_sizes.ts";
export * from "@/chart_class_similarity.ts";
export * from "@/chart_contingency.ts";
export * from "@/chart_dataset_counts.ts";
export * from "@/chart_defect_areas.ts";
export * from "@/chart_delta.ts";
export * from "@/chart_error_rates.ts";
export * from "@/chart_error_tradeoff.ts";
export * from "@/chart_feature_reach.ts";
export * from "@/chart_image_sizes.ts";
export * from "@/chart_label_cost.ts";
export * from "@/chart_layer_choices.ts";
export * from "@/chart_layer_separation.ts";
export * from "@/chart_memory_bank.ts";
export * from "@/chart_partition_choice.ts";
export * from "@/chart_partition_tree.ts";
export * from "@/chart_pruning.ts";
export * from "@/chart_scenario_dots.ts";
export * from "@/chart_scenarios.ts";
export * from "@/chart_score_distributions.ts";
export * from "@/chart_semantic_map.ts";
export * from "@/chart_stage_costs.ts";
export * from "@/chart_theme.ts";
export * from "@/chart_threshold_explorer.ts";
