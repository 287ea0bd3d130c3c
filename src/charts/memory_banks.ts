/**
 * Charts of memory banks: rows kept and covering radius of every group, the same of every class
 * in several banks, and what banks come to as they grow.
 *
 * @module
 */
import { mean } from "simple-statistics";
import {
  type ChartSpec,
  COLORS,
  HUES,
  MODEL_COLORS,
  scaleInTurn,
  themedChart,
} from "@/charts/theme.ts";

/** One group of a memory bank. */
export interface BankGroup {
  /** Name of the group: a class or a cluster. */
  readonly name: string;
  /** Patch embeddings that training offered. */
  readonly available: number;
  /** Patch embeddings kept. */
  readonly kept: number;
  /** Largest distance from any embedding to the nearest kept one; `null` if not measured. */
  readonly radius: number | null;
}

/**
 * Draws the rows kept and the covering radius of every group.
 *
 * @param groups At least one group, in the order to show.
 * @param options Title; "Memory bank" if left out.
 * @returns A Vega-Lite object; the radius panel is left out when no radius is known.
 * @throws {RangeError} If there is no group.
 *
 * @example One group
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryBankChart } from "@/charts/mod.ts";
 *
 * const chart = memoryBankChart([{ name: "nut", available: 5000, kept: 500, radius: 2.5 }]);
 * assert.match(chart.description, /500 of 5,000/);
 * ```
 */
export function memoryBankChart(
  groups: readonly BankGroup[],
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Memory bank" } = options;
  if (groups.length === 0) {
    throw new RangeError("Cannot chart a memory bank: at least one group is needed, got none");
  }
  const names = groups.map((group) => group.name);
  const kept = groups.reduce((sum, group) => sum + group.kept, 0);
  const available = groups.reduce((sum, group) => sum + group.available, 0);
  const summary = `${kept.toLocaleString("en-US")} of ${available.toLocaleString("en-US")}`;
  const y = {
    field: "name",
    type: "nominal",
    title: null,
    sort: names,
    axis: { ticks: false, domain: false, labelLimit: 180 },
  };
  const hasRadius = groups.some((group) => group.radius !== null);
  return themedChart(`${title}: ${summary} embeddings kept in ${groups.length} groups`, {
    title: { text: title, subtitle: `${summary} patch embeddings kept` },
    data: {
      values: groups.map((group) => ({
        ...group,
        radius: group.radius === null ? null : Number(group.radius.toPrecision(5)),
        share: group.available === 0 ? 0 : group.kept / group.available,
      })),
    },
    spacing: 24,
    hconcat: [
      panel({
        y,
        field: "kept",
        axis: "embeddings kept",
        format: ",d",
        color: COLORS.normal,
        largest: Math.max(...groups.map((group) => group.kept)),
      }),
      ...(hasRadius
        ? [panel({
          y: { ...y, axis: null },
          field: "radius",
          axis: "covering radius",
          format: ".3~g",
          color: HUES.green,
          largest: Math.max(...groups.map((group) => group.radius ?? 0)),
        })]
        : []),
    ],
  });
}

interface Panel {
  readonly y: object;
  readonly field: string;
  readonly axis: string;
  readonly format: string;
  readonly color: string;
  readonly largest: number;
}

function panel({ y, field, axis, format, color, largest }: Panel): Record<string, unknown> {
  const x = {
    field,
    type: "quantitative",
    title: axis,
    scale: { domain: [0, largest * 1.2 || 1], nice: false },
    axis: { tickCount: 3, format: ",~r" },
  };
  return {
    width: 270,
    height: { step: 26 },
    encoding: { y, x },
    layer: [
      {
        mark: { type: "bar", color, opacity: 0.85, height: { band: 0.7 } },
        encoding: {
          tooltip: [
            { field: "name", title: "group" },
            { field: "kept", type: "quantitative", format: ",d" },
            { field: "available", type: "quantitative", format: ",d" },
            { field: "share", type: "quantitative", format: ".1%", title: "share kept" },
            { field: "radius", type: "quantitative", format: ".4~g", title: "covering radius" },
          ],
        },
      },
      {
        mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
        encoding: { text: { field, type: "quantitative", format } },
      },
    ],
  };
}

/** What one bank keeps of one class. */
export interface BankShare {
  /** Product category. */
  readonly className: string;
  /** What the bank is: one for all, or one per group. */
  readonly bank: string;
  /** Embeddings kept of the class's training images. */
  readonly kept: number;
  /** Covering radius of the class's embeddings. */
  readonly radius: number;
}

const panels = [
  { field: "kept", title: "embeddings kept", format: ",d" },
  { field: "radius", title: "covering radius", format: ".3~g" },
] as const;

/**
 * Draws the embeddings kept and the covering radius of every class, banks side by side.
 *
 * @param shares One record per class and bank, classes and banks in the order to show.
 * @param options Title and the sentence below it.
 * @returns A Vega-Lite object; every bar has its number.
 * @throws {RangeError} If there is no record.
 *
 * @example One class in two banks
 * ```ts
 * import assert from "node:assert/strict";
 * import { bankShareChart } from "@/charts/mod.ts";
 *
 * const chart = bankShareChart([
 *   { className: "nut", bank: "one bank", kept: 300, radius: 12 },
 *   { className: "nut", bank: "a bank per cluster", kept: 500, radius: 9 },
 * ]);
 * assert.match(chart.description, /one bank 300, a bank per cluster 500 of nut/);
 * ```
 */
export function bankShareChart(
  shares: readonly BankShare[],
  options: { readonly title?: string; readonly subtitle?: string } = {},
): ChartSpec {
  const { title = "What is kept of each class", subtitle } = options;
  if (shares.length === 0) {
    throw new RangeError("Cannot chart shares of a bank: at least one is needed, got none");
  }
  const classes = [...new Set(shares.map(({ className }) => className))];
  const banks = [...new Set(shares.map(({ bank }) => bank))];
  const described = classes.map((name) => {
    const own = shares.filter(({ className }) => className === name);
    return `${own.map(({ bank, kept }) => `${bank} ${kept}`).join(", ")} of ${name}`;
  });
  const encoding = {
    y: {
      field: "className",
      type: "nominal",
      title: null,
      sort: classes,
      axis: { ticks: false, domain: false, labelLimit: 180 },
    },
    yOffset: { field: "bank", type: "nominal", sort: banks },
    color: {
      field: "bank",
      type: "nominal",
      scale: scaleInTurn(banks, MODEL_COLORS),
      legend: { title: null, orient: "top", symbolType: "square" },
    },
    tooltip: [
      { field: "className", title: "class" },
      { field: "bank" },
      { field: "kept", type: "quantitative", format: ",d" },
      { field: "radius", type: "quantitative", format: ".4~g", title: "covering radius" },
    ],
  };
  return themedChart(`${title}: ${described.join("; ")}`, {
    title: { text: title, ...(subtitle && { subtitle }) },
    data: { values: shares.map((each) => ({ ...each, radius: round(each.radius) })) },
    spacing: 24,
    hconcat: panels.map(({ field, title, format }, i) => ({
      width: 270,
      height: { step: 15 },
      encoding: {
        ...encoding,
        ...(i > 0 && { y: { ...encoding.y, axis: null } }),
        x: {
          field,
          type: "quantitative",
          title,
          scale: { domain: [0, 1.2 * Math.max(...shares.map((each) => each[field])) || 1] },
          axis: { tickCount: 4, format: ",~r" },
        },
      },
      layer: [
        { mark: { type: "bar", opacity: 0.9 } },
        {
          mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
          encoding: {
            text: { field, type: "quantitative", format },
            color: { value: COLORS.ink },
          },
        },
      ],
    })),
  });
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}

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
 * Both axes are logarithmic, but for shares. Several records of one bank, sampler and size are
 * taken as seeds: each has its dot, and the line leads through their means.
 *
 * @param points One record per bank, sampler, size and seed; undefined values are left out.
 * @param options The measures, from left to right; title and the sentence below it.
 * @returns A Vega-Lite object; shares have one axis in common, which ends just below the lowest.
 * @throws {RangeError} If a measure has no value.
 *
 * @example Two sizes of one bank
 * ```ts
 * import assert from "node:assert/strict";
 * import { bankSizeChart } from "@/charts/mod.ts";
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
  const strokeDash = {
    ...order,
    scale: scaleInTurn(samplers, dashes),
    legend: {
      title: null,
      orient: "top",
      symbolType: "stroke",
      symbolSize: 200,
      symbolStrokeColor: COLORS.ink,
    },
  };
  const series = {
    color: {
      field: "bank",
      type: "nominal",
      scale: scaleInTurn(banks, MODEL_COLORS),
      legend: { title: null, orient: "top", symbolType: "square", symbolOpacity: 1 },
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
        {
          data: { values: meansOf(dots) },
          mark: { type: "line", strokeWidth: 2 },
          encoding: { strokeDash },
        },
        {
          data: { values: dots },
          mark: { type: "point", filled: true, size: 30, opacity: 0.75 },
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
