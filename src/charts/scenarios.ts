/**
 * Chart of the four scenarios: the image AUROC of every class, their mean, and all images pooled.
 *
 * @module
 */
import { type ScenarioDot, scenarioDotsChart } from "@/charts/chart_scenario_dots.ts";
import type { ChartSpec } from "@/charts/theme.ts";

/** What one model reached in one scenario. Values in [0, 1]; `null` where a value is undefined. */
export interface ScenarioScores {
  /** Scenario, 1 to 4. */
  readonly scenario: number;
  /** Model as in the configuration. */
  readonly model: string;
  /** The metric of every class. */
  readonly classes: Readonly<Record<string, number | null>>;
  /** Mean over classes. */
  readonly macro: number | null;
  /** Over the test images of all classes together, on raw scores. */
  readonly pooled: number | null;
  /** The same on group-aligned scores; leave out where there are no groups. */
  readonly aligned?: number | null;
}

/** What the chart is called. */
export interface ScenarioChartOptions {
  /** Name of the metric; "Image AUROC" if left out. */
  readonly metric?: string;
  /** Sentence below the title; an explanation of the summary lines if left out. */
  readonly subtitle?: string;
}

const macroLine = "mean of classes";
const pooledLine = "all images pooled";
const alignedLine = "pooled, aligned";

/**
 * Draws one metric of several models in all scenarios.
 *
 * @param scores One record per scenario and model.
 * @param options Name of the metric and the sentence below the title.
 * @returns A Vega-Lite object; undefined values are left out.
 * @throws {RangeError} If no value is defined.
 *
 * @example Two models without labels
 * ```ts
 * import assert from "node:assert/strict";
 * import { scenarioChart } from "@/charts/scenarios.ts";
 *
 * const chart = scenarioChart([
 *   { scenario: 4, model: "PatchCore", classes: { nut: 0.98, cup: 0.9 }, macro: 0.94, pooled: 0.85 },
 * ]);
 * assert.match(chart.description, /Image AUROC in the four scenarios, PatchCore: cup, nut/);
 * ```
 */
export function scenarioChart(
  scores: readonly ScenarioScores[],
  options: ScenarioChartOptions = {},
): ChartSpec {
  const { metric = "Image AUROC" } = options;
  const subtitle = options.subtitle ??
    "Pooled: raw scores of all classes ranked together. Aligned: each divided by its group's " +
      "calibration quantile.";
  return scenarioDotsChart(scores.flatMap(scoreDots), {
    title: `${metric} in the four scenarios`,
    subtitle,
    axis: metric,
    summaries: [macroLine, pooledLine, alignedLine],
  });
}

function scoreDots(score: ScenarioScores): ScenarioDot[] {
  const { scenario, model, classes, macro, pooled, aligned } = score;
  const lines: [string, number | null | undefined, boolean][] = [
    ...Object.entries(classes).map(([line, value]): [string, number | null, boolean] => [
      line,
      value,
      false,
    ]),
    [macroLine, macro, true],
    [pooledLine, pooled, true],
    [alignedLine, aligned, true],
  ];
  return lines.flatMap(([line, value, isSummary]) =>
    value === null || value === undefined ? [] : [{ scenario, model, line, value, isSummary }]
  );
}
