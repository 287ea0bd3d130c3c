/**
 * Thresholds from normal calibration scores, and what they promise.
 *
 * Everything takes plain numbers: scores of normal images in, a threshold with what it rests on
 * out. Beside the rules: what mistakes cost, what counts prove, which images are refused as unlike
 * anything trained, and which training images are odd. Nothing here sees a label unless it is
 * handed one. Pure. Read `rules.ts` first, then `gumbel.ts`.
 *
 * @module
 */
export { cheapestThreshold, type Costs, splitBudget } from "@/thresholds/costs.ts";
export { describeCount, shareInterval } from "@/thresholds/counts.ts";
export { findOddImages } from "@/thresholds/odd_images.ts";
export { leaveOneOutKeyDistances, refuseImages } from "@/thresholds/refusal.ts";
export { promiseOf, thresholdFrom, type ThresholdRule } from "@/thresholds/rules.ts";
