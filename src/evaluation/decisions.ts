/**
 * Thresholds for a class, a group, or everyone, and the decisions they lead to: an image is
 * anomalous when its score is at or above its threshold.
 *
 * @module
 */
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";
import { f1Max } from "@/evaluation/ranking.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import { type Threshold, thresholdFrom, type ThresholdRule } from "@/thresholds/rules.ts";

/**
 * What a threshold may be computed from and applied to: the class is absent where it is withheld.
 */
export interface ScopedScore {
  /** Group that made the score. */
  readonly group: number;
  /** Name of the group in results; default `group 0`, `group 1`, …. */
  readonly groupName?: string;
  /** Anomaly score. */
  readonly score: number;
  /** Product category, where the setting lets it be known. */
  readonly className?: string;
}

/** Thresholds and the decisions they lead to. */
export interface Decisions {
  /** Threshold by the name of its scope: a class, a group, or `global`. */
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
 *   have both labels in a scope or leaves its threshold infinite; thresholds by the name of their
 *   scope that are given, in place of the rule's.
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
    given?: ReadonlyMap<string, Threshold> | null;
  },
): Decisions {
  const { calibration, rule, scope, oracleLabels, given = null } = options;
  const names = samples.map((sample) => scopeName(sample, scope));
  const thresholds = given !== null
    ? given
    : rule.name === "oracle_f1"
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
  if (scope === "group") return scored.groupName ?? `group ${scored.group}`;
  if (scored.className === undefined) {
    throw new RangeError("Cannot choose a class-specific threshold: the class is withheld");
  }
  return scored.className;
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
