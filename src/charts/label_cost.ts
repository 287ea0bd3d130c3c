/**
 * Chart of what is lost when classes are withheld in evaluation, with the tolerance of R2: from
 * the mean over known classes to all images pooled.
 *
 * R2 is a requirement of HierCore (Neurocomputing 671, 132660, 2026); how it is measured is
 * ours.
 *
 * @module
 */
import { max, min } from "simple-statistics";
import {
  type ChartSpec,
  COLORS,
  modelEncoding,
  modelLabel,
  signedPoints,
  themedChart,
} from "@/charts/theme.ts";
import { meetsTolerance } from "@/evaluation/requirements.ts";
import { type MeanStd, meanStd } from "@/math/statistics.ts";

/** One metric of one model with classes known in evaluation, and without; one seed. */
export interface LabelCost {
  /** Model as in the configuration. */
  readonly model: string;
  /** Whether classes are known in training: scenarios 1 and 2; otherwise 3 and 4. */
  readonly trainingKnown: boolean;
  /** Name of the metric, such as "image AUROC". */
  readonly metric: string;
  /** Mean over classes, at class-specific thresholds if it needs any; `null` if undefined. */
  readonly known: number | null;
  /** All images together under the scenario's own rule; `null` if undefined. */
  readonly unknown: number | null;
}

/** Tolerance and title. */
export interface LabelCostOptions {
  /** R2: largest fall that is tolerated, in percentage points. */
  readonly points: number;
  /** Title; "What it costs not to know the class" if left out. */
  readonly title?: string;
}

/**
 * Draws, per metric and model, the way from known-class to unknown-class evaluation.
 *
 * Several records of one model, metric and kind of training are taken as seeds: their means are
 * drawn and their (population) standard deviations as whiskers. The grey band reaches as far below
 * the known value as R2 tolerates.
 *
 * @param costs One record per model, kind of training, metric and seed; undefined values are
 *   left out.
 * @param options Tolerance and title.
 * @returns A Vega-Lite object: a panel per metric, models in order of appearance.
 * @throws {RangeError} If no record has both values, a value is not finite, or the tolerance is
 *   below 0.
 *
 * @example A model that loses five points without classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { labelCostChart } from "@/charts/mod.ts";
 *
 * const chart = labelCostChart([{
 *   model: "PatchCore",
 *   trainingKnown: false,
 *   metric: "image AUROC",
 *   known: 0.97,
 *   unknown: 0.92,
 * }], { points: 1 });
 * assert.match(chart.description, /image AUROC of PatchCore −5.0 \(3 → 4\)/);
 * ```
 */
export function labelCostChart(
  costs: readonly LabelCost[],
  options: LabelCostOptions,
): ChartSpec {
  const { points, title = "What it costs not to know the class" } = options;
  if (!(points >= 0)) {
    throw new RangeError(
      `Cannot chart label costs: the tolerance must be 0 or more, got ${points}`,
    );
  }
  const records = summarizeLabelCosts(costs).map((each) => recordOf(each, points));
  if (records.length === 0) {
    throw new RangeError(
      "Cannot chart label costs: at least one pair of values is needed, got none",
    );
  }
  const metrics = [...new Set(records.map((each) => each.metric))];
  const models = [...new Set(records.map((each) => each.model))];
  const trainings = trainingHeads.filter((head) => records.some((each) => each.training === head));
  const seeds = max(records.map((each) => each.seeds));
  const described = records.map((each) =>
    `${each.metric} of ${each.model} ${each.label} (${each.scenarios})`
  );
  return themedChart(`${title}: ${described.join(", ")}`, {
    title: {
      text: title,
      subtitle: [
        "Circle: mean over known classes, at class-specific thresholds; diamond: all images pooled, " +
        "no class known",
        `Right: the change in points, bold where it exceeds the tolerated ${points} (grey)` +
        (seeds > 1 ? `; mean ± standard deviation over ${seeds} seeds` : ""),
      ],
    },
    spacing: 24,
    hconcat: metrics.map((metric) =>
      metricPanel(records.filter((each) => each.metric === metric), { metric, models, trainings })
    ),
  });
}

const trainingHeads: readonly string[] = [
  "classes known in training (scenarios 1 → 2)",
  "classes unknown in training (scenarios 3 → 4)",
];

/** One model, metric and kind of training, over seeds. */
interface CostRecord {
  readonly metric: string;
  readonly model: string;
  readonly training: string;
  readonly scenarios: string;
  readonly seeds: number;
  readonly known: number;
  readonly unknown: number;
  /** Down to where the fall is tolerated. */
  readonly tolerated: number;
  readonly isFallen: boolean;
  readonly label: string;
  readonly whiskers: readonly { readonly low: number; readonly high: number }[];
}

function recordOf(summary: LabelCostSummary, points: number): CostRecord {
  const { metric, model, trainingKnown, seeds, known, unknown, fall } = summary;
  const spread = fall.std === null ? "" : ` ± ${(100 * fall.std).toFixed(1)}`;
  return {
    metric,
    model: modelLabel(model),
    training: trainingHeads[trainingKnown ? 0 : 1]!,
    scenarios: trainingKnown ? "1 → 2" : "3 → 4",
    seeds,
    known: known.mean,
    unknown: unknown.mean,
    tolerated: known.mean - points / 100,
    isFallen: !meetsTolerance(fall.mean, points / 100),
    label: `${signedPoints(-fall.mean)}${spread}`,
    whiskers: [known, unknown].flatMap((each) =>
      each.std === null ? [] : [{ low: each.mean - each.std, high: each.mean + each.std }]
    ),
  };
}

function metricPanel(
  records: readonly CostRecord[],
  options: {
    readonly metric: string;
    readonly models: readonly string[];
    readonly trainings: readonly string[];
  },
): Record<string, unknown> {
  const { metric, models, trainings } = options;
  const values = records.map(({ whiskers: _, ...each }) => ({ ...each, kind: "cost" }));
  const whiskers = records.flatMap(({ whiskers, model, training }) =>
    whiskers.map((each) => ({ ...each, model, training, kind: "whisker" }))
  );
  const x = {
    type: "quantitative",
    title: metric,
    scale: { domain: domainOf(records), nice: false, zero: false },
    axis: { format: "~%", tickCount: 4, labelFlush: false },
  };
  const y = {
    field: "model",
    type: "nominal",
    title: null,
    sort: models,
    axis: { ticks: false, domain: false },
  };
  const color = { ...modelEncoding(models).color, legend: null };
  const cost = [{ filter: "datum.kind === 'cost'" }];
  const dot = (field: "known" | "unknown", shape: string) => ({
    transform: cost,
    mark: {
      type: "point",
      filled: true,
      opacity: 1,
      size: shape === "circle" ? 110 : 150,
      shape,
      stroke: "#ffffff",
    },
    encoding: { x: { ...x, field }, y, color, tooltip },
  });
  return {
    data: { values: [...values, ...whiskers] },
    facet: {
      row: {
        field: "training",
        type: "nominal",
        title: null,
        sort: trainings,
        header: { labelOrient: "top", labelAnchor: "start", labelAlign: "left", labelPadding: 4 },
      },
    },
    spacing: 14,
    spec: {
      width: 260,
      height: { step: 34 },
      layer: [
        {
          transform: cost,
          mark: { type: "bar", color: COLORS.grid, height: { band: 0.9 } },
          encoding: { x: { ...x, field: "tolerated" }, x2: { field: "known" }, y },
        },
        {
          transform: cost,
          mark: { type: "rule", strokeWidth: 3 },
          encoding: { x: { ...x, field: "known" }, x2: { field: "unknown" }, y, color },
        },
        ...(whiskers.length === 0 ? [] : [{
          transform: [{ filter: "datum.kind === 'whisker'" }],
          mark: { type: "errorbar", ticks: { size: 14 }, color: COLORS.ink },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
        }]),
        dot("known", "circle"),
        dot("unknown", "diamond"),
        {
          transform: cost,
          mark: {
            type: "text",
            align: "left",
            dx: 8,
            fontWeight: { expr: "datum.isFallen ? 600 : 400" },
          },
          encoding: {
            x: { value: "width" },
            y,
            text: { field: "label" },
            color: {
              condition: { test: "datum.isFallen", value: COLORS.emphasis },
              value: COLORS.ink,
            },
          },
        },
      ],
    },
  };
}

const tooltip = [
  { field: "model" },
  { field: "scenarios" },
  { field: "known", type: "quantitative", format: ".1%", title: "classes known" },
  { field: "unknown", type: "quantitative", format: ".1%", title: "classes unknown" },
  { field: "label", title: "change in points" },
];

/** Everything that is drawn, and a little room. */
function domainOf(records: readonly CostRecord[]): [number, number] {
  const all = records.flatMap(({ known, unknown, tolerated, whiskers }) => [
    known,
    unknown,
    tolerated,
    ...whiskers.flatMap(({ low, high }) => [low, high]),
  ]);
  const room = 0.06 * (max(all) - min(all)) || 0.01;
  return [min(all) - room, max(all) + room];
}

/** The cost of one metric, model and kind of training, over seeds. */
export interface LabelCostSummary extends Pick<LabelCost, "model" | "trainingKnown" | "metric"> {
  /** Number of seeds in which both values are defined. */
  readonly seeds: number;
  /** With classes known. */
  readonly known: MeanStd;
  /** Without. */
  readonly unknown: MeanStd;
  /** Known minus unknown, seed by seed. */
  readonly fall: MeanStd;
}

/**
 * Summarises costs over seeds.
 *
 * Records of the same model, metric and kind of training are seeds of one thing. A seed in which
 * one of the two values is undefined counts in neither.
 */
export function summarizeLabelCosts(costs: readonly LabelCost[]): LabelCostSummary[] {
  const groups = Map.groupBy(
    costs,
    ({ model, trainingKnown, metric }) => JSON.stringify([model, trainingKnown, metric]),
  );
  return [...groups.values()].flatMap((records) => {
    const { model, trainingKnown, metric } = records[0]!;
    const pairs = records.flatMap(({ known, unknown }) =>
      known === null || unknown === null ? [] : [{ known, unknown }]
    );
    if (pairs.length === 0) return [];
    const wrong = pairs.flatMap(({ known, unknown }) => [known, unknown])
      .find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new RangeError(
        `Cannot summarise label costs: every value must be finite, got ${wrong} in "${metric}" ` +
          `of "${model}"`,
      );
    }
    return [{
      model,
      trainingKnown,
      metric,
      seeds: pairs.length,
      known: meanStd(pairs.map(({ known }) => known)),
      unknown: meanStd(pairs.map(({ unknown }) => unknown)),
      fall: meanStd(pairs.map(({ known, unknown }) => known - unknown)),
    }];
  });
}
