/**
 * Chart of how well the pooled layers of a backbone keep classes apart.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import type { ClassSeparation } from "@/features/layers.ts";

/** A layer and what its pooled features know of classes. */
export interface LayerSeparation extends ClassSeparation {
  /** Name of the layer. */
  readonly layer: string;
}

/**
 * Draws, for every layer, similarity within and between classes, silhouette, and agreement of nearest
 * neighbours.
 *
 * @param layers At least one layer, in the order to show.
 * @param options Title; "Classes in pooled feature maps" if left out.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no layer.
 *
 * @example One layer
 * ```ts
 * import assert from "node:assert/strict";
 * import { layerSeparationChart } from "@/charts/chart_layer_separation.ts";
 *
 * const chart = layerSeparationChart([
 *   { layer: "layer4", within: 0.9, between: 0.4, silhouette: 0.7, nearest: 1 },
 * ]);
 * assert.match(chart.description, /layer4/);
 * ```
 */
export function layerSeparationChart(
  layers: readonly LayerSeparation[],
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Classes in pooled feature maps" } = options;
  if (layers.length === 0) {
    throw new RangeError("Cannot chart layers: at least one is needed, got none");
  }
  const names = layers.map(({ layer }) => layer);
  const sorts = ["different classes", "same class"];
  const sides = [{ align: "right", dx: -8 }, { align: "left", dx: 8 }];
  const pairs = layers.flatMap(({ layer, within, between }) => [
    { layer, pair: sorts[0]!, similarity: round(between) },
    { layer, pair: sorts[1]!, similarity: round(within) },
  ]);
  const y = {
    field: "layer",
    type: "nominal",
    title: null,
    sort: names,
    axis: { grid: true, ticks: false, domain: false },
  };
  const low = Math.min(0, ...pairs.map(({ similarity }) => similarity)) - 0.15;
  const size = { width: 250, height: { step: 34 } };
  const single = (field: "silhouette" | "nearest", text: string, format: string) => ({
    ...size,
    width: 190,
    data: { values: layers.map((each) => ({ layer: each.layer, value: round(each[field]) })) },
    encoding: {
      y: { ...y, axis: { ...y.axis, labels: false } },
      x: {
        field: "value",
        type: "quantitative",
        title: text,
        scale: { domain: [Math.min(0, ...layers.map((each) => each[field])), 1.3], nice: false },
        axis: { values: [0, 0.5, 1], format: field === "nearest" ? "~%" : "~g" },
      },
    },
    layer: [
      { mark: { type: "bar", color: COLORS.normal, opacity: 0.85, height: { band: 0.5 } } },
      {
        mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
        encoding: { text: { field: "value", type: "quantitative", format } },
      },
    ],
  });
  return themedChart(`${title}: ${names.join(", ")}`, {
    title: { text: title, subtitle: "Means over all positions, compared by cosine similarity" },
    spacing: 26,
    hconcat: [
      {
        ...size,
        data: { values: pairs },
        encoding: {
          y,
          x: {
            field: "similarity",
            type: "quantitative",
            title: "mean similarity of two images",
            scale: { domain: [low, 1.15], nice: false },
            axis: { values: [low < 0 ? -1 : 0, 0, 0.5, 1], format: "~g" },
          },
        },
        layer: [
          {
            mark: { type: "line", color: COLORS.faint, strokeWidth: 1.5 },
            encoding: { detail: { field: "layer" } },
          },
          {
            mark: { type: "point", filled: true, size: 90, opacity: 1 },
            encoding: {
              color: {
                field: "pair",
                type: "nominal",
                scale: { domain: sorts, range: [COLORS.anomalous, COLORS.normal] },
                legend: { orient: "top", title: null, direction: "horizontal", offset: 4 },
              },
            },
          },
          ...sorts.map((pair, i) => ({
            transform: [{ filter: { field: "pair", equal: pair } }],
            mark: { type: "text", fontSize: 11, ...sides[i] },
            encoding: { text: { field: "similarity", type: "quantitative", format: ".2f" } },
          })),
        ],
      },
      single("silhouette", "silhouette of the classes", ".2f"),
      single("nearest", "nearest image is of the class", ".1%"),
    ],
  });
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
