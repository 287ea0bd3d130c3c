/**
 * What all charts share: colours, fonts and sizes.
 *
 * Colours are those of Okabe and Ito (2008), which people with colour-blindness can tell apart;
 * their yellow, too pale for points on white, is darkened, and five of Paul Tol's muted colours
 * follow for studies with many clusters.
 *
 * @module
 */

/** A plain Vega-Lite object, version 5: data, marks and encodings, ready to be drawn. */
export interface ChartSpec {
  /** Names the language and its version. */
  readonly $schema: string;
  /** What the chart says, without looking at it. */
  readonly description: string;
  /** Everything else that Vega-Lite knows. */
  readonly [property: string]: unknown;
}

/** The version of the language that notebooks and JupyterLab draw. */
export const CHART_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** Colours for clusters and other unordered groups, in order. */
export const GROUP_COLORS: readonly string[] = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#D55E00",
  "#CC79A7",
  "#56B4E9",
  "#B8A900",
  "#332288",
  "#882255",
  "#44AA99",
  "#999933",
  "#AA4499",
  "#661100",
];

/** Colours with one meaning in every chart. */
export const COLORS = {
  normal: "#0072B2",
  anomalous: "#D55E00",
  emphasis: "#D55E00",
  ink: "#1f2430",
  faint: "#8a909c",
  grid: "#e6e8ec",
} as const;

/** One colour and one shape per model, in the order in which models are listed. */
export const MODEL_COLORS: readonly string[] = ["#E69F00", "#0072B2", "#009E73", "#CC79A7"];

/** Shapes that belong to `MODEL_COLORS`. */
export const MODEL_SHAPES: readonly string[] = ["circle", "diamond", "square", "triangle-up"];

const modelNames: Readonly<Record<string, string>> = { HierarchicalPatchCore: "HierCore" };

/**
 * Shortens a model's name for charts and tables.
 *
 * @param model Name as in the configuration.
 * @returns "HierCore" for "HierarchicalPatchCore"; every other name as it is.
 *
 * @example The two models
 * ```ts
 * import assert from "node:assert/strict";
 * import { modelLabel } from "@/charts/theme.ts";
 *
 * assert.equal(modelLabel("HierarchicalPatchCore"), "HierCore");
 * assert.equal(modelLabel("PatchCore"), "PatchCore");
 * ```
 */
export function modelLabel(model: string): string {
  return modelNames[model] ?? model;
}

/**
 * Completes a chart with the shared theme.
 *
 * @param description What the chart shows, in one sentence.
 * @param body The chart without `$schema` and `config`.
 * @returns A complete Vega-Lite object.
 *
 * @example Every chart names its language
 * ```ts
 * import assert from "node:assert/strict";
 * import { themedChart } from "@/charts/theme.ts";
 *
 * const chart = themedChart("One point", { data: { values: [{ x: 1 }] }, mark: "point" });
 * assert.ok(chart.$schema.endsWith("v5.json"));
 * ```
 */
export function themedChart(
  description: string,
  body: Readonly<Record<string, unknown>>,
): ChartSpec {
  return { $schema: CHART_SCHEMA, description, ...body, config: theme };
}

const text = {
  labelFontSize: 12,
  titleFontSize: 12,
  labelColor: COLORS.ink,
  titleColor: COLORS.ink,
  titleFontWeight: 600,
};

const theme = {
  font: "Inter, 'Helvetica Neue', Arial, sans-serif",
  background: "#ffffff",
  padding: 12,
  title: {
    anchor: "start",
    color: COLORS.ink,
    fontSize: 15,
    fontWeight: 600,
    subtitleColor: "#5a606c",
    subtitleFontSize: 12,
    subtitlePadding: 4,
    offset: 14,
  },
  axis: {
    ...text,
    domainColor: COLORS.faint,
    tickColor: COLORS.faint,
    gridColor: COLORS.grid,
    labelLimit: 180,
    labelPadding: 5,
    titlePadding: 10,
  },
  header: { ...text, labelFontWeight: 600, labelLimit: 0, labelPadding: 8 },
  legend: { ...text, symbolSize: 90, labelLimit: 260, rowPadding: 4 },
  view: { stroke: COLORS.grid, continuousWidth: 420, continuousHeight: 280 },
  range: { category: GROUP_COLORS },
  text: { color: COLORS.ink, fontSize: 12 },
};
