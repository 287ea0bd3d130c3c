/**
 * Results become plain Vega-Lite objects: one function per chart, records in, specification out.
 *
 * Pure; drawn as pictures by the room `report`. Read `theme.ts` first.
 *
 * @module
 */
export { contingencyChart, partitionChoiceChart, semanticMapChart } from "@/charts/clusters.ts";
export { costChart } from "@/charts/costs.ts";
export { countChart } from "@/charts/counts.ts";
export { datasetCountsChart, defectAreaChart } from "@/charts/datasets.ts";
export { deltaChart } from "@/charts/disparity.ts";
export {
  classSimilarityChart,
  featureReachChart,
  layerChoiceChart,
  layerSeparationChart,
} from "@/charts/features.ts";
export { groupExplorer } from "@/charts/group_explorer.ts";
export { imageSizeChart } from "@/charts/image_sizes.ts";
export { labelCostChart } from "@/charts/label_cost.ts";
export { bankShareChart, bankSizeChart, memoryBankChart } from "@/charts/memory_banks.ts";
export { partitionTreeChart } from "@/charts/partition_tree.ts";
export { pruningChart } from "@/charts/pruning.ts";
export {
  scenarioErrorRates,
  scenarioPercent,
  scenarioRecords,
  scenarioScores,
} from "@/charts/records.ts";
export { errorRateChart, scenarioChart } from "@/charts/scenarios.ts";
export { scoreDistributionChart } from "@/charts/scores.ts";
export { stageCostChart } from "@/charts/stage_costs.ts";
export type { ChartSpec } from "@/charts/theme.ts";
export { thresholdExplorer } from "@/charts/threshold_explorer.ts";
