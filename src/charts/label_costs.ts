/**
 * What is lost when classes are withheld in evaluation: from the mean over known classes to all images
 * pooled, as R2 compares them.
 *
 * R2 is a requirement of HierCore (Neurocomputing 671, 132660, 2026); how it is measured is ours.
 *
 * @module
 */
import { type MeanStd, meanStd } from "@/math/statistics.ts";

/** One metric of one model with classes known in evaluation, and without; one seed. */
export interface LabelCost {
  /** Model as in the configuration. */
  readonly model: string;
  /** Whether classes are known in training: scenarios 1 and 2; otherwise 3 and 4. */
  readonly trainingKnown: boolean;
  /** Name of the metric, such as "image AUROC". */
  readonly metric: string;
  /** Mean over classes, at class-specific thresholds where the metric needs any; `null` if undefined. */
  readonly known: number | null;
  /** All images together under the scenario's own rule; `null` if undefined. */
  readonly unknown: number | null;
}

/** The cost of one metric, model and kind of training, over seeds. */
export interface LabelCostSummary extends Pick<LabelCost, "model" | "trainingKnown" | "metric"> {
  /** Number of seeds in which both values are defined. */
  readonly seeds: number;
  /** With classes known. */
  readonly known: MeanStd;
  /** Without. */
  readonly unknown: MeanStd;
  /** Known minus unknown, seed by seed. */
  readonly fall: MeanStd;
}

/**
 * Summarises costs over seeds.
 *
 * Records of the same model, metric and kind of training are seeds of one thing. A seed in which one of
 * the two values is undefined counts in neither.
 *
 * @param costs One record per model, kind of training, metric and seed.
 * @returns One summary for each thing, in order of first appearance.
 * @throws {RangeError} If a value is not finite.
 *
 * @example Two seeds
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarizeLabelCosts } from "@/charts/label_costs.ts";
 *
 * const seed = { model: "PatchCore", trainingKnown: false, metric: "image AUROC" };
 * const [summary] = summarizeLabelCosts([
 *   { ...seed, known: 1, unknown: 0.5 },
 *   { ...seed, known: 1, unknown: 0.25 },
 * ]);
 * assert.deepEqual(summary?.known, { mean: 1, std: 0 });
 * assert.deepEqual(summary?.fall, { mean: 0.625, std: Math.SQRT1_2 / 4 });
 * ```
 */
export function summarizeLabelCosts(costs: readonly LabelCost[]): LabelCostSummary[] {
  const groups = Map.groupBy(
    costs,
    ({ model, trainingKnown, metric }) => JSON.stringify([model, trainingKnown, metric]),
  );
  return [...groups.values()].flatMap((records) => {
    const { model, trainingKnown, metric } = records[0]!;
    const pairs = records.flatMap(({ known, unknown }) =>
      known === null || unknown === null ? [] : [{ known, unknown }]
    );
    if (pairs.length === 0) return [];
    const wrong = pairs.flatMap(({ known, unknown }) => [known, unknown])
      .find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new RangeError(
        `Cannot summarise label costs: every value must be finite, got ${wrong} in "${metric}" ` +
          `of "${model}"`,
      );
    }
    return [{
      model,
      trainingKnown,
      metric,
      seeds: pairs.length,
      known: meanStd(pairs.map(({ known }) => known)),
      unknown: meanStd(pairs.map(({ unknown }) => unknown)),
      fall: meanStd(pairs.map(({ known, unknown }) => known - unknown)),
    }];
  });
}
