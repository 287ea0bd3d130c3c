/**
 * Chart of how far a change in the middle of an image reaches in each layer.
 *
 * @module
 */
import { type ChartSpec, GROUP_COLORS, themedChart } from "@/charts/theme.ts";
import type { FeatureReach } from "@/features/reach.ts";

/** A layer and how far a change reaches in it. */
export interface LayerReach extends FeatureReach {
  /** Name of the layer. */
  readonly layer: string;
}

/** Changes below a thousandth of a feature vector's length are not drawn: the axis is logarithmic. */
const FLOOR = 0.001;

/**
 * Draws the relative change of features against the distance from the change, one line a layer.
 *
 * @param layers At least one layer; the legend names the diameter of each.
 * @param options Sentence below the title, such as what was changed; none if left out.
 * @returns A Vega-Lite object; changes below 0.1 % are left out.
 * @throws {RangeError} If there is no layer, or nothing to draw.
 *
 * @example One layer of two rings
 * ```ts
 * import assert from "node:assert/strict";
 * import { featureReachChart } from "@/charts/features.ts";
 *
 * const rings = [{ distance: 8, change: 0.5 }, { distance: 24, change: 0.1 }];
 * const chart = featureReachChart([{ layer: "layer2", stride: 16, rings, diameter: 30, share: 0.9 }]);
 * assert.match(chart.description, /layer2/);
 * ```
 */
export function featureReachChart(
  layers: readonly LayerReach[],
  options: { readonly subtitle?: string } = {},
): ChartSpec {
  const title = "How far a change reaches";
  const labels = layers.map(({ layer, diameter }) => `${layer}: ${Math.round(diameter)} px`);
  const held = Math.round(100 * (layers[0]?.share ?? 0));
  const values = layers.flatMap(({ rings }, number) =>
    rings.filter(({ change }) => change >= FLOOR).map(({ distance, change }) => ({
      layer: labels[number],
      distance,
      change: Number(change.toPrecision(4)),
    }))
  );
  if (values.length === 0) {
    throw new RangeError(
      `Cannot chart reach: at least one layer that changes is needed, got ${layers.length} layers`,
    );
  }
  const changes = values.map(({ change }) => change);
  return themedChart(`${title}: ${labels.join(", ")}`, {
    title: { text: title, ...(options.subtitle && { subtitle: options.subtitle }) },
    data: { values },
    width: 460,
    height: 270,
    mark: { type: "line", strokeWidth: 2, point: { size: 45, filled: true } },
    encoding: {
      x: {
        field: "distance",
        type: "quantitative",
        title: "distance from the centre (px)",
        scale: { domainMin: 0, nice: false },
        axis: { tickCount: 8, grid: false },
      },
      y: {
        field: "change",
        type: "quantitative",
        title: "change relative to a feature vector",
        scale: {
          type: "log",
          domain: [Math.min(...changes) / 1.3, Math.max(...changes) * 1.3],
          nice: false,
        },
        axis: { values: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10], format: "~%" },
      },
      color: {
        field: "layer",
        type: "nominal",
        scale: {
          domain: labels,
          range: labels.map((_, i) => GROUP_COLORS[i % GROUP_COLORS.length]),
        },
        legend: { title: ["side of the square that holds", `${held} % of the squared change`] },
      },
      tooltip: [
        { field: "layer" },
        { field: "distance", type: "quantitative", title: "pixels from the centre" },
        { field: "change", type: "quantitative", format: ".1%" },
      ],
    },
  });
}
