/**
 * Thresholds from normal calibration scores: the rules, and what each promises.
 *
 * An image is anomalous when its score is at or above its threshold.
 *
 * @module
 */
import { mean, quantileSorted, standardDeviation } from "simple-statistics";

/** How a threshold follows from scores. */
export type ThresholdRule =
  | {
    /**
     * At most `alpha` false alarms among normal images that are exchangeable with the
     * calibration images.
     */
    readonly name: "conformal";
    /** Allowed share of false alarms, above 0 and below 1. */
    readonly alpha: number;
  }
  | {
    /** A quantile of the calibration scores, interpolated linearly between them as NumPy does. */
    readonly name: "quantile";
    /** Which quantile, from 0 to 1. */
    readonly quantile: number;
  }
  | {
    /** The largest calibration score. */
    readonly name: "max";
  }
  | {
    /** Mean plus a multiple of the (population) standard deviation. */
    readonly name: "mean_std";
    /** The multiple. */
    readonly factor: number;
  }
  | {
    /**
     * The threshold of the largest F1 on the test images themselves: an oracle that no user has.
     */
    readonly name: "oracle_f1";
  };

/** A threshold with what it rests on. */
export interface Threshold {
  /** Scores at or above it are anomalous; infinite if nothing can ever be. */
  readonly value: number;
  /** Scores it was computed from. */
  readonly count: number;
  /** Why it is infinite; absent otherwise. */
  readonly reason?: string;
}

/**
 * Computes a threshold from normal calibration scores.
 *
 * `conformal` takes the ⌈(n + 1)(1 − alpha)⌉-th smallest of n scores, and an image is an alarm
 * when it scores above it; since a score equal to the threshold is anomalous, the value returned
 * is the next larger number: a 32-bit one if all scores are, as those of a detector. With fewer
 * than 1 ÷ alpha − 1 scores it is infinite (Vovk, Gammerman and Shafer, "Algorithmic Learning in
 * a Random World", 2005). The other rules step to the next larger number alike. Takes O(n log n)
 * time.
 *
 * @param scores Calibration scores, in any order.
 * @param rule The rule; not `oracle_f1`, which needs labels: see `oracleThreshold`.
 * @returns The threshold; infinite, with the reason, if there are too few scores.
 * @throws {RangeError} If the rule is the oracle or its parameter out of range, or a score is
 *   not finite.
 *
 * @example The largest of three, and too few for a guarantee
 * ```ts
 * import assert from "node:assert/strict";
 * import { thresholdFrom } from "@/thresholds/mod.ts";
 *
 * assert.ok(Math.abs(thresholdFrom([3, 1, 2], { name: "max" }).value - 3) < 1e-6);
 * const { value, reason } = thresholdFrom([3, 1, 2], { name: "conformal", alpha: 0.05 });
 * assert.equal(value, Infinity);
 * assert.equal(
 *   reason,
 *   "conformal thresholds at alpha 0.05 need at least 19 calibration scores, got 3",
 * );
 * ```
 */
export function thresholdFrom(scores: readonly number[], rule: ThresholdRule): Threshold {
  const count = scores.length;
  checkRule(rule);
  const unusable = scores.find((score) => !Number.isFinite(score));
  if (unusable !== undefined) {
    throw new RangeError(
      `Cannot set a threshold: calibration scores must be finite, got ${unusable}`,
    );
  }
  if (rule.name === "oracle_f1") {
    throw new RangeError("Cannot set a threshold: the oracle needs labelled test scores");
  }
  if (count === 0) return { value: Infinity, count, reason: "no calibration score" };
  const sorted = scores.toSorted((a, b) => a - b);
  const isSingle = sorted.every((score) => Math.fround(score) === score);
  const nextAbove = isSingle ? nextSingle : nextDouble;
  switch (rule.name) {
    case "conformal": {
      // Rounded before the ceiling: 20 · 0.95 is 19.000000000000004 in floating point.
      const rank = Math.ceil(Number(((count + 1) * (1 - rule.alpha)).toPrecision(12)));
      if (rank <= count) return { value: nextAbove(sorted[rank - 1]!), count };
      const needed = Math.ceil(Number((1 / rule.alpha - 1).toPrecision(12)));
      const reason = `conformal thresholds at alpha ${rule.alpha} need at least ${needed} ` +
        `calibration scores, got ${count}`;
      return { value: Infinity, count, reason };
    }
    case "quantile":
      return { value: nextAbove(quantileSorted(sorted, rule.quantile)), count };
    case "max":
      return { value: nextAbove(sorted[count - 1]!), count };
    case "mean_std":
      return { value: nextAbove(mean(sorted) + rule.factor * standardDeviation(sorted)), count };
  }
}

function checkRule(rule: ThresholdRule): void {
  const refuse = (name: string, range: string, value: number): never => {
    throw new RangeError(`Cannot set a threshold: ${name} must be ${range}, got ${value}`);
  };
  if (rule.name === "conformal" && !(rule.alpha > 0 && rule.alpha < 1)) {
    refuse("alpha", "above 0 and below 1", rule.alpha);
  }
  if (rule.name === "quantile" && !(rule.quantile >= 0 && rule.quantile <= 1)) {
    refuse("the quantile", "from 0 to 1", rule.quantile);
  }
  if (rule.name === "mean_std" && !Number.isFinite(rule.factor)) {
    refuse("the factor", "finite", rule.factor);
  }
}

/** The smallest 64-bit float above a value. */
function nextDouble(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(1), float = new Float64Array(bits.buffer);
  float[0] = value;
  bits[0]! += value > 0 ? 1n : -1n;
  return float[0];
}

/** The smallest 32-bit float above a value: if scores are 32-bit, only larger ones reach it. */
function nextSingle(value: number): number {
  const single = Math.fround(value);
  if (single > value) return single;
  const bits = new Int32Array(1), float = new Float32Array(bits.buffer);
  float[0] = single;
  if (single === 0) bits[0] = 1;
  else bits[0]! += single > 0 ? 1 : -1;
  return float[0];
}

/** Says in words how thresholds are set. */
export function describeRule(rule: ThresholdRule): string {
  switch (rule.name) {
    case "conformal":
      return `conformal, at most ${
        100 * rule.alpha
      } % false alarms among exchangeable normal images`;
    case "quantile":
      return `${rule.quantile} quantile of the calibration scores`;
    case "mean_std":
      return `mean + ${rule.factor} standard deviations of the calibration scores`;
    case "max":
      return "largest calibration score";
    case "oracle_f1":
      return "oracle: largest F1 on the test images themselves";
  }
}
