/**
 * Chart of what the stages of inference cost.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";

/** What one stage costs. */
export interface StageCost {
  /** Name of the stage. */
  readonly stage: string;
  /** Milliseconds per image. */
  readonly milliseconds: number;
}

/**
 * Draws the cost of every stage as a bar, in the order in which they follow each other.
 *
 * @param stages At least one stage.
 * @param options Sentence below the title, such as threads and batch size; the sum if left out.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no stage, or a cost is negative or not finite.
 *
 * @example One stage
 * ```ts
 * import assert from "node:assert/strict";
 * import { stageCostChart } from "@/charts/mod.ts";
 *
 * const chart = stageCostChart([{ stage: "decode", milliseconds: 2.25 }]);
 * assert.match(chart.description, /2\.3 ms/);
 * ```
 */
export function stageCostChart(
  stages: readonly StageCost[],
  options: { readonly subtitle?: string } = {},
): ChartSpec {
  const unfit = stages.find(({ milliseconds }) => !(milliseconds >= 0 && milliseconds < Infinity));
  if (stages.length === 0 || unfit !== undefined) {
    const got = unfit === undefined ? "none" : `${unfit.milliseconds} for "${unfit.stage}"`;
    throw new RangeError(
      `Cannot chart costs: at least one stage with a time from 0 is needed, got ${got}`,
    );
  }
  const total = stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const summary = `${format(total)} an image`;
  const title = "Time of each stage";
  return themedChart(`${title}: ${summary}`, {
    title: { text: title, subtitle: [summary, options.subtitle].filter(Boolean).join("; ") },
    data: {
      values: stages.map(({ stage, milliseconds }) => ({
        stage,
        milliseconds: Number(milliseconds.toPrecision(4)),
        label: format(milliseconds),
        share: total === 0 ? 0 : milliseconds / total,
      })),
    },
    width: 380,
    height: { step: 27 },
    encoding: {
      y: {
        field: "stage",
        type: "nominal",
        title: null,
        sort: stages.map(({ stage }) => stage),
        axis: { ticks: false, domain: false, labelLimit: 240 },
      },
      x: {
        field: "milliseconds",
        type: "quantitative",
        title: "milliseconds per image",
        scale: {
          domain: [0, 1.18 * Math.max(...stages.map((each) => each.milliseconds)) || 1],
          nice: false,
        },
        axis: { tickCount: 5 },
      },
    },
    layer: [
      {
        mark: { type: "bar", color: COLORS.normal, opacity: 0.85, height: { band: 0.7 } },
        encoding: {
          tooltip: [
            { field: "stage" },
            { field: "label", title: "time" },
            { field: "share", type: "quantitative", format: ".0%", title: "share of the sum" },
          ],
        },
      },
      {
        mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
        encoding: { text: { field: "label" } },
      },
    ],
  });
}

/** One decimal, and no more digits than a clock in a shared machine deserves. */
function format(milliseconds: number): string {
  if (milliseconds < 0.05) return "< 0.05 ms";
  return milliseconds < 100 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}
