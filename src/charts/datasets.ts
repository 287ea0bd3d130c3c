/**
 * Chart of how many images every class of a dataset has.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import type { ImagesSummary } from "@/datasets/summary.ts";

/** The images of one class. */
export interface ClassImages extends Pick<ImagesSummary, "train" | "normal" | "anomalous"> {
  /** Product category. */
  readonly name: string;
}

/** What is counted, from left to right. */
const sorts = [
  { key: "train", title: "training", color: COLORS.faint },
  { key: "normal", title: "test, normal", color: COLORS.normal },
  { key: "anomalous", title: "test, anomalous", color: COLORS.anomalous },
] as const;

/**
 * Draws training, normal test and anomalous test images in a panel each, one bar per class.
 *
 * All panels have one scale, and every bar its number, so that classes of ten and of ten thousand
 * images can be read in the same chart.
 *
 * @param classes At least one class, in the order to show.
 * @param options Title; "Images per class" if left out.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no class.
 *
 * @example One class
 * ```ts
 * import assert from "node:assert/strict";
 * import { datasetCountsChart } from "@/charts/datasets.ts";
 *
 * const chart = datasetCountsChart([{ name: "nut", train: 40, normal: 16, anomalous: 20 }]);
 * assert.match(chart.description, /40 for training, 16 normal and 20 anomalous for testing/);
 * ```
 */
export function datasetCountsChart(
  classes: readonly ClassImages[],
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Images per class" } = options;
  if (classes.length === 0) {
    throw new RangeError("Cannot chart a dataset: at least one class is needed, got none");
  }
  const most = Math.max(...classes.flatMap((each) => sorts.map(({ key }) => each[key])));
  const total = (key: typeof sorts[number]["key"]): string =>
    classes.reduce((sum, each) => sum + each[key], 0).toLocaleString("en-US");
  const summary = `${total("train")} for training, ${total("normal")} normal and ` +
    `${total("anomalous")} anomalous for testing`;
  const names = classes.map(({ name }) => name);
  return themedChart(`${title}: ${summary}; ${names.join(", ")}`, {
    title: { text: title, subtitle: summary },
    data: {
      values: classes.map(({ name, train, normal, anomalous }) => ({
        name,
        train,
        normal,
        anomalous,
      })),
    },
    spacing: 18,
    hconcat: sorts.map(({ key, title: head, color }, i) => ({
      width: 190,
      height: { step: 24 },
      title: { text: head, fontSize: 12, offset: 6, frame: "group" },
      encoding: {
        y: {
          field: "name",
          type: "nominal",
          title: null,
          sort: names,
          axis: i === 0 ? { ticks: false, domain: false } : null,
        },
        x: {
          field: key,
          type: "quantitative",
          title: "images",
          // Room for a number at the end of the longest bar.
          scale: { domain: [0, 1.22 * most || 1], nice: false },
          axis: { tickCount: 3, format: ",~r", tickMinStep: 1 },
        },
        tooltip: [{ field: "name", title: "class" }, { field: key, title: head, format: ",d" }],
      },
      layer: [
        { mark: { type: "bar", color, opacity: 0.85, height: { band: 0.7 } } },
        {
          mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
          encoding: { text: { field: key, type: "quantitative", format: ",d" } },
        },
      ],
    })),
  });
}
