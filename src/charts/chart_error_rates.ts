/**
 * Chart of the mistakes at a scenario's thresholds: false alarms and misses per class.
 *
 * @module
 */
import { type ScenarioDot, scenarioDotsChart } from "@/charts/chart_scenario_dots.ts";
import type { ChartSpec } from "@/charts/theme.ts";

/** The mistakes of one model on one class in one scenario. */
export interface ErrorRates {
  /** Scenario, 1 to 4. */
  readonly scenario: number;
  /** Model as in the configuration. */
  readonly model: string;
  /** Product category. */
  readonly className: string;
  /** Share of normal images called anomalous; `null` if there is no normal image. */
  readonly falsePositiveRate: number | null;
  /** Share of anomalous images called normal; `null` if there is no anomalous image. */
  readonly falseNegativeRate: number | null;
}

/**
 * Draws false-positive and false-negative rates per class, one panel each and per scenario.
 *
 * @param rates One record per scenario, model and class.
 * @param options The sentence below the title, such as the threshold rule; none if left out.
 * @returns A Vega-Lite object; undefined rates are left out.
 * @throws {RangeError} If no rate is defined.
 *
 * @example Half of the normal images raise an alarm
 * ```ts
 * import assert from "node:assert/strict";
 * import { errorRateChart } from "@/charts/chart_error_rates.ts";
 *
 * const chart = errorRateChart([
 *   { scenario: 2, model: "PatchCore", className: "nut", falsePositiveRate: 0.5, falseNegativeRate: 0 },
 * ]);
 * assert.match(chart.description, /nut/);
 * ```
 */
export function errorRateChart(
  rates: readonly ErrorRates[],
  options: { readonly subtitle?: string } = {},
): ChartSpec {
  const dots = rates.flatMap(rateDots);
  const largest = dots.reduce((max, dot) => Math.max(max, dot.value), 0);
  return scenarioDotsChart(dots, {
    title: "Mistakes at the scenario's thresholds",
    ...options,
    axis: "share of the class's images",
    domain: [0, Math.min(1, Math.ceil(largest * 10 + 0.5) / 10)],
  });
}

function rateDots(rates: ErrorRates): ScenarioDot[] {
  const { scenario, model, className: line } = rates;
  const dot = (measure: string, value: number | null): ScenarioDot[] =>
    value === null ? [] : [{ scenario, model, line, value, isSummary: false, measure }];
  return [
    ...dot("false alarms", rates.falsePositiveRate),
    ...dot("misses", rates.falseNegativeRate),
  ];
}
