/**
 * Chart of what memory banks keep of each class, and how far they leave it from what they keep.
 *
 * @module
 */
import { type ChartSpec, COLORS, MODEL_COLORS, themedChart } from "@/charts/theme.ts";

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
 * import { bankShareChart } from "@/charts/chart_bank_shares.ts";
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
      scale: { domain: banks, range: banks.map((_, i) => MODEL_COLORS[i % MODEL_COLORS.length]) },
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
