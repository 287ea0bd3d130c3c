/**
 * Sets thresholds and decides which images are anomalous.
 *
 * @module
 */
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import {
  oracleThreshold,
  type ScopedScore,
  scopeName,
  type Threshold,
  type ThresholdRule,
  thresholdsByScope,
} from "@/evaluation/thresholds.ts";

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
 * Sees no class but those in `samples` and `calibration`: where a setting withholds classes they are
 * not there. A scope without calibration scores has an infinite threshold: nothing in it is ever an
 * alarm, and the threshold's reason says so.
 *
 * @param samples Scored test images.
 * @param options Calibration scores, rule and scope; the labels only for the oracle, which must have
 *   both labels in a scope or leaves its threshold infinite.
 * @returns Thresholds and decisions.
 * @throws {RangeError} If the scope is the class and a class is withheld, or the oracle has no labels.
 *
 * @example One global threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { decideImages } from "@/evaluation/decide_images.ts";
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
