/**
 * Chart of Δ: what every class gains or loses against a model of its own, with R1's tolerances.
 *
 * @module
 */
import { max, mean, min } from "simple-statistics";
import {
  type ChartSpec,
  COLORS,
  modelEncoding,
  modelLabel,
  signedPoints,
  themedChart,
} from "@/charts/theme.ts";
import { meetsTolerance } from "@/evaluation/requirements.ts";

/** Δ of one model in one class. */
export interface ClassDelta {
  /** Model as in the configuration. */
  readonly model: string;
  /** Product category. */
  readonly className: string;
  /** Metric minus that of the one-class model, as a share (0.01 is one percentage point). */
  readonly delta: number;
  /**
   * How sure it is, as a share: a standard deviation, drawn to both sides, or both ends of an
   * interval. No whisker if left out.
   */
  readonly spread?: number | readonly [number, number];
}

/** Tolerances and titles. */
export interface DeltaChartOptions {
  /** R1: largest mean |Δ| that is tolerated, in percentage points. */
  readonly meanPoints: number;
  /** R1: largest fall of a class that is tolerated, in percentage points. */
  readonly worstPoints: number;
  /** Name of the metric; "image AUROC" if left out. */
  readonly metric?: string;
  /** What whiskers are; "standard deviation over seeds" if left out. */
  readonly whiskers?: string;
}

/**
 * Draws Δ per class and model in percentage points, classes that lost most on top.
 *
 * Grey is the tolerance of the mean |Δ|, the dashed line that of the largest fall; what lies beyond
 * it is ringed, and its number written beside it.
 *
 * @param deltas One record per model and class.
 * @param options Tolerances, metric, and what whiskers are.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no Δ, one or its spread is not finite, or a tolerance is
 *   below 0.
 *
 * @example A class that fell too far
 * ```ts
 * import assert from "node:assert/strict";
 * import { deltaChart } from "@/charts/mod.ts";
 *
 * const chart = deltaChart([
 *   { model: "PatchCore", className: "nut", delta: -0.04 },
 *   { model: "PatchCore", className: "cup", delta: 0.002, spread: 0.001 },
 * ], { meanPoints: 1, worstPoints: 3 });
 * assert.match(chart.description, /PatchCore: nut −4.0, cup \+0.2/);
 * ```
 */
export function deltaChart(
  deltas: readonly ClassDelta[],
  options: DeltaChartOptions,
): ChartSpec {
  const { meanPoints, worstPoints, metric = "image AUROC", whiskers = defaultWhiskers } = options;
  if (deltas.length === 0) {
    throw new RangeError("Cannot chart Δ: at least one class is needed, got none");
  }
  if (!(meanPoints >= 0 && worstPoints >= 0)) {
    throw new RangeError(
      `Cannot chart Δ: tolerances must be 0 or more, got ${meanPoints} and ${worstPoints}`,
    );
  }
  const values = deltas.map((each) => recordOf(each, worstPoints));
  const models = [...new Set(values.map((each) => each.model))];
  const least = (name: string): number =>
    min(values.filter((each) => each.class === name).map((each) => each.delta));
  const classes = [...new Set(values.map((each) => each.class))]
    .sort((a, b) => least(a) - least(b) || (a < b ? -1 : 1));
  const hasWhiskers = values.some((each) => each.low !== null);
  const perModel = models.map((model) => values.filter((each) => each.model === model));
  const means = perModel.map((each) =>
    `${each[0]!.model} ${mean(each.map(({ delta }) => Math.abs(delta))).toFixed(2)}`
  );
  const description = perModel.map((each) =>
    `${each[0]!.model}: ${each.map(({ class: name, label }) => `${name} ${label}`).join(", ")}`
  );
  const { color, shape } = modelEncoding(models);
  const x = {
    type: "quantitative",
    title: `Δ ${metric}, percentage points`,
    scale: { domain: domainOf(values, [-worstPoints, -meanPoints, meanPoints]), nice: false },
    axis: { tickCount: 8, labelFlush: false },
  };
  const y = {
    field: "class",
    type: "nominal",
    title: null,
    sort: classes,
    axis: { grid: true, ticks: false, domain: false },
  };
  const yOffset = { field: "model", type: "nominal", sort: models };
  return themedChart(`Δ ${metric} against one-class models, ${description.join("; ")}`, {
    title: {
      text: `Δ ${metric} against one-class models`,
      subtitle: [
        `Grey: a mean |Δ| up to ${meanPoints} is tolerated; dashed: so is a fall of ` +
        `${worstPoints}; ringed: fell further`,
        `Mean |Δ|: ${means.join(", ")}${hasWhiskers ? `; whiskers: ${whiskers}` : ""}`,
      ],
    },
    width: 460,
    height: classes.length * Math.max(26, 15 * models.length),
    layer: [
      {
        data: { values: [{ low: -meanPoints, high: meanPoints }] },
        mark: { type: "rect", color: COLORS.grid },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" } },
      },
      verticalLine(0, x),
      verticalLine(-worstPoints, x),
      {
        data: { values: values.filter((each) => each.low !== null) },
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: {
          x: { ...x, field: "low" },
          x2: { field: "high" },
          y,
          yOffset,
          color,
        },
      },
      {
        data: { values },
        mark: { type: "point", filled: true, size: 80, opacity: 1 },
        encoding: { x: { ...x, field: "delta" }, y, yOffset, color, shape, tooltip },
      },
      ...fallenLayers(values.filter((each) => each.isFallen), { x, y, yOffset }),
    ],
  });
}

const defaultWhiskers = "standard deviation over seeds";

const tooltip = [
  { field: "class" },
  { field: "model" },
  { field: "delta", type: "quantitative", format: "+.2f", title: "Δ in points" },
];

/** One dot, in percentage points. */
interface DeltaRecord {
  readonly model: string;
  readonly class: string;
  readonly delta: number;
  /** Ends of the whisker, where there is one. */
  readonly low: number | null;
  readonly high: number | null;
  readonly isFallen: boolean;
  readonly label: string;
  /** Where the label ends. */
  readonly left: number;
}

function recordOf(each: ClassDelta, worstPoints: number): DeltaRecord {
  const { model, className, delta, spread } = each;
  const [low, high] = spread === undefined
    ? [delta, delta]
    : typeof spread === "number"
    ? [delta - spread, delta + spread]
    : spread;
  if (!Number.isFinite(delta) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new RangeError(
      `Cannot chart Δ: every Δ and its spread must be finite, got ${delta} from ${low} to ${high} ` +
        `for ${modelLabel(model)} in class "${className}"`,
    );
  }
  return {
    model: modelLabel(model),
    class: className,
    delta: points(delta),
    low: spread === undefined ? null : points(low),
    high: spread === undefined ? null : points(high),
    isFallen: !meetsTolerance(-delta, worstPoints / 100),
    label: signedPoints(delta),
    left: points(Math.min(low, delta)),
  };
}

/** Everything that is drawn, with room for the number beside the lowest dot. */
function domainOf(values: readonly DeltaRecord[], marks: readonly number[]): [number, number] {
  const all = [
    ...marks,
    ...values.flatMap(({ delta, low, high }) => [delta, low ?? delta, high ?? delta]),
  ];
  const least = min(all), span = max(all) - least || 1;
  return [least - 0.12 * span, least + 1.04 * span];
}

function points(share: number): number {
  return Number((100 * share).toFixed(4));
}

function verticalLine(value: number, x: object): Record<string, unknown> {
  const dash = value === 0 ? {} : { strokeDash: [5, 4] };
  return {
    data: { values: [{ value }] },
    mark: { type: "rule", color: value === 0 ? COLORS.faint : COLORS.emphasis, ...dash },
    encoding: { x: { ...x, field: "value" } },
  };
}

/** Rings and numbers of what fell further than tolerated. */
function fallenLayers(
  fallen: readonly DeltaRecord[],
  { x, ...rows }: { readonly x: object; readonly y: object; readonly yOffset: object },
): Record<string, unknown>[] {
  if (fallen.length === 0) return [];
  const data = { values: fallen };
  return [
    {
      data,
      mark: { type: "point", shape: "circle", size: 220, color: COLORS.emphasis, strokeWidth: 2 },
      encoding: { x: { ...x, field: "delta" }, ...rows },
    },
    {
      data,
      mark: { type: "text", align: "right", dx: -12, fontSize: 11, color: COLORS.emphasis },
      encoding: { x: { ...x, field: "left" }, ...rows, text: { field: "label" } },
    },
  ];
}
