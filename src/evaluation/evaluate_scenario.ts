/**
 * Evaluates scored images under one scenario, from thresholds to the verdicts on both requirements.
 *
 * Scenarios and requirements are those of HierCore (Neurocomputing 671, 132660, 2026); how they are
 * measured is ours. What made the scores does not matter: a detector of this program or a table.
 *
 * @module
 */
import { decideImages, type ScopedScore } from "@/evaluation/decisions.ts";
import {
  type BinaryEvaluation,
  evaluateDecisions,
  evaluateScores,
  type Evaluation,
  type EvaluationInput,
  type Truth,
} from "@/evaluation/evaluate.ts";
import {
  type BootstrapOptions,
  type EvaluationIntervals,
  evaluationIntervals,
} from "@/evaluation/intervals.ts";
import {
  type RequirementIntervals,
  requirementIntervals,
} from "@/evaluation/requirement_intervals.ts";
import {
  deltasOf,
  type DisparityVerdict,
  findInfinite,
  judgeDisparity,
  judgeRobustness,
  type NoVerdict,
  type RobustnessVerdict,
  type Tolerances,
} from "@/evaluation/requirements.ts";
import type { Scenario } from "@/evaluation/scenarios.ts";

/** A scored image of a known class. */
export interface ClassedScore extends ScopedScore {
  /** Product category. */
  readonly className: string;
}

/** A scored test image with the truth about it. */
export interface LabelledScore extends ClassedScore, Truth {}

/** Scored images, a scenario, and how it is judged. */
export interface ScenarioInput extends
  Pick<
    EvaluationInput,
    "rule" | "scope" | "given" | "alignment" | "trainCounts" | "pixelMetrics"
  > {
  /** Who knows class labels. */
  readonly scenario: Pick<Scenario, "evaluationKnown">;
  /** Test images. Their classes reach no threshold where the scenario withholds them. */
  readonly samples: readonly LabelledScore[];
  /** Normal calibration images; their classes as those of the test images. */
  readonly calibration: readonly ClassedScore[];
  /**
   * Image AUROC of one-class models by class, which Δ is measured against; `null` if there are
   * none.
   */
  readonly oneClass: Readonly<Record<string, number | null>> | null;
  /** Scores of one-class models for the same test images, for intervals; default: not known. */
  readonly oneClassScores?: readonly number[] | null;
  /** Tolerances of both requirements. */
  readonly tolerances: Tolerances;
  /** Resamples of the test images, for intervals; `null`: none. Default `null`. */
  readonly bootstrap?: BootstrapOptions | null;
}

/** Verdicts on both requirements: R1 judges known-class, R2 unknown-class evaluation. */
export interface Requirements {
  /** Little disparity. */
  readonly R1: DisparityVerdict | NoVerdict;
  /** Robustness without classes. */
  readonly R2: RobustnessVerdict | NoVerdict;
}

/** Intervals of metrics, and of the numbers of the verdict. */
export interface ScenarioIntervals extends EvaluationIntervals {
  /** Of the verdict's numbers; `null` where there is none. */
  readonly requirements: RequirementIntervals | null;
}

/** What one method came to in one scenario. */
export interface ScenarioEvaluation extends Evaluation {
  /** The same scores decided at class-specific thresholds, which R2 compares with. */
  readonly classSpecific: BinaryEvaluation;
  /** Image AUROC minus that of one-class models, by class. */
  readonly delta: Readonly<Record<string, number>>;
  /** The verdicts. */
  readonly requirements: Requirements;
  /** Bootstrap intervals; `null` unless they were asked for. */
  readonly intervals: ScenarioIntervals | null;
}

/**
 * Evaluates scored images under one scenario.
 *
 * Where classes are unknown in evaluation they are removed from the images before thresholds are
 * set and decisions made; only the metrics and the class-specific comparison of R2 look at them.
 *
 * @param input Scored images, scenario, threshold rule, reference and tolerances.
 * @returns Thresholds, decisions, metrics, Δ, disparity and both verdicts.
 * @throws {RangeError} If the scope is the class although the scenario withholds it, or a rule
 *   does not fit; see `decideImages`.
 *
 * @example Two classes on different levels, one threshold for both
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluateScenario, scenarios } from "@/evaluation/mod.ts";
 *
 * const image = (className: string, score: number, isAnomalous: boolean) =>
 *   ({ className, isAnomalous, group: 0, score });
 * const { requirements, binary } = evaluateScenario({
 *   scenario: scenarios[3]!,
 *   scope: "global",
 *   rule: { name: "max" },
 *   samples: [
 *     image("nut", 1, false),
 *     image("nut", 3, true),
 *     image("gear", 10, false),
 *     image("gear", 30, true),
 *   ],
 *   calibration: [
 *     { className: "nut", group: 0, score: 1 },
 *     { className: "gear", group: 0, score: 10 },
 *   ],
 *   trainCounts: { nut: 1, gear: 1 },
 *   pixelMetrics: {},
 *   oneClass: null,
 *   tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
 * });
 * assert.equal(binary.pooled.recall, 0.5); // the anomalous nut stays below what gears need
 * assert.equal(requirements.R2.holds, false);
 * ```
 */
export function evaluateScenario(input: ScenarioInput): ScenarioEvaluation {
  const { scenario: { evaluationKnown }, samples, calibration, rule, scope, oneClass } = input;
  const { given = null } = input;
  const show = evaluationKnown ? revealClass : withholdClass;
  const truth = samples.map(({ className, isAnomalous }) => ({ className, isAnomalous }));
  const scored: EvaluationInput = {
    samples: samples.map(show),
    truth,
    calibration: calibration.map(show),
    rule,
    scope,
    given,
    alignment: input.alignment ?? "quantile95",
    trainCounts: input.trainCounts,
    pixelMetrics: input.pixelMetrics,
  };
  const evaluation = evaluateScores(scored);
  const { bootstrap = null } = input;
  const specific = decideImages(samples.map(revealClass), {
    calibration: calibration.map(revealClass),
    rule,
    scope: "class",
    given: scope === "class" ? given : null,
    oracleLabels: truth.map(({ isAnomalous }) => isAnomalous),
  });
  const classSpecific = evaluateDecisions(specific.anomalous, truth);
  const delta = oneClass === null ? {} : deltasOf(imageAurocs(evaluation), oneClass);
  const { macro, pooled, binary } = evaluation;
  const { r1MeanPoints, r1WorstPoints, r2Points } = input.tolerances;
  const R1 = (): Requirements["R1"] =>
    oneClass === null
      ? noVerdict("R1 compares with one-class models, and there are none")
      : judgeDisparity(delta, { meanPoints: r1MeanPoints, worstPoints: r1WorstPoints });
  const R2 = (): Requirements["R2"] => {
    if (given !== null) {
      return noVerdict(
        "R2 compares with class-specific thresholds of the same rule, got given ones",
      );
    }
    // An F1 of 0 that no score could have changed neither falls nor holds.
    const infinite = findInfinite(evaluation.decisions) ??
      findInfinite(specific, { kind: "class-specific " });
    return infinite !== null ? noVerdict(infinite) : judgeRobustness({
      macroAuroc: macro.image_auroc,
      pooledAuroc: pooled.aligned_image_auroc,
      macroF1: classSpecific.macro.f1,
      pooledF1: binary.pooled.f1,
    }, { points: r2Points });
  };
  const requirements = evaluationKnown
    ? { R1: R1(), R2: noVerdict("R2 judges unknown-class evaluation") }
    : { R1: noVerdict("R1 judges known-class evaluation"), R2: R2() };
  const { R1: first, R2: second } = requirements;
  const hasVerdict = first.holds !== null || second.holds !== null;
  const intervals = bootstrap === null ? null : {
    ...evaluationIntervals(scored, bootstrap),
    requirements: hasVerdict
      ? requirementIntervals({
        ...scored,
        requirement: evaluationKnown ? "R1" : "R2",
        decided: evaluation.decisions.anomalous,
        specific: specific.anomalous,
        oneClass: oneClass ?? {},
        oneClassScores: input.oneClassScores ?? null,
      }, bootstrap)
      : null,
  };
  return { ...evaluation, classSpecific, delta, requirements, intervals };
}

/** Lists the image AUROC of every class, as the reference that Δ is measured against. */
export function imageAurocs(
  { classes }: {
    readonly classes: Readonly<Record<string, { readonly image_auroc: number | null }>>;
  },
): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(classes).map(([className, { image_auroc }]) => [className, image_auroc]),
  );
}

function revealClass({ className, ...scored }: ClassedScore): ScopedScore {
  return { ...withholdClass({ className, ...scored }), className };
}

function withholdClass({ group, groupName, score }: ClassedScore): ScopedScore {
  return { group, score, ...(groupName !== undefined && { groupName }) };
}

function noVerdict(reason: string): NoVerdict {
  return { holds: null, reason };
}
