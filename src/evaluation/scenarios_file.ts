/**
 * The content of `scenarios.json`: what every model came to in every scenario.
 *
 * @module
 */
import type { BinaryEvaluation, Evaluation } from "@/evaluation/evaluate.ts";
import type { Requirements, ScenarioEvaluation } from "@/evaluation/evaluate_scenario.ts";
import type { EvaluationIntervals } from "@/evaluation/evaluation_intervals.ts";
import { thresholdEntries, type ThresholdEntry } from "@/evaluation/result_files.ts";
import type { Scenario, ThresholdScope } from "@/evaluation/scenarios.ts";
import type { ThresholdRule } from "@/evaluation/thresholds.ts";

/** What one model came to in one scenario. */
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
  /** The same scores at class-specific thresholds: what R2 compares with. */
  readonly class_specific: Pick<BinaryEvaluation, "macro">;
  /** Image AUROC minus that of one-class models, by class. */
  readonly delta: Readonly<Record<string, number>>;
  /** R1 judges known-class, R2 unknown-class evaluation; the other has no verdict. */
  readonly requirements: Requirements;
  /** Bootstrap intervals; absent unless they were asked for. */
  readonly intervals?: EvaluationIntervals;
}

/** One-class models: one per class, trained and evaluated on that class alone. */
export interface ReferenceEntry {
  /** What the models are called. */
  readonly name: string;
  /** Metrics by class. */
  readonly classes: Evaluation["classes"];
  /** Means over classes. */
  readonly macro: Evaluation["macro"];
}

/** The content of `scenarios.json`. */
export interface ScenariosFile {
  /** Version of the layout. */
  readonly schema: 1;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Models in the order of the tables. */
  readonly models: readonly string[];
  /** How thresholds follow from calibration scores. */
  readonly rule: ThresholdRule;
  /** False-positive rate up to which AUPRO integrates. */
  readonly fpr_limit: number;
  /** The one-class models that Δ refers to; `null` if there are none. */
  readonly reference: ReferenceEntry | null;
  /** By number of the scenario and name of the model. */
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, ScenarioEntry>>>>;
}

/** One model in one scenario, before its entry is made. */
export interface EvaluatedScenario {
  /** Name of the model. */
  readonly model: string;
  /** Who knows class labels. */
  readonly scenario: Scenario;
  /** For whom one threshold holds. */
  readonly scope: ThresholdScope;
  /** Metrics, thresholds, decisions and verdicts. */
  readonly evaluation: ScenarioEvaluation;
}

/**
 * Makes the content of `scenarios.json`.
 *
 * @param evaluated Every model in every scenario.
 * @param options Dataset, threshold rule, limit of AUPRO, and the one-class models, if any.
 * @returns The object to be written; scenarios in ascending order, models in order of appearance.
 *
 * @example Nothing was evaluated
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenariosFile } from "@/evaluation/scenarios_file.ts";
 *
 * const options = { dataset: "sample", rule: { name: "max" }, fprLimit: 0.3, reference: null } as const;
 * assert.deepEqual(scenariosFile([], options).scenarios, {});
 * ```
 */
export function scenariosFile(
  evaluated: readonly EvaluatedScenario[],
  options: {
    dataset: string;
    rule: ThresholdRule;
    fprLimit: number;
    reference: ReferenceEntry | null;
  },
): ScenariosFile {
  const byScenario = Map.groupBy(evaluated, ({ scenario }) => scenario.number);
  return {
    schema: 1,
    dataset: options.dataset,
    models: [...new Set(evaluated.map(({ model }) => model))],
    rule: options.rule,
    fpr_limit: options.fprLimit,
    reference: options.reference,
    scenarios: Object.fromEntries(
      [...byScenario].sort(([a], [b]) => a - b).map(([number, models]) => [
        number,
        Object.fromEntries(models.map((each) => [each.model, scenarioEntry(each)])),
      ]),
    ),
  };
}

function scenarioEntry({ scope, evaluation }: EvaluatedScenario): ScenarioEntry {
  const { classes, macro, pooled, disparity, decisions, binary } = evaluation;
  return {
    classes,
    macro,
    pooled,
    disparity,
    binary: { scope, thresholds: thresholdEntries(decisions.thresholds), ...binary },
    class_specific: { macro: evaluation.classSpecific.macro },
    delta: evaluation.delta,
    requirements: evaluation.requirements,
    ...(evaluation.intervals !== null && { intervals: evaluation.intervals }),
  };
}
