/**
 * Chart of how well different choices of layers find defects.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";

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
 * Draws image and pixel AUROC side by side: a dot per class, and the mean over classes with its value.
 *
 * @param scores One record per choice and class.
 * @param options Title and the sentence below it; defaults name what is drawn.
 * @returns A Vega-Lite object; undefined values are left out.
 * @throws {RangeError} If no value is defined.
 *
 * @example One choice, two classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { layerChoiceChart } from "@/charts/chart_layer_choices.ts";
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
  const short = (value: number): number => Number(value.toFixed(4));
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
            value: short(value),
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
        data: { values: means.map(({ choice, value }) => ({ choice, value: short(value) })) },
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
