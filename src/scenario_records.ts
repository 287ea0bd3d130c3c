/**
 * Tables and chart data from `scenarios.json`.
 *
 * @module
 */
import type { ErrorRates } from "@/chart_error_rates.ts";
import type { ScenarioScores } from "@/chart_scenarios.ts";
import type { TableRecord } from "@/record_table.ts";
import type { ScenarioEntry, ScenariosFile } from "@/result_files.ts";

/** Columns of `scenarioRecords` that hold shares. */
export const scenarioPercent: readonly string[] = [
  "macro AUROC",
  "worst class",
  "pooled",
  "aligned",
  "recall",
  "FPR",
  "F1",
];

/**
 * Lists one record per scenario and model for the table of scenarios.
 *
 * @param file Content of `scenarios.json`.
 * @returns Knowledge, image AUROC (macro, worst class, pooled, pooled after aligning by group),
 *   pooled recall, false-positive rate and F1 at the thresholds, and the verdicts.
 *
 * @example A file without scenarios
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioRecords } from "@/scenario_records.ts";
 *
 * const file = {
 *   schema: 1,
 *   dataset: "none",
 *   models: [],
 *   rule: { name: "max" },
 *   fpr_limit: 0.3,
 *   scenarios: {},
 * } as const;
 * assert.deepEqual(scenarioRecords(file), []);
 * ```
 */
export function scenarioRecords(file: ScenariosFile): TableRecord[] {
  return entriesOf(file).map(({ scenario, model, entry }) => {
    const { macro, pooled, disparity, binary, requirements } = entry;
    return {
      scenario: `${scenario} ${knowledge[scenario] ?? ""}`.trim(),
      model: model === "HierarchicalPatchCore" ? "HierCore" : model,
      "macro AUROC": macro.image_auroc,
      "worst class": disparity.image_auroc?.min ?? null,
      pooled: pooled.image_auroc,
      aligned: pooled.aligned_image_auroc,
      threshold: binary.scope,
      recall: binary.pooled.recall,
      FPR: binary.pooled.fpr,
      F1: binary.pooled.f1,
      requirement: describeVerdict(requirements),
    };
  });
}

/**
 * Lists the image AUROC of every scenario and model, as `scenarioChart` takes it.
 *
 * @param file Content of `scenarios.json`.
 * @returns One record per scenario and model.
 *
 * @example A file without scenarios
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioScores } from "@/scenario_records.ts";
 *
 * const file = {
 *   schema: 1,
 *   dataset: "none",
 *   models: [],
 *   rule: { name: "max" },
 *   fpr_limit: 0.3,
 *   scenarios: {},
 * } as const;
 * assert.deepEqual(scenarioScores(file), []);
 * ```
 */
export function scenarioScores(file: ScenariosFile): ScenarioScores[] {
  return entriesOf(file).map(({ scenario, model, entry }) => ({
    scenario,
    model,
    classes: Object.fromEntries(
      Object.entries(entry.classes).map(([name, { image_auroc }]) => [name, image_auroc]),
    ),
    macro: entry.macro.image_auroc,
    pooled: entry.pooled.image_auroc,
    aligned: entry.pooled.aligned_image_auroc,
  }));
}

/**
 * Lists false alarms and misses of every scenario, model and class, as `errorRateChart` takes them.
 *
 * @param file Content of `scenarios.json`.
 * @returns One record per scenario, model and class.
 *
 * @example A file without scenarios
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioErrorRates } from "@/scenario_records.ts";
 *
 * const file = {
 *   schema: 1,
 *   dataset: "none",
 *   models: [],
 *   rule: { name: "max" },
 *   fpr_limit: 0.3,
 *   scenarios: {},
 * } as const;
 * assert.deepEqual(scenarioErrorRates(file), []);
 * ```
 */
export function scenarioErrorRates(file: ScenariosFile): ErrorRates[] {
  return entriesOf(file).flatMap(({ scenario, model, entry }) =>
    Object.entries(entry.binary.classes).map(([className, { fpr, recall }]) => ({
      scenario,
      model,
      className,
      falsePositiveRate: fpr,
      falseNegativeRate: recall === null ? null : 1 - recall,
    }))
  );
}

const knowledge: Readonly<Record<number, string>> = {
  1: "known → known",
  2: "known → unknown",
  3: "unknown → known",
  4: "unknown → unknown",
};

function entriesOf(
  file: ScenariosFile,
): { scenario: number; model: string; entry: ScenarioEntry }[] {
  return Object.entries(file.scenarios).flatMap(([scenario, models]) =>
    Object.entries(models).map(([model, entry]) => ({ scenario: Number(scenario), model, entry }))
  );
}

function describeVerdict({ R1, R2 }: ScenarioEntry["requirements"]): string {
  // A fall of 0.04 points is shown as 0.0, not as −0.0.
  const points = (share: number): string =>
    (100 * share).toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−");
  if (R1.holds !== null) {
    return `R1 ${R1.holds ? "holds" : "fails"}: mean |Δ| ${points(R1.mean_abs_delta)}, ` +
      `worst Δ ${points(R1.worst_delta)}`;
  }
  if (R2.holds !== null) {
    return `R2 ${R2.holds ? "holds" : "fails"}: AUROC ${points(-R2.auroc_fall)}, ` +
      `F1 ${points(-R2.f1_fall)}`;
  }
  return "no verdict";
}
