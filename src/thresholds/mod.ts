/**
 * Thresholds from normal calibration scores, and what they promise.
 *
 * Everything takes plain numbers: scores of normal images in, a threshold with what it rests on
 * out. Nothing here sees a label unless it is handed one. Pure. Read `rules.ts` first.
 *
 * @module
 */
export { promiseOf, thresholdFrom, type ThresholdRule } from "@/thresholds/rules.ts";
