/**
 * Chart of what memory banks come to as they grow.
 *
 * @module
 */
import { mean } from "simple-statistics";
import { type ChartSpec, COLORS, MODEL_COLORS, themedChart } from "@/charts/theme.ts";

/** A memory bank of one size. */
export interface BankPoint {
  /** What the bank is: one for all, or one per group. */
  readonly bank: string;
  /** How its rows were chosen. */
  readonly sampler: string;
  /** Rows kept. */
  readonly kept: number;
  /** What it came to, by name; `null` where undefined. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** What is drawn in one panel. */
export interface BankMeasure {
  /** Name among the values. */
  readonly name: string;
  /** Title of the axis; default: the name. */
  readonly title?: string;
  /** `log`: positive numbers on a logarithmic axis; `share`: from 0 to 1, as percent. */
  readonly scale: "log" | "share";
}

/**
 * Draws one panel per measure, over the number of rows kept: a colour per bank, a dash per sampler.
 *
 * Both axes are logarithmic, but for shares. Several records of one bank, sampler and size are taken
 * as seeds: each has its dot, and the line leads through their means.
 *
 * @param points One record per bank, sampler, size and seed; undefined values are left out.
 * @param options The measures, from left to right; title and the sentence below it.
 * @returns A Vega-Lite object; shares have one axis in common, which ends a little below the lowest.
 * @throws {RangeError} If a measure has no value.
 *
 * @example Two sizes of one bank
 * ```ts
 * import assert from "node:assert/strict";
 * import { bankSizeChart } from "@/charts/chart_bank_sizes.ts";
 *
 * const of = { bank: "one bank", sampler: "greedy" };
 * const points = [
 *   { ...of, kept: 10, values: { radius: 4 } },
 *   { ...of, kept: 100, values: { radius: 2 } },
 * ];
 * const chart = bankSizeChart(points, { measures: [{ name: "radius", scale: "log" }] });
 * assert.match(chart.description, /greedy, one bank/);
 * ```
 */
export function bankSizeChart(
  points: readonly BankPoint[],
  options: {
    readonly measures: readonly BankMeasure[];
    readonly title?: string;
    readonly subtitle?: string;
  },
): ChartSpec {
  const { measures, title = "Size of the memory bank", subtitle } = options;
  const banks = [...new Set(points.map(({ bank }) => bank))];
  const samplers = [...new Set(points.map(({ sampler }) => sampler))];
  const lines = [...new Set(points.map(({ bank, sampler }) => `${sampler}, ${bank}`))];
  const panels = measures.map((measure) => ({ measure, dots: dotsOf(points, measure) }));
  const shares = panels.flatMap(({ measure: { scale }, dots }) =>
    scale === "share" ? dots.map(({ value }) => value) : []
  );
  const lowest = Math.floor(20 * Math.min(...shares) - 0.2) / 20;
  const x = {
    field: "kept",
    type: "quantitative",
    title: "embeddings kept",
    scale: { type: "log", nice: false, padding: 12 },
    axis: {
      values: stepsAmong(points.map(({ kept }) => kept), [1, 2, 5]),
      format: "~s",
      grid: false,
    },
  };
  const order = { sort: samplers, type: "nominal", field: "sampler" };
  const series = {
    color: {
      field: "bank",
      type: "nominal",
      scale: { domain: banks, range: banks.map((_, i) => MODEL_COLORS[i % MODEL_COLORS.length]) },
      legend: { title: null, orient: "top", symbolType: "square", symbolOpacity: 1 },
    },
    strokeDash: {
      ...order,
      scale: { domain: samplers, range: samplers.map((_, i) => dashes[i % dashes.length]) },
      legend: {
        title: null,
        orient: "top",
        symbolType: "stroke",
        symbolSize: 200,
        symbolStrokeColor: COLORS.ink,
      },
    },
  };
  const tooltip = [
    { field: "bank" },
    { field: "sampler" },
    { field: "kept", type: "quantitative", format: ",d" },
  ];
  return themedChart(`${title}: ${lines.join("; ")}`, {
    title: { text: title, ...(subtitle && { subtitle }) },
    spacing: 26,
    hconcat: panels.map(({ measure: { name, scale, title = name }, dots }) => ({
      width: 270,
      height: 230,
      layer: [
        { data: { values: meansOf(dots) }, mark: { type: "line", strokeWidth: 2 } },
        {
          data: { values: dots },
          mark: { type: "point", filled: true, size: 30, opacity: 0.75 },
          encoding: { strokeDash: null },
        },
      ],
      encoding: {
        x,
        y: {
          field: "value",
          type: "quantitative",
          title,
          scale: scale === "log"
            ? { type: "log", nice: false, padding: 12 }
            : { domain: [Math.max(0, lowest), 1], nice: false, zero: false },
          axis: scale === "log"
            ? {
              values: stepsAmong(dots.map(({ value }) => value), [1, 1.5, 2, 3, 4, 5, 7]),
              format: "~g",
            }
            : { format: "~%", tickCount: 6 },
        },
        ...series,
        tooltip: [
          ...tooltip,
          { field: "value", type: "quantitative", title, format: scale === "log" ? ".3~g" : ".1%" },
        ],
      },
    })),
  });
}

const dashes = [[1, 0], [5, 4], [2, 2], [8, 3, 2, 3]];

interface Dot extends Omit<BankPoint, "values"> {
  readonly value: number;
}

function dotsOf(points: readonly BankPoint[], { name, scale }: BankMeasure): Dot[] {
  const dots = points.flatMap(({ values, ...point }) => {
    const value = values[name] ?? null;
    const isDrawn = value !== null && (scale === "share" || value > 0);
    return isDrawn ? [{ ...point, value: Number(value.toPrecision(5)) }] : [];
  });
  if (dots.length === 0) {
    throw new RangeError(`Cannot chart "${name}" of banks: at least one value is needed, got none`);
  }
  return dots;
}

/** One record per bank, sampler and size. */
function meansOf(dots: readonly Dot[]): Dot[] {
  const alike = Map.groupBy(dots, ({ bank, sampler, kept }) => `${kept} ${bank} ${sampler}`);
  return Array.from(alike.values(), (each) => ({
    ...each[0]!,
    value: Number(mean(each.map(({ value }) => value)).toPrecision(5)),
  }));
}

/** Powers of ten and their multiples by these digits, as far as they lie among the values. */
function stepsAmong(values: readonly number[], digits: readonly number[]): number[] {
  const least = Math.min(...values), most = Math.max(...values);
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); 10 ** power <= most; power++) {
    for (const digit of digits) ticks.push(Number(`${digit}e${power}`));
  }
  return ticks.filter((tick) => tick >= 0.85 * least && tick <= 1.15 * most);
}
