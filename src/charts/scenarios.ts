/**
 * Charts of the four scenarios: the image AUROC of every class, of their mean and of all images
 * pooled; and the mistakes at a scenario's thresholds, false alarms and misses per class.
 *
 * Both have one layout: a column per scenario, a line per class, a dot per model.
 *
 * @module
 */
import { type ChartSpec, COLORS, modelEncoding, modelLabel, themedChart } from "@/charts/theme.ts";

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
 * import { scenarioChart } from "@/charts/mod.ts";
 *
 * const chart = scenarioChart([
 *   { scenario: 4, model: "PatchCore", classes: { nut: 1, cup: 0.9 }, macro: 0.95, pooled: 0.9 },
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
  /** Whether rates would say nothing, because no finite threshold is met; false if left out. */
  readonly isVacuous?: boolean;
}

/**
 * Draws false-positive and false-negative rates per class, one panel each and per scenario.
 *
 * @param rates One record per scenario, model and class.
 * @param options The sentence below the title, such as the threshold rule; none if left out.
 * @returns A Vega-Lite object; undefined rates are left out. Those of infinite thresholds are, too,
 *   and the chart says where; if there is no other, it is that sentence.
 * @throws {RangeError} If no rate is defined, and not for infinite thresholds.
 *
 * @example Half of the normal images raise an alarm
 * ```ts
 * import assert from "node:assert/strict";
 * import { errorRateChart } from "@/charts/mod.ts";
 *
 * const rates = { falsePositiveRate: 0.5, falseNegativeRate: 0 };
 * const chart = errorRateChart([{ scenario: 2, model: "PatchCore", className: "nut", ...rates }]);
 * assert.match(chart.description, /nut/);
 * ```
 */
export function errorRateChart(
  rates: readonly ErrorRates[],
  options: { readonly subtitle?: string } = {},
): ChartSpec {
  const dots = rates.flatMap(rateDots);
  const note = describeMissing(rates);
  const subtitle = [options.subtitle, note].filter((line) => line !== undefined);
  const title = "Mistakes at the scenario's thresholds";
  if (dots.length === 0 && note !== undefined) {
    return themedChart(`${title}: none can be drawn. ${note}`, {
      title: { text: title, subtitle },
      width: 420,
      height: 60,
      data: { values: [{ text: "No rate to draw: no threshold is finite" }] },
      mark: { type: "text", fontSize: 13 },
      encoding: { text: { field: "text" } },
    });
  }
  const largest = dots.reduce((max, dot) => Math.max(max, dot.value), 0);
  return scenarioDotsChart(dots, {
    title,
    ...(subtitle.length > 0 && { subtitle }),
    axis: "share of the class's images",
    domain: [0, Math.min(1, Math.ceil(largest * 10 + 0.5) / 10)],
  });
}

/** Such as "No rates where every threshold is infinite: PatchCore in 2 and 4, HierCore in 4 (nut)". */
function describeMissing(rates: readonly ErrorRates[]): string | undefined {
  const places = [...Map.groupBy(rates, ({ model }) => modelLabel(model))].flatMap(
    ([model, ofModel]) => {
      const scenarios = [...Map.groupBy(ofModel, ({ scenario }) => scenario)];
      const names = scenarios.flatMap(([scenario, each]) => {
        const missing = each.filter(({ isVacuous }) => isVacuous);
        if (missing.length === 0) return [];
        const classes = missing.map(({ className }) => className).join(", ");
        return [`${scenario}${missing.length === each.length ? "" : ` (${classes})`}`];
      });
      return names.length === 0 ? [] : [`${model} in ${names.join(" and ")}`];
    },
  );
  if (places.length === 0) return undefined;
  return `No rates where every threshold is infinite: ${places.join(", ")}`;
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

/** One dot: a value of one model in one scenario. */
export interface ScenarioDot {
  /** Scenario, 1 to 4. */
  readonly scenario: number;
  /** Model as in the configuration. */
  readonly model: string;
  /** Line that the dot lies on: a class, or a summary over all classes. */
  readonly line: string;
  /** Value in [0, 1]. */
  readonly value: number;
  /** Whether the line sums up all classes; such lines come last and are drawn larger. */
  readonly isSummary: boolean;
  /** Panel row, for charts with several measures above each other; none if left out. */
  readonly measure?: string;
}

/** How the dots are drawn. */
export interface ScenarioDotsOptions {
  /** Title above the chart. */
  readonly title: string;
  /** Sentence below the title, or several lines; none if left out. */
  readonly subtitle?: string | readonly string[];
  /** Title of the horizontal axis. */
  readonly axis: string;
  /** Ends of the horizontal axis; from just below the smallest value to 1 if left out. */
  readonly domain?: readonly [number, number];
  /** Order of the summary lines; order of appearance if left out. */
  readonly summaries?: readonly string[];
}

/** What each scenario knows, for the heads of the columns. */
const scenarioHeads: Readonly<Record<number, string>> = {
  1: "1: labels in both",
  2: "2: labels in training",
  3: "3: labels in evaluation",
  4: "4: no labels",
};

/**
 * Draws values of several models per class and scenario.
 *
 * Classes are sorted by name, summaries come below them, and the dots of one line are joined so
 * that the gap between the models can be seen.
 */
export function scenarioDotsChart(
  dots: readonly ScenarioDot[],
  options: ScenarioDotsOptions,
): ChartSpec {
  if (dots.length === 0) {
    throw new RangeError(`Cannot chart "${options.title}": at least one value is needed, got none`);
  }
  const models = [...new Set(dots.map((dot) => modelLabel(dot.model)))];
  const classes = [...new Set(dots.filter((dot) => !dot.isSummary).map((dot) => dot.line))].sort();
  const present = [...new Set(dots.filter((dot) => dot.isSummary).map((dot) => dot.line))];
  const summaries = options.summaries?.filter((line) => present.includes(line)) ?? present;
  const measures = [...new Set(dots.map((dot) => dot.measure ?? ""))];
  const domain = options.domain ?? defaultDomain(dots);
  const values = dots.map((dot) => ({
    ...dot,
    model: modelLabel(dot.model),
    head: scenarioHeads[dot.scenario] ?? `scenario ${dot.scenario}`,
    size: sizeOf(dot, models),
  }));
  const columns = [
    ...new Set(values.toSorted((a, b) => a.scenario - b.scenario).map((v) => v.head)),
  ];
  const y = {
    field: "line",
    type: "nominal",
    title: null,
    sort: [...classes, ...summaries],
    axis: { grid: true, ticks: false, domain: false, labelFontWeight: boldFor(summaries) },
  };
  const x = {
    field: "value",
    type: "quantitative",
    title: options.axis,
    scale: { domain, nice: false, zero: false },
    axis: { format: "~%", tickCount: 4, labelFlush: false },
  };
  return themedChart(
    `${options.title}, ${models.join(" and ")}: ` +
      [...classes, ...summaries].join(", "),
    {
      title: titleOf(options),
      data: { values },
      facet: {
        column: {
          field: "head",
          type: "nominal",
          title: null,
          sort: columns,
          header: { labelAlign: "left", labelAnchor: "start", labelLimit: 0 },
        },
        ...(measures.length > 1 &&
          { row: { field: "measure", type: "nominal", title: null, sort: measures } }),
      },
      spacing: { column: 36, row: 18 },
      spec: {
        width: columns.length > 2 ? 160 : 300,
        height: { step: 24 },
        layer: [
          {
            mark: { type: "line", color: COLORS.faint, strokeWidth: 1.5 },
            encoding: { y, x, detail: { field: "line" } },
          },
          {
            mark: { type: "point", filled: true, opacity: 0.95, stroke: "#ffffff", strokeWidth: 1 },
            encoding: { y, x, ...markEncoding(models) },
          },
        ],
      },
    },
  );
}

function markEncoding(models: readonly string[]): Record<string, unknown> {
  return {
    ...modelEncoding(models),
    size: { field: "size", type: "quantitative", scale: null, legend: null },
    tooltip: [
      { field: "head", type: "nominal", title: "scenario" },
      { field: "model", type: "nominal" },
      { field: "line", type: "nominal", title: "of" },
      { field: "value", type: "quantitative", format: ".1%" },
    ],
  };
}

/** Summaries are larger, and the first model is larger than the others, drawn over it. */
function sizeOf(dot: ScenarioDot, models: readonly string[]): number {
  const size = modelLabel(dot.model) === models[0] ? 150 : 90;
  return dot.isSummary ? 1.7 * size : size;
}

function boldFor(summaries: readonly string[]): unknown {
  if (summaries.length === 0) return 400;
  return {
    condition: {
      test: { field: "value", oneOf: summaries },
      value: 600,
    },
    value: 400,
  };
}

function titleOf(options: ScenarioDotsOptions): Record<string, unknown> {
  return { text: options.title, ...(options.subtitle && { subtitle: options.subtitle }) };
}

/** From a multiple of 0.05 below the smallest value up to 1. */
function defaultDomain(dots: readonly ScenarioDot[]): [number, number] {
  const least = dots.reduce((min, dot) => Math.min(min, dot.value), 1);
  return [Math.max(0, Math.floor((least - 0.01) * 20) / 20), 1];
}
