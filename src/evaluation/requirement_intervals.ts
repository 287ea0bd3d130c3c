/**
 * How certain the verdicts on both requirements are: how far their numbers would move had other test
 * images of the same kinds been drawn, by the bootstrap.
 *
 * @module
 */
import { mean, min } from "simple-statistics";
import { countDecisions } from "@/evaluation/binary_metrics.ts";
import { type EvaluationInput, pick } from "@/evaluation/evaluate.ts";
import {
  alignedScores,
  bootstrapIntervals,
  type BootstrapOptions,
  type Intervals,
} from "@/evaluation/intervals.ts";
import { metricValues } from "@/evaluation/metric_values.ts";
import { auroc } from "@/evaluation/ranking.ts";

/** Numbers that verdicts rest on, as they are called there. */
export type RequirementNumber = "mean_abs_delta" | "worst_delta" | "auroc_fall" | "f1_fall";

/** Intervals of the numbers of the one verdict that there is. */
export type RequirementIntervals = Partial<Intervals<RequirementNumber>>;

/** What verdicts are drawn from. */
export interface RequirementInput extends EvaluationInput {
  /** Which requirement has a verdict. */
  readonly requirement: "R1" | "R2";
  /** Decisions at the scenario's thresholds. */
  readonly decided: readonly boolean[];
  /** Decisions at class-specific thresholds. */
  readonly specific: readonly boolean[];
  /** Image AUROC of one-class models by class. */
  readonly oneClass: Readonly<Record<string, number | null>>;
  /**
   * Scores of the one-class models for the same images, drawn with them, so that what makes an
   * image hard for both cancels out; `null`: their AUROC stays as it is.
   */
  readonly oneClassScores: readonly number[] | null;
}

/**
 * Computes percentile intervals of the numbers behind a verdict, drawing test images anew within
 * class and label, the same ones as `evaluationIntervals`. A mean of |Δ| only grows with noise: where
 * Δ is about 0 its interval lies above the value itself.
 */
export function requirementIntervals(
  input: RequirementInput,
  options: BootstrapOptions,
): RequirementIntervals {
  const { samples, truth, requirement, decided, specific, oneClass, oneClassScores } = input;
  const labels = truth.map(({ isAnomalous }) => isAnomalous);
  const scores = samples.map(({ score }) => score), aligned = alignedScores(input);
  // A draw keeps class and label of every position.
  const classes = [...Map.groupBy(truth.keys(), (image) => truth[image]!.className)];
  const aurocOf = (drawn: readonly number[], places: readonly number[]): number | null =>
    metricValues({ auroc: () => auroc(pick(drawn, places), pick(labels, places)) }).auroc;
  const everything = [...truth.keys()];
  const statistic = (items: Uint32Array): Record<string, number | null> => {
    const images = [...items], drawn = pick(scores, images);
    if (requirement === "R1") {
      const reference = oneClassScores && pick(oneClassScores, images);
      const deltas = classes.flatMap(([name, places]) => {
        const own = aurocOf(drawn, places);
        const other = reference === null ? oneClass[name] ?? null : aurocOf(reference, places);
        return own === null || other === null ? [] : [own - other];
      });
      const isDefined = deltas.length > 0;
      return {
        mean_abs_delta: isDefined ? mean(deltas.map(Math.abs)) : null,
        worst_delta: isDefined ? min(deltas) : null,
      };
    }
    const own = meanOf(classes.map(([, places]) => aurocOf(drawn, places)));
    const pooled = aligned === null ? null : aurocOf(pick(aligned, images), everything);
    const bySpecific = pick(specific, images);
    const macroF1 = meanOf(
      classes.map(([, places]) =>
        countDecisions(pick(bySpecific, places), pick(labels, places)).f1
      ),
    );
    const pooledF1 = countDecisions(pick(decided, images), labels).f1;
    return { auroc_fall: difference(own, pooled), f1_fall: difference(macroF1, pooledF1) };
  };
  const strata = truth.map(({ className, isAnomalous }) => `${isAnomalous} ${className}`);
  return bootstrapIntervals(strata, { ...options, statistic });
}

function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : mean(defined);
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
