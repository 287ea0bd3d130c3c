/**
 * Judges a table of anomaly scores, whoever made it, in the four scenarios.
 *
 * @module
 */
import type { ScoreTable } from "@/audit/score_table.ts";
import { evaluateScores } from "@/evaluation/evaluate.ts";
import { evaluateScenario, type LabelledScore } from "@/evaluation/evaluate_scenario.ts";
import type { BootstrapOptions } from "@/evaluation/intervals.ts";
import type { PixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import type { Tolerances } from "@/evaluation/requirements.ts";
import type { EvaluatedScenario, ReferenceEntry } from "@/evaluation/result_files.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import type { ThresholdRule } from "@/evaluation/thresholds.ts";
import { countNames } from "@/math/statistics.ts";

/** How a table is judged. */
export interface AuditOptions {
  /** How thresholds follow from calibration scores. */
  readonly rule: ThresholdRule;
  /** Tolerances of both requirements. */
  readonly tolerances: Tolerances;
  /** Image AUROC of one-class models by class; `null`: Δ and R1 are left open. Default `null`. */
  readonly oneClass?: Readonly<Record<string, number | null>> | null;
  /** Resamples of the test images, for intervals; `null`: none. Default `null`. */
  readonly bootstrap?: BootstrapOptions | null;
  /** Pixel metrics by class; default: none. */
  readonly pixelMetrics?: Readonly<Record<string, PixelMetricValues>>;
}

/** A judged table. */
export interface Audit {
  /** The table in every scenario. */
  readonly evaluated: readonly EvaluatedScenario[];
  /** The rule that was used: the oracle where there is no training row to calibrate with. */
  readonly rule: ThresholdRule;
  /** Names of the groups, by the number that thresholds and scores carry. */
  readonly groups: readonly string[];
  /** Test images, in the order of the table. */
  readonly samples: readonly LabelledScore[];
}

/**
 * Judges one method's scores in the four scenarios.
 *
 * Rows of split `train` are normal calibration scores; they must come from a model that has not seen
 * these images. Without any, thresholds are the oracle's, which looks at the test labels. Where
 * classes are unknown in evaluation an image meets the threshold of its group, or one global threshold
 * if the table names no groups. A table is of one model: its scores are the same in scenarios 1 and 3,
 * and in 2 and 4.
 *
 * @param table The scores.
 * @param options Rule, tolerances, one-class models and pixel metrics.
 * @returns Thresholds, decisions, metrics and verdicts in every scenario.
 *
 * @example Two classes on one level
 * ```ts
 * import assert from "node:assert/strict";
 * import { auditScores } from "@/audit/audit.ts";
 * import { toScoreTable } from "@/audit/score_table.ts";
 *
 * const row = (image: string, className: string, label: number, score: number) =>
 *   ({ image, class: className, label, score });
 * const table = toScoreTable([
 *   row("1.png", "nut", 0, 1),
 *   row("2.png", "nut", 1, 5),
 *   row("3.png", "bolt", 0, 2),
 *   row("4.png", "bolt", 1, 6),
 * ], { name: "mine" });
 * const { rule, evaluated } = auditScores(table, {
 *   rule: { name: "max" },
 *   tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
 * });
 * assert.equal(rule.name, "oracle_f1"); // there is nothing to calibrate with
 * assert.equal(evaluated[3]!.evaluation.requirements.R2.holds, true);
 * ```
 */
export function auditScores(table: ScoreTable, options: AuditOptions): Audit {
  const groups = [...new Set(table.rows.map(({ group }) => group ?? "all"))];
  const hasGroups = table.rows.some(({ group }) => group !== null);
  const toSample = ({ className, isAnomalous, score, group }: ScoreTable["rows"][number]) => ({
    className,
    isAnomalous,
    score,
    group: groups.indexOf(group ?? "all"),
  });
  const samples = table.rows.filter(({ split }) => split === "test").map(toSample);
  const calibration = table.rows.filter(({ split }) => split === "train").map(toSample);
  const rule: ThresholdRule = calibration.length === 0 ? { name: "oracle_f1" } : options.rule;
  const evaluated = scenarios.map((scenario): EvaluatedScenario => {
    const scope = scenario.evaluationKnown ? "class" : hasGroups ? "group" : "global";
    const evaluation = evaluateScenario({
      scenario,
      scope,
      samples,
      calibration,
      rule,
      trainCounts: countNames(calibration.map(({ className }) => className)),
      pixelMetrics: options.pixelMetrics ?? {},
      oneClass: options.oneClass ?? null,
      tolerances: options.tolerances,
      bootstrap: options.bootstrap ?? null,
    });
    return { model: table.name, scenario, scope, evaluation };
  });
  return { evaluated, rule, groups, samples };
}

/**
 * Reads what one-class models reach from a table of their scores, class by class.
 *
 * @param table Scores of one model per class, each on the test images of its class.
 * @returns Metrics by class and their means.
 *
 * @example One class
 * ```ts
 * import assert from "node:assert/strict";
 * import { referenceOf } from "@/audit/audit.ts";
 * import { toScoreTable } from "@/audit/score_table.ts";
 *
 * const { classes } = referenceOf(toScoreTable([
 *   { image: "1.png", class: "nut", label: 0, score: 1 },
 *   { image: "2.png", class: "nut", label: 1, score: 5 },
 * ], { name: "one-class" }));
 * assert.equal(classes.nut?.image_auroc, 1);
 * ```
 */
export function referenceOf(table: ScoreTable): ReferenceEntry {
  const test = table.rows.filter(({ split }) => split === "test");
  const { classes, macro } = evaluateScores({
    samples: test.map(({ score }) => ({ group: 0, score })),
    truth: test.map(({ className, isAnomalous }) => ({ className, isAnomalous })),
    calibration: [],
    rule: { name: "max" },
    scope: "global",
    trainCounts: {},
    pixelMetrics: {},
  });
  return { name: table.name, classes, macro };
}
