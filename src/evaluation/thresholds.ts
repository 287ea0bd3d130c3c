/**
 * Thresholds from normal calibration scores, for a class, a group, or everyone, and the
 * decisions they lead to: an image is anomalous when its score is at or above its threshold.
 *
 * Where a number is wanted without a threshold, scores of different groups are brought to one
 * scale.
 *
 * @module
 */
import { mean, quantileSorted, standardDeviation } from "simple-statistics";
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";
import { f1Max } from "@/evaluation/ranking.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";

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
 * import { thresholdFrom } from "@/evaluation/mod.ts";
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

/**
 * What a threshold may be computed from and applied to: the class is absent where it is withheld.
 */
export interface ScopedScore {
  /** Group that made the score. */
  readonly group: number;
  /** Anomaly score. */
  readonly score: number;
  /** Product category, where the setting lets it be known. */
  readonly className?: string;
}

/** Thresholds and the decisions they lead to. */
export interface Decisions {
  /** Threshold by the name of its scope: a class, `group 0`, `group 1`, …, or `global`. */
  readonly thresholds: ReadonlyMap<string, Threshold>;
  /** The threshold that each image meets. */
  readonly perImage: readonly number[];
  /** Whether each image scores at or above its threshold. */
  readonly anomalous: readonly boolean[];
}

/**
 * Sets thresholds from calibration scores and decides each image.
 *
 * Sees no class but those in `samples` and `calibration`: where a setting withholds classes they
 * are not there. A scope without calibration scores has an infinite threshold: nothing in it is
 * ever an alarm, and the threshold's reason says so.
 *
 * @param samples Scored test images.
 * @param options Calibration scores, rule and scope; the labels only for the oracle, which must
 *   have both labels in a scope or leaves its threshold infinite.
 * @returns Thresholds and decisions.
 * @throws {RangeError} If the scope is the class and a class is withheld, or the oracle has no
 *   labels.
 *
 * @example One global threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { decideImages } from "@/evaluation/mod.ts";
 *
 * const { anomalous } = decideImages([{ group: 0, score: 1 }, { group: 1, score: 3 }], {
 *   calibration: [{ group: 0, score: 2 }],
 *   rule: { name: "max" },
 *   scope: "global",
 * });
 * assert.deepEqual(anomalous, [false, true]);
 * ```
 */
export function decideImages(
  samples: readonly ScopedScore[],
  options: {
    calibration: readonly ScopedScore[];
    rule: ThresholdRule;
    scope: ThresholdScope;
    oracleLabels?: readonly boolean[];
  },
): Decisions {
  const { calibration, rule, scope, oracleLabels } = options;
  const names = samples.map((sample) => scopeName(sample, scope));
  const thresholds = rule.name === "oracle_f1"
    ? oracleThresholds(samples, { names, labels: oracleLabels })
    : thresholdsByScope(calibration, { rule, scope, names: [...new Set(names)].sort() });
  const perImage = names.map((name) => thresholds.get(name)!.value);
  return {
    thresholds,
    perImage,
    anomalous: samples.map(({ score }, image) => score >= perImage[image]!),
  };
}

/** Names the scope whose threshold a score meets. */
export function scopeName(scored: ScopedScore, scope: ThresholdScope): string {
  if (scope === "global") return "global";
  if (scope === "group") return `group ${scored.group}`;
  if (scored.className === undefined) {
    throw new RangeError("Cannot choose a class-specific threshold: the class is withheld");
  }
  return scored.className;
}

/** Makes what turns the numbers of groups into their names, and leaves other scopes as they are. */
export function scopeNaming(
  scope: ThresholdScope,
  groupNames: readonly string[] = [],
): (name: string) => string {
  const names = new Map(
    groupNames.map((name, group) => [scopeName({ group, score: 0 }, "group"), name]),
  );
  return (name) => (scope === "group" ? names.get(name) : undefined) ?? name;
}

/**
 * Computes the threshold of every scope that has calibration scores, and of those named besides.
 */
export function thresholdsByScope(
  calibration: readonly ScopedScore[],
  options: { rule: ThresholdRule; scope: ThresholdScope; names?: readonly string[] },
): Map<string, Threshold> {
  const { rule, scope, names = [] } = options;
  const scores = new Map<string, number[]>(names.map((name) => [name, []]));
  for (const scored of calibration) {
    const name = scopeName(scored, scope);
    const list = scores.get(name) ?? [];
    scores.set(name, list);
    list.push(scored.score);
  }
  return new Map([...scores].map(([name, list]) => [name, thresholdFrom(list, rule)]));
}

function oracleThresholds(
  samples: readonly ScopedScore[],
  options: { names: readonly string[]; labels: readonly boolean[] | undefined },
): Map<string, Threshold> {
  const { names, labels } = options;
  if (labels === undefined) {
    throw new RangeError("Cannot set oracle thresholds: the labels of the test images are needed");
  }
  return new Map(
    [...new Set(names)].sort().map((name) => {
      const images = [...names.keys()].filter((image) => names[image] === name);
      try {
        return [
          name,
          oracleThreshold(
            images.map((image) => samples[image]!.score),
            images.map((image) => labels[image]!),
          ),
        ];
      } catch (error) {
        if (!(error instanceof UndefinedMetricError)) throw error;
        return [name, { value: Infinity, count: images.length, reason: error.message }];
      }
    }),
  );
}

/**
 * Finds the threshold with the largest F1 on labelled test scores, the highest of several, which
 * raises the fewest alarms: an oracle.
 */
export function oracleThreshold(
  scores: readonly number[],
  labels: readonly boolean[],
): Threshold {
  return { value: f1Max(scores, labels).threshold, count: scores.length };
}

/** Calibration scores below which a group borrows the scale of all groups. */
const fewest = 10;

/**
 * Divides each score by the 0.95 quantile of the calibration scores of the group that made it.
 *
 * This is how cluster-wise decision criteria show up in a number without a threshold: a score of
 * 1 is what 5 % of a group's normal images exceed. A group with fewer than 10 calibration scores
 * takes the quantile over all groups. Where one group made all scores and nothing was calibrated
 * there is nothing to bring together, and scores stay as they are. The definition is ours.
 *
 * @param scores Scores to align; classes are not looked at.
 * @param calibration Normal calibration scores.
 * @returns One aligned score each, in order.
 * @throws {UndefinedMetricError} If several groups have no calibration score, or a scale is not
 *   above zero.
 *
 * @example A group whose normal images score around 10
 * ```ts
 * import assert from "node:assert/strict";
 * import { alignScores } from "@/evaluation/mod.ts";
 *
 * const calibration = Array.from({ length: 20 }, () => ({ group: 0, score: 10 }));
 * assert.deepEqual(alignScores([{ group: 0, score: 25 }], calibration), [2.5]);
 * ```
 */
export function alignScores(
  scores: readonly ScopedScore[],
  calibration: readonly ScopedScore[],
): number[] {
  if (calibration.length === 0) {
    if (scores.every(({ group }) => group === scores[0]!.group)) {
      return scores.map(({ score }) => score);
    }
    throw new UndefinedMetricError("Cannot align scores: calibration scores are needed, got none");
  }
  const overall = scaleOf(calibration, "all groups");
  const scales = new Map<number, number>();
  for (const [group, members] of Map.groupBy(calibration, ({ group }) => group)) {
    if (members.length >= fewest) scales.set(group, scaleOf(members, `group ${group}`));
  }
  return scores.map(({ group, score }) => score / (scales.get(group) ?? overall));
}

function scaleOf(calibration: readonly ScopedScore[], whose: string): number {
  const sorted = calibration.map(({ score }) => score).sort((a, b) => a - b);
  const scale = quantileSorted(sorted, 0.95);
  if (!(scale > 0)) {
    throw new UndefinedMetricError(
      `Cannot align scores: the 0.95 quantile of ${whose} must be above zero, got ${scale}`,
    );
  }
  return scale;
}
