/**
 * Chart of the distances that a pruned selection still computes.
 *
 * @module
 */
import {
  type ChartSpec,
  COLORS,
  dashScale,
  GROUP_COLORS,
  scaleInTurn,
  themedChart,
} from "@/charts/theme.ts";
import type { PruningStep } from "@/memory/coreset_pruned.ts";

/** The counts of one selection. */
export interface PruningSeries {
  /** What was chosen from. */
  readonly name: string;
  /** Counts in rising order of choices, at least one. */
  readonly steps: readonly PruningStep[];
}

/**
 * Draws the share of all distances that was computed, over the number of choices, both logarithmic.
 *
 * The dashed line at 100 % is the plain selection: one distance per row and choice. The legend
 * names the share of each whole selection.
 *
 * @param series At least one selection.
 * @param options Title and the sentence below it; defaults say what is drawn.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no selection, or one has no counts.
 *
 * @example Nine of ten distances spared
 * ```ts
 * import assert from "node:assert/strict";
 * import { pruningChart } from "@/charts/mod.ts";
 *
 * const steps = [{ picks: 1, plain: 50, computed: 50 }, { picks: 10, plain: 500, computed: 50 }];
 * assert.match(pruningChart([{ name: "nuts", steps }]).description, /nuts: 10 %/);
 * ```
 */
export function pruningChart(
  series: readonly PruningSeries[],
  options: { readonly title?: string; readonly subtitle?: string } = {},
): ChartSpec {
  const { title = "Distances that must be computed" } = options;
  const { subtitle = "Share of one per row and choice, up to each number of choices" } = options;
  if (series.length === 0 || series.some(({ steps }) => steps.length === 0)) {
    throw new RangeError("Cannot chart pruning: at least one count is needed, got none");
  }
  const labels = series.map(({ name, steps }) => {
    const { computed, plain } = steps.at(-1)!;
    return `${name}: ${Number((100 * computed / plain).toPrecision(2))} %`;
  });
  const values = series.flatMap(({ steps }, i) =>
    steps.map(({ picks, plain, computed }) => ({
      name: labels[i]!,
      picks,
      computed,
      share: Number((computed / plain).toPrecision(4)),
    }))
  );
  const most = Math.max(...values.map(({ picks }) => picks));
  const least = Math.min(...values.map(({ share }) => share));
  const dashes = dashScale(labels);
  return themedChart(
    `${title}: ${labels.join(", ")}`,
    {
      title: { text: title, subtitle },
      width: 480,
      height: 250,
      encoding: {
        y: {
          field: "share",
          type: "quantitative",
          title: "share of distances computed",
          scale: { type: "log", domain: [Math.min(0.5, least / 1.5), 1.3], nice: false },
          axis: { values: [1e-4, 1e-3, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], format: "~%" },
        },
      },
      layer: [
        {
          data: { values: [{ share: 1 }] },
          mark: { type: "rule", color: COLORS.faint, strokeDash: [4, 4] },
        },
        {
          data: { values },
          mark: { type: "line", strokeWidth: 2, point: { size: 36, filled: true } },
          encoding: {
            x: {
              field: "picks",
              type: "quantitative",
              title: "rows chosen",
              scale: { type: "log", domain: [1, Math.max(2, 1.1 * most)], nice: false },
              axis: { values: [1, 10, 100, 1e3, 1e4, 1e5, 1e6], format: "~s", grid: false },
            },
            color: {
              field: "name",
              type: "nominal",
              sort: labels,
              scale: scaleInTurn(labels, GROUP_COLORS),
              legend: { title: null, orient: "top" },
            },
            ...(dashes &&
              { strokeDash: { field: "name", type: "nominal", scale: dashes, legend: null } }),
            tooltip: [
              { field: "name" },
              { field: "picks", type: "quantitative", format: ",d" },
              { field: "computed", type: "quantitative", format: ",d" },
              { field: "share", type: "quantitative", format: ".2%" },
            ],
          },
        },
      ],
    },
  );
}
