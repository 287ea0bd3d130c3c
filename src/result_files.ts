/**
 * The contents of result files: plain objects under the names that readers rely on.
 *
 * Keys are snake_case, shares lie in [0, 1], and an undefined metric is `null` beside
 * `<metric>_reason`. Readers refuse a `schema` that they do not know.
 *
 * @module
 */
import type { BinaryEvaluation, Evaluation } from "@/evaluate.ts";
import {
  deltasOf,
  type DisparityVerdict,
  judgeDisparity,
  judgeRobustness,
  type NoVerdict,
  type RobustnessVerdict,
} from "@/requirements.ts";
import type { ModelName, Scenario, ThresholdScope } from "@/scenarios.ts";
import type { Threshold, ThresholdRule } from "@/thresholds.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A threshold in a file, where infinity cannot be written: `null` beside the reason. */
export interface ThresholdEntry {
  /** Scores at or above it are anomalous; `null` if nothing can ever be. */
  readonly value: number | null;
  /** Scores it was computed from. */
  readonly count: number;
  /** Why it is `null`; absent otherwise. */
  readonly reason?: string;
}

/** What one model came to in one scenario, as `scenarios.json` holds it. */
export interface ScenarioEntry {
  /** Metrics by class. */
  readonly classes: Evaluation["classes"];
  /** Means over classes. */
  readonly macro: Evaluation["macro"];
  /** All test images together. */
  readonly pooled: Evaluation["pooled"];
  /** Spread over classes. */
  readonly disparity: Evaluation["disparity"];
  /** Decisions at the scenario's thresholds. */
  readonly binary: BinaryEvaluation & {
    /** For whom one threshold holds. */
    readonly scope: ThresholdScope;
    /** The thresholds. */
    readonly thresholds: Readonly<Record<string, ThresholdEntry>>;
  };
  /** Image AUROC minus that of one-class models, by class. */
  readonly delta: Readonly<Record<string, number>>;
  /** R1 judges known-class, R2 unknown-class evaluation; the other has no verdict. */
  readonly requirements: {
    /** Little disparity. */
    readonly R1: DisparityVerdict | NoVerdict;
    /** Robustness without classes. */
    readonly R2: RobustnessVerdict | NoVerdict;
  };
}

/** The content of `scenarios.json`. */
export interface ScenariosFile {
  /** Version of the layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Models in the order of the tables. */
  readonly models: readonly ModelName[];
  /** How thresholds follow from calibration scores. */
  readonly rule: ThresholdRule;
  /** False-positive rate up to which AUPRO integrates. */
  readonly fpr_limit: number;
  /** By number of the scenario and name of the model. */
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, ScenarioEntry>>>>;
}

/** One model in one scenario, before its entry is made. */
export interface EvaluatedCondition {
  /** The method. */
  readonly model: ModelName;
  /** Who knows class labels. */
  readonly scenario: Scenario;
  /** Metrics, thresholds and decisions. */
  readonly evaluation: Evaluation;
  /** The same scores decided at class-specific thresholds, for R2. */
  readonly classSpecific: BinaryEvaluation;
}

/** Tolerances of the requirements, in percentage points. */
export interface Tolerances {
  /** R1: largest mean |Δ|. */
  readonly r1MeanPoints: number;
  /** R1: largest fall of a class. */
  readonly r1WorstPoints: number;
  /** R2: largest fall by pooling. */
  readonly r2Points: number;
}

/**
 * Writes thresholds as a file can hold them.
 *
 * @param thresholds Thresholds by the name of their scope.
 * @returns The same as an object; infinite ones as `null` beside their reason.
 *
 * @example Too few calibration scores
 * ```ts
 * import assert from "node:assert/strict";
 * import { thresholdEntries } from "@/result_files.ts";
 *
 * const reason = "no calibration score";
 * const thresholds = new Map([["global", { value: Infinity, count: 0, reason }]]);
 * assert.deepEqual(thresholdEntries(thresholds), { global: { value: null, count: 0, reason } });
 * ```
 */
export function thresholdEntries(
  thresholds: ReadonlyMap<string, Threshold>,
): Record<string, ThresholdEntry> {
  return Object.fromEntries(
    [...thresholds].map(([name, threshold]) => [name, {
      ...threshold,
      value: Number.isFinite(threshold.value) ? threshold.value : null,
    }]),
  );
}

/**
 * Makes the content of `test_binary_results.json`.
 *
 * @param evaluation Thresholds and decisions.
 * @param options The rule and for whom one threshold holds.
 * @returns The object to be written.
 *
 * @example Its rule
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluateScores } from "@/evaluate.ts";
 * import { binaryResultsFile } from "@/result_files.ts";
 *
 * const rule = { name: "max" } as const, scope = "global" as const;
 * const evaluation = evaluateScores({
 *   samples: [{ group: 0, score: 1 }],
 *   truth: [{ className: "nut", isAnomalous: false }],
 *   calibration: [{ group: 0, score: 2 }],
 *   rule,
 *   scope,
 *   trainCounts: { nut: 1 },
 *   pixelMetrics: {},
 * });
 * assert.deepEqual(binaryResultsFile(evaluation, { rule, scope }).rule, { name: "max", scope });
 * ```
 */
export function binaryResultsFile(
  evaluation: Evaluation,
  options: { rule: ThresholdRule; scope: ThresholdScope },
): JsonObject {
  return {
    schema: 1,
    rule: { ...options.rule, scope: options.scope },
    thresholds: thresholdEntries(evaluation.decisions.thresholds),
    ...evaluation.binary,
  };
}

/**
 * Makes the content of `scenarios.json` and judges both requirements.
 *
 * Δ and R1 compare with the one-class models, which are PatchCore in scenario 1: a bank of its own
 * for every class, evaluated on that class.
 *
 * @param conditions Every model in every scenario, among them PatchCore in scenario 1.
 * @param options Dataset, threshold rule, limit of AUPRO, and tolerances.
 * @returns The object to be written.
 * @throws {RangeError} If PatchCore in scenario 1 is missing.
 *
 * @example Without the reference
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenariosFile } from "@/result_files.ts";
 *
 * const options = {
 *   dataset: "sample",
 *   rule: { name: "max" },
 *   fprLimit: 0.3,
 *   tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
 * } as const;
 * assert.throws(() => scenariosFile([], options), {
 *   message: "Cannot judge requirements: PatchCore in scenario 1 is needed as the reference",
 * });
 * ```
 */
export function scenariosFile(
  conditions: readonly EvaluatedCondition[],
  options: { dataset: string; rule: ThresholdRule; fprLimit: number; tolerances: Tolerances },
): ScenariosFile {
  const reference = conditions.find(({ model, scenario }) =>
    model === "PatchCore" && scenario.number === 1
  );
  if (reference === undefined) {
    throw new RangeError(
      "Cannot judge requirements: PatchCore in scenario 1 is needed as the reference",
    );
  }
  const oneClass = imageAurocs(reference.evaluation);
  const numbers = [...new Set(conditions.map(({ scenario }) => scenario.number))].sort();
  return {
    schema: 1,
    dataset: options.dataset,
    models: [...new Set(conditions.map(({ model }) => model))],
    rule: options.rule,
    fpr_limit: options.fprLimit,
    scenarios: Object.fromEntries(numbers.map((number) => [
      number,
      Object.fromEntries(
        conditions.filter(({ scenario }) => scenario.number === number).map((condition) => [
          condition.model,
          scenarioEntry(condition, { oneClass, tolerances: options.tolerances }),
        ]),
      ),
    ])),
  };
}

function scenarioEntry(
  { model, scenario, evaluation, classSpecific }: EvaluatedCondition,
  context: { oneClass: Record<string, number | null>; tolerances: Tolerances },
): ScenarioEntry {
  const { classes, macro, pooled, disparity, decisions, binary } = evaluation;
  const { r1MeanPoints, r1WorstPoints, r2Points } = context.tolerances;
  const delta = deltasOf(imageAurocs(evaluation), context.oneClass);
  return {
    classes,
    macro,
    pooled,
    disparity,
    binary: {
      scope: scenario.settings[model].scope,
      thresholds: thresholdEntries(decisions.thresholds),
      ...binary,
    },
    delta,
    requirements: {
      R1: scenario.evaluationKnown
        ? judgeDisparity(delta, { meanPoints: r1MeanPoints, worstPoints: r1WorstPoints })
        : { holds: null, reason: "R1 judges known-class evaluation" },
      R2: scenario.evaluationKnown
        ? { holds: null, reason: "R2 judges unknown-class evaluation" }
        : judgeRobustness({
          macroAuroc: macro.image_auroc,
          pooledAuroc: pooled.aligned_image_auroc,
          macroF1: classSpecific.macro.f1,
          pooledF1: binary.pooled.f1,
        }, { points: r2Points }),
    },
  };
}

function imageAurocs({ classes }: Evaluation): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(classes).map(([className, { image_auroc }]) => [className, image_auroc]),
  );
}
