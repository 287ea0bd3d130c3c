/**
 * Thresholds from normal calibration scores: the rules, and what each promises.
 *
 * An image is anomalous when its score is at or above its threshold.
 *
 * @module
 */
import { mean, quantileSorted, standardDeviation } from "simple-statistics";
import { checkCount } from "@/messages.ts";
import { predictionLimit } from "@/thresholds/gumbel.ts";

/** How a threshold follows from scores. */
export type ThresholdRule =
  | {
    /**
     * The prediction limit of scores that are maxima, held within one standard error of
     * `conformal`: aims at `alpha` false alarms and allows at most twice as many.
     */
    readonly name: "gumbel";
    /** Share of false alarms that is aimed at, above 0 and below 1. */
    readonly alpha: number;
  }
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
  /** What it promises, in words, where that does not follow from the rule; absent otherwise. */
  readonly promise?: string;
}

/**
 * Computes a threshold from normal calibration scores.
 *
 * `conformal` takes the ⌈(n + 1)(1 − alpha)⌉-th smallest of n scores, and an image is an alarm
 * when it scores above it; since a score equal to the threshold is anomalous, the value returned
 * is the next larger number: a 32-bit one if all scores are, as those of a detector. With fewer
 * than 1 ÷ alpha − 1 scores it is infinite (Vovk, Gammerman and Shafer, "Algorithmic Learning in
 * a Random World", 2005).
 *
 * `gumbel` takes exp(m + c · s) of mean and sample deviation of the logarithms, which a new score
 * exceeds with probability alpha if logarithms are Gumbel, as those of maxima tend to be; but never
 * less than `conformal` at alpha + δ nor more than `conformal` at alpha − δ, where δ is one standard
 * error √(alpha (1 − alpha) ÷ (n + 1)), at most alpha. So false alarms stay within alpha + δ whatever
 * the distribution, from n ≥ 1 ÷ (alpha + δ) − 1 on; it alarms from 3 scores on, and becomes
 * `conformal` as n grows. The rule is ours.
 *
 * The other rules step to the next larger number alike. Takes O(n log n) time.
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
      const score = conformalScore(sorted, rule.alpha);
      if (score !== null) return { value: nextAbove(score), count };
      const reason = `conformal thresholds at alpha ${rule.alpha} need at least ` +
        `${fewestFor(rule.alpha)} calibration scores, got ${count}`;
      return { value: Infinity, count, reason };
    }
    case "gumbel": {
      if (count < fewestGumbel) {
        const reason = `gumbel thresholds need at least ${fewestGumbel} calibration scores, ` +
          `got ${count}`;
        return { value: Infinity, count, reason };
      }
      const value = nextAbove(heldLimit(sorted, rule.alpha));
      if (value < Infinity) return { value, count };
      const reason = `gumbel thresholds at alpha ${rule.alpha} from ${count} calibration scores ` +
        "that differ so much lie beyond all numbers";
      return { value, count, reason };
    }
    case "quantile":
      return { value: nextAbove(quantileSorted(sorted, rule.quantile)), count };
    case "max":
      return { value: nextAbove(sorted[count - 1]!), count };
    case "mean_std":
      return { value: nextAbove(mean(sorted) + rule.factor * standardDeviation(sorted)), count };
  }
}

/** Calibration scores that `gumbel` cannot do without. */
const fewestGumbel = 3;

/**
 * The ⌈(n + 1)(1 − alpha)⌉-th smallest score; `null` where there are too few for that rank, and
 * where alpha leaves none.
 */
function conformalScore(sorted: readonly number[], alpha: number): number | null {
  return sorted[conformalRank(sorted.length, alpha) - 1] ?? null;
}

function conformalRank(count: number, alpha: number): number {
  // Rounded before the ceiling: 20 · 0.95 is 19.000000000000004 in floating point.
  return Math.ceil(Number(((count + 1) * (1 - alpha)).toPrecision(12)));
}

/** The fewest scores that `conformal` can use. */
function fewestFor(alpha: number): number {
  return Math.ceil(Number((1 / alpha - 1).toPrecision(12)));
}

/** How far from alpha the share of false alarms of `gumbel` may be: one standard error. */
function toleranceOf(alpha: number, count: number): number {
  return Math.min(alpha, Math.sqrt(alpha * (1 - alpha) / (count + 1)));
}

/** The prediction limit, held between the conformal scores at alpha ± δ. */
function heldLimit(sorted: readonly number[], alpha: number): number {
  const tolerance = toleranceOf(alpha, sorted.length);
  const low = conformalScore(sorted, alpha + tolerance) ?? -Infinity;
  const high = alpha > tolerance ? conformalScore(sorted, alpha - tolerance) ?? Infinity : Infinity;
  return Math.min(Math.max(predictionLimit(sorted, alpha), low), high);
}

function checkRule(rule: ThresholdRule): void {
  const refuse = (name: string, range: string, value: number): never => {
    throw new RangeError(`Cannot set a threshold: ${name} must be ${range}, got ${value}`);
  };
  const hasAlpha = rule.name === "conformal" || rule.name === "gumbel";
  if (hasAlpha && !(rule.alpha > 0 && rule.alpha < 1)) {
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
  if (value === Infinity) return value;
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
    case "gumbel":
      return `gumbel, about ${toPercent(rule.alpha)} % and at most ${
        toPercent(2 * rule.alpha)
      } % ` +
        "false alarms among exchangeable normal images";
    case "conformal":
      return `conformal, at most ${
        toPercent(rule.alpha)
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

/** A share in per cent, to one digit after the point, or to two digits where that would be less. */
function toPercent(share: number): string {
  const percent = 100 * share;
  return String(Number(percent < 1 ? percent.toPrecision(2) : percent.toFixed(1)));
}

/** A share in per cent, rounded up to one digit after the point, for what must not be exceeded. */
function toPercentAbove(share: number): string {
  return String(Math.ceil(Number((1000 * share).toPrecision(12))) / 10);
}

/** What a threshold promises about false alarms. */
export interface FalseAlarmPromise {
  /**
   * Largest share of false alarms among normal images that are exchangeable with the calibration
   * images, over draws of both; `null` where nothing can be said.
   */
  readonly bound: number | null;
  /** Fewest calibration images with which the rule promises anything; `null`: it never does. */
  readonly needed: number | null;
  /** The promise in words, exactly as strong as it is. */
  readonly sentence: string;
}

/**
 * Says what a rule promises with a number of calibration images.
 *
 * Follows from ranks alone, whatever the distribution: a new normal score exceeds the k-th smallest
 * of n exchangeable ones with probability 1 − k ÷ (n + 1) at most. `gumbel` never falls below the
 * conformal score at alpha + δ, `quantile` never below the order statistic under it; `mean_std` and
 * the oracle promise nothing. Exact where calibration scores are exchangeable with those of new
 * images: with a bank whose rows depend on one image each, and groups fixed beforehand. With a
 * greedy selection over a group, or groups found in the same images, it holds about, and the
 * sentence should say so.
 *
 * @param rule The threshold rule.
 * @param options Calibration scores that a threshold rests on; whether exchangeability holds only
 *   about, which puts "about" into the sentence (default: no).
 * @returns The bound, from how many images on there is one, and the sentence that says both.
 * @throws {RangeError} If a parameter of the rule is out of range, or the count no whole number.
 *
 * @example 84 images, and too few
 * ```ts
 * import assert from "node:assert/strict";
 * import { promiseOf } from "@/thresholds/mod.ts";
 *
 * const rule = { name: "gumbel", alpha: 0.05 } as const;
 * assert.equal(
 *   promiseOf(rule, { count: 84 }).sentence,
 *   "at most 7.4 % false alarms for images like these; no guarantee below 9 images",
 * );
 * assert.equal(
 *   promiseOf(rule, { count: 5 }).sentence,
 *   "no guarantee below 9 images, there are 5; aims at 5 % false alarms",
 * );
 * ```
 */
export function promiseOf(
  rule: ThresholdRule,
  options: { count: number; isApproximate?: boolean },
): FalseAlarmPromise {
  const { count, isApproximate = false } = options;
  checkRule(rule);
  checkCount(count, { task: "Cannot state a promise", name: "count", least: 0 });
  const atMost = (bound: number, rest = ""): FalseAlarmPromise["sentence"] =>
    `at most ${isApproximate ? "about " : ""}${toPercentAbove(bound)} % false alarms ` +
    `for images like these${rest}`;
  switch (rule.name) {
    case "conformal": {
      const bound = rule.alpha, needed = fewestFor(rule.alpha);
      const sentence = count < needed
        ? `never alarms below ${needed} images, there are ${count}`
        : atMost(bound, `; never alarms below ${needed} images`);
      return { bound: count < needed ? 0 : bound, needed, sentence };
    }
    case "gumbel": {
      const { alpha } = rule;
      // Below that, δ is alpha itself, unless alpha is over a half.
      const needed = Math.max(fewestGumbel, fewestFor(2 * alpha));
      if (count < fewestGumbel) {
        const sentence = `never alarms below ${fewestGumbel} images, there are ${count}`;
        return { bound: 0, needed, sentence };
      }
      if (count < needed) {
        const sentence = `no guarantee below ${needed} images, there are ${count}; ` +
          `aims at ${toPercent(alpha)} % false alarms`;
        return { bound: null, needed, sentence };
      }
      const bound = Math.min(1, alpha + toleranceOf(alpha, count));
      return { bound, needed, sentence: atMost(bound, `; no guarantee below ${needed} images`) };
    }
    case "max":
    case "quantile": {
      if (count === 0) {
        return { bound: 0, needed: 1, sentence: "never alarms without calibration images" };
      }
      const quantile = rule.name === "max" ? 1 : rule.quantile;
      // Position (n − 1) · quantile, counted from 0, lies at or above the rank it is rounded down to.
      const rank = Math.floor(Number(((count - 1) * quantile).toPrecision(12))) + 1;
      const bound = 1 - rank / (count + 1);
      return { bound, needed: 1, sentence: atMost(bound) };
    }
    case "mean_std":
      return {
        bound: null,
        needed: null,
        sentence: "no guarantee: it depends on how scores are distributed",
      };
    case "oracle_f1":
      return {
        bound: null,
        needed: null,
        sentence: "no guarantee: labels of the test images were seen",
      };
  }
}
