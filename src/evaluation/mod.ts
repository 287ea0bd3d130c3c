/**
 * From anomaly scores to decisions, metrics, scenarios and the two requirements.
 *
 * `protocol` in code: the four scenarios are data (`scenarios.ts`), everything else functions of
 * scores and labels. Pure; nothing here can see a label that a scenario withholds. Read
 * `scenarios.ts` first, then `evaluate_scenario.ts`.
 *
 * @module
 */
export { alignScores } from "@/evaluation/alignment.ts";
export {
  countContingency,
  measureAgreement,
  routingAccuracy,
} from "@/evaluation/cluster_metrics.ts";
export {
  precisionRecallCurve,
  rocCurve,
  thinPrecisionRecall,
  thinRoc,
} from "@/evaluation/curves.ts";
export { decideImages } from "@/evaluation/decisions.ts";
export { evaluateDecisions, evaluateScores, type Evaluation } from "@/evaluation/evaluate.ts";
export { evaluateScenario } from "@/evaluation/evaluate_scenario.ts";
export { bootstrapIntervals } from "@/evaluation/intervals.ts";
export { aupro, pixelMetrics, pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
export { type PixelImage, rankPixels } from "@/evaluation/pixel_ranking.ts";
export { auroc, averagePrecision, f1Max, rankScores } from "@/evaluation/ranking.ts";
export { deltasOf, judgeDisparity, judgeRobustness } from "@/evaluation/requirements.ts";
export { scenarios, type ThresholdScope } from "@/evaluation/scenarios.ts";
