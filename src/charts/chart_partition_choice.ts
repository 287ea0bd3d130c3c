/**
 * Chart of the choice between partitions: clusters against silhouette, with the chosen one marked.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import type { PartitionCandidate } from "@/clustering/choose_partition.ts";

/** Which candidate was chosen and by what rule. */
export interface PartitionChoiceOptions {
  /** Position of the chosen candidate in the list; `null` when one group was formed instead. */
  readonly chosen: number | null;
  /** Silhouette below which no partition is taken; no line if left out. */
  readonly minSilhouette?: number;
}

/**
 * Draws the silhouette of every partition, finest first.
 *
 * @param candidates The partitions in the order in which the clusterer gave them.
 * @param options The chosen one and the smallest silhouette accepted.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no candidate, or `chosen` is not one of them.
 *
 * @example Five clusters chosen
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionChoiceChart } from "@/charts/chart_partition_choice.ts";
 *
 * const chart = partitionChoiceChart([
 *   { clusters: 63, silhouette: 0.13 },
 *   { clusters: 5, silhouette: 0.7 },
 * ], { chosen: 1, minSilhouette: 0.05 });
 * assert.match(chart.description, /5 clusters chosen/);
 * ```
 */
export function partitionChoiceChart(
  candidates: readonly Pick<PartitionCandidate, "clusters" | "silhouette">[],
  options: PartitionChoiceOptions,
): ChartSpec {
  const { chosen, minSilhouette } = options;
  const picked = chosen === null ? undefined : candidates[chosen];
  if (candidates.length === 0 || (chosen !== null && picked === undefined)) {
    throw new RangeError(
      `Cannot chart partitions: chosen must be one of ${candidates.length} candidates, got ${chosen}`,
    );
  }
  const result = picked ? `${picked.clusters} clusters chosen` : "one group for all images";
  const values = candidates.map((candidate, index) => ({
    position: index,
    name: String(candidate.clusters),
    silhouette: candidate.silhouette,
    isChosen: index === chosen,
    label: candidate.silhouette === null ? "undefined" : candidate.silhouette.toFixed(2),
  }));
  const x = {
    field: "position",
    type: "ordinal",
    title: "clusters (finest partition first)",
    axis: { labelAngle: 0, grid: false, labelExpr: labelExpression(values.map((v) => v.name)) },
  };
  const least = Math.min(0, minSilhouette ?? 0, ...values.map((v) => v.silhouette ?? 0));
  const y = {
    field: "silhouette",
    type: "quantitative",
    title: "mean cosine silhouette",
    scale: { domain: [least, 1], nice: true },
  };
  const emphasis = { condition: { test: "datum.isChosen", value: COLORS.emphasis } };
  return themedChart(`Silhouette of ${candidates.length} partitions: ${result}`, {
    title: { text: "Which partition?", subtitle: `Largest silhouette wins: ${result}` },
    data: { values },
    width: Math.max(300, 90 * candidates.length),
    height: 240,
    layer: [
      { mark: { type: "line", color: COLORS.faint, strokeWidth: 1.5 }, encoding: { x, y } },
      {
        mark: { type: "point", filled: true, opacity: 1, stroke: "#ffffff" },
        encoding: {
          x,
          y,
          color: { ...emphasis, value: "#5a606c" },
          size: { condition: { test: "datum.isChosen", value: 220 }, value: 90 },
          tooltip: [
            { field: "name", title: "clusters" },
            { field: "silhouette", type: "quantitative", format: ".3f" },
          ],
        },
      },
      {
        mark: { type: "text", dy: -16, stroke: "#ffffff", strokeWidth: 4, strokeJoin: "round" },
        encoding: { x, y, text: { field: "label" } },
      },
      {
        mark: { type: "text", dy: -16 },
        encoding: {
          x,
          y,
          text: { field: "label" },
          color: { ...emphasis, value: COLORS.ink },
        },
      },
      ...(minSilhouette === undefined ? [] : minimumLine(minSilhouette)),
    ],
  });
}

function minimumLine(minSilhouette: number): unknown[] {
  const data = { values: [{ value: minSilhouette, label: `smallest accepted: ${minSilhouette}` }] };
  const y = { field: "value", type: "quantitative" };
  return [
    { data, mark: { type: "rule", strokeDash: [5, 4], color: COLORS.faint }, encoding: { y } },
    {
      data,
      mark: { type: "text", align: "right", baseline: "bottom", dy: -4, dx: -4, fontSize: 11 },
      encoding: { y, x: { value: "width" }, text: { field: "label" } },
    },
  ];
}

/** Two partitions may have equally many clusters, so the axis counts positions and shows names. */
function labelExpression(names: readonly string[]): string {
  return `${JSON.stringify(names)}[datum.value]`;
}
