/**
 * Charts of what the layers of a backbone see: how far a change in the middle of an image
 * reaches in each, how well choices of layers find defects, how well pooled layers keep classes
 * apart, and how alike the semantic vectors of classes are.
 *
 * @module
 */
import {
  type ChartSpec,
  COLORS,
  dashScale,
  GROUP_COLORS,
  HEAT_COLORS,
  scaleInTurn,
  themedChart,
} from "@/charts/theme.ts";
import type { ClassSeparation, ClassSimilarities } from "@/features/layers.ts";
import type { FeatureReach } from "@/features/reach.ts";

/** A layer and how far a change reaches in it. */
export interface LayerReach extends FeatureReach {
  /** Name of the layer. */
  readonly layer: string;
}

/** Least change that is drawn, relative to a feature vector's length: the axis is logarithmic. */
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
 * import { featureReachChart } from "@/charts/mod.ts";
 *
 * const rings = [{ distance: 8, change: 0.5 }, { distance: 24, change: 0.1 }];
 * const reach = { stride: 16, rings, diameter: 30, share: 0.9 };
 * const chart = featureReachChart([{ layer: "layer2", ...reach }]);
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
  const dashes = dashScale(labels);
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
        scale: scaleInTurn(labels, GROUP_COLORS),
        legend: { title: ["side of the square that holds", `${held} % of the squared change`] },
      },
      ...(dashes &&
        { strokeDash: { field: "layer", type: "nominal", scale: dashes, legend: null } }),
      tooltip: [
        { field: "layer" },
        { field: "distance", type: "quantitative", title: "pixels from the centre" },
        { field: "change", type: "quantitative", format: ".1%" },
      ],
    },
  });
}

/** What one choice of layers came to in one class. */
export interface LayerChoiceScore {
  /** The choice, such as `layer2 + layer3`. */
  readonly choice: string;
  /** Product category. */
  readonly className: string;
  /** Image AUROC; `null` where undefined. */
  readonly image: number | null;
  /** Pixel AUROC; `null` where undefined. */
  readonly pixel: number | null;
}

/**
 * Draws image and pixel AUROC side by side: a dot per class, and the mean over classes with its
 * value.
 *
 * @param scores One record per choice and class.
 * @param options Title and the sentence below it; defaults name what is drawn.
 * @returns A Vega-Lite object; undefined values are left out.
 * @throws {RangeError} If no value is defined.
 *
 * @example One choice, two classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { layerChoiceChart } from "@/charts/mod.ts";
 *
 * const chart = layerChoiceChart([
 *   { choice: "layer2", className: "nut", image: 0.9, pixel: 0.95 },
 *   { choice: "layer2", className: "cup", image: 0.7, pixel: null },
 * ]);
 * assert.match(chart.description, /layer2/);
 * ```
 */
export function layerChoiceChart(
  scores: readonly LayerChoiceScore[],
  options: { readonly title?: string; readonly subtitle?: string } = {},
): ChartSpec {
  const { title = "Layers for patch embeddings", subtitle = "Small: classes; large: their mean" } =
    options;
  const choices = [...new Set(scores.map(({ choice }) => choice))];
  const panels = (["image", "pixel"] as const).map((level) => {
    const dots = scores.flatMap((score) => {
      const value = score[level];
      return value === null ? [] : [{ ...score, value }];
    });
    return { level, dots };
  }).filter(({ dots }) => dots.length > 0);
  if (panels.length === 0) {
    throw new RangeError("Cannot chart layers: at least one defined value is needed, got none");
  }
  return themedChart(`${title}: ${choices.join(", ")}`, {
    title: { text: title, subtitle },
    spacing: 24,
    hconcat: panels.map((panel, i) => drawPanel({ ...panel, choices, hasLabels: i === 0 })),
  });
}

interface Panel {
  readonly level: "image" | "pixel";
  readonly dots: readonly (LayerChoiceScore & { readonly value: number })[];
  readonly choices: readonly string[];
  readonly hasLabels: boolean;
}

function drawPanel({ level, dots, choices, hasLabels }: Panel): Record<string, unknown> {
  const means = choices.flatMap((choice) => {
    const values = dots.filter((dot) => dot.choice === choice).map(({ value }) => value);
    if (values.length === 0) return [];
    return [{ choice, value: values.reduce((sum, value) => sum + value, 0) / values.length }];
  });
  const lowest = Math.min(...dots.map(({ value }) => value));
  const y = {
    field: "choice",
    type: "nominal",
    title: null,
    sort: choices,
    axis: { grid: true, ticks: false, domain: false, labels: hasLabels, labelLimit: 240 },
  };
  const x = {
    field: "value",
    type: "quantitative",
    title: `${level} AUROC`,
    scale: { domain: [Math.max(0, Math.floor(lowest * 10) / 10), 1], nice: false, zero: false },
    axis: { format: "~%", tickCount: 4, labelFlush: false },
  };
  return {
    width: 270,
    height: { step: 34 },
    encoding: { x, y },
    layer: [
      {
        data: {
          values: dots.map(({ choice, className, value }) => ({
            choice,
            class: className,
            value: round(value),
          })),
        },
        mark: { type: "point", filled: true, size: 36, color: COLORS.faint, opacity: 0.65 },
        encoding: {
          tooltip: [
            { field: "choice", title: "layers" },
            { field: "class" },
            { field: "value", type: "quantitative", format: ".1%" },
          ],
        },
      },
      {
        data: { values: means.map(({ choice, value }) => ({ choice, value: round(value) })) },
        layer: [
          { mark: { type: "point", filled: true, size: 110, color: COLORS.normal, opacity: 1 } },
          {
            mark: { type: "text", dy: -12, fontSize: 11 },
            encoding: { text: { field: "value", type: "quantitative", format: ".1%" } },
          },
        ],
      },
    ],
  };
}

/** A layer and what its pooled features know of classes. */
export interface LayerSeparation extends ClassSeparation {
  /** Name of the layer. */
  readonly layer: string;
}

/**
 * Draws, for every layer, similarity within and between classes, silhouette, and agreement of
 * nearest neighbours.
 *
 * @param layers At least one layer, in the order to show.
 * @param options Title; "Classes in pooled feature maps" if left out.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no layer.
 *
 * @example One layer
 * ```ts
 * import assert from "node:assert/strict";
 * import { layerSeparationChart } from "@/charts/mod.ts";
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

/**
 * Draws mean similarities as a heat map; the diagonal holds those within a class.
 *
 * Colours run from the smallest mean to 1, since features that are mostly positive resemble each
 * other by that alone: what counts is the step from the diagonal to the rest of its row.
 *
 * @param similarities Means by class.
 * @param options Title; "Cosine similarity of semantic vectors" if left out.
 * @returns A Vega-Lite object; undefined means are left blank.
 * @throws {RangeError} If there are fewer than two classes.
 *
 * @example Two classes at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { classSimilarityChart } from "@/charts/mod.ts";
 *
 * const chart = classSimilarityChart({
 *   classes: ["cup", "nut"],
 *   counts: [2, 2],
 *   means: [[0.9, 0], [0, 0.8]],
 * });
 * assert.match(chart.description, /2 classes/);
 * ```
 */
export function classSimilarityChart(
  similarities: ClassSimilarities,
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Cosine similarity of semantic vectors" } = options;
  const { classes, means } = similarities;
  if (classes.length < 2) {
    throw new RangeError(
      `Cannot chart similarities: at least two classes are needed, got ${classes.length}`,
    );
  }
  const values = classes.flatMap((row, i) =>
    classes.flatMap((column, j) => {
      const mean = means[i]![j]!;
      return mean === null ? [] : [{ row, column, mean: Number(mean.toFixed(4)) }];
    })
  );
  const low = Math.min(...values.map(({ mean }) => mean));
  const middle = (1 + low) / 2;
  const axis = { ticks: false, domain: false };
  return themedChart(`${title}: ${classes.length} classes`, {
    title: {
      text: title,
      subtitle: "Mean over pairs of images; on the diagonal, two images of the same class",
    },
    data: { values },
    width: { step: classes.length > 16 ? 34 : 54 },
    height: { step: 32 },
    encoding: {
      x: {
        field: "column",
        type: "nominal",
        title: null,
        sort: classes,
        axis: { ...axis, labelAngle: classes.length > 8 ? -45 : 0 },
      },
      y: { field: "row", type: "nominal", title: null, sort: classes, axis },
    },
    layer: [
      {
        mark: { type: "rect", stroke: "#ffffff", strokeWidth: 2 },
        encoding: {
          color: {
            field: "mean",
            type: "quantitative",
            scale: { domain: [low, 1], range: HEAT_COLORS },
            legend: { title: "mean", format: ".2f", gradientLength: 110, tickCount: 3 },
          },
          tooltip: [
            { field: "row", title: "images of" },
            { field: "column", title: "with images of" },
            { field: "mean", type: "quantitative", format: ".3f", title: "mean similarity" },
          ],
        },
      },
      {
        mark: { type: "text" },
        encoding: {
          text: { field: "mean", type: "quantitative", format: ".2f" },
          color: {
            condition: { test: `datum.mean > ${middle}`, value: "#ffffff" },
            value: COLORS.ink,
          },
        },
      },
    ],
  });
}
