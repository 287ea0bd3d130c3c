/**
 * Charts of a dataset: how many images every class has, and how large defects are as shares of
 * the image.
 *
 * @module
 */
import { median } from "simple-statistics";
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import type { ImagesSummary } from "@/datasets/summary.ts";
import { plural } from "@/messages.ts";

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
 * import { datasetCountsChart } from "@/charts/mod.ts";
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

/** The defect of one image. */
export interface DefectArea {
  /** Product category. */
  readonly className: string;
  /** Kind of defect. */
  readonly defect: string;
  /** Anomalous pixels as a share of the image, from 0 to 1. */
  readonly area: number;
}

/** How defects are grouped, and what they are compared with. */
export interface DefectAreasOptions {
  /**
   * What a line stands for: a kind of defect of a class, or a class; default: kinds, as long as
   * there are at most 20.
   */
  readonly rows?: "kind" | "class";
  /** A share of the image that is marked, such as that of a patch; none if left out. */
  readonly reference?: { readonly share: number; readonly label: string };
}

/** More lines than this are not told apart any more. */
const MOST_KINDS = 20;

/** Heights of dots within their line, by turns. */
const SPREAD = [0, 0.55, -0.55, 0.28, -0.28];

/**
 * Draws the area of every defect as a dot on a logarithmic axis, with the median of each line.
 *
 * Dots of a line are spread out by turns, for legibility alone. Empty masks cannot be drawn; the
 * subtitle counts them.
 *
 * @param defects One record per mask; at least one that marks a pixel.
 * @param options Grouping and reference; see `DefectAreasOptions`.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If an area or the reference is out of range, or there is nothing to draw.
 *
 * @example One scratch
 * ```ts
 * import assert from "node:assert/strict";
 * import { defectAreaChart } from "@/charts/mod.ts";
 *
 * const chart = defectAreaChart([{ className: "nut", defect: "scratch", area: 0.002 }]);
 * assert.match(chart.description, /1 mask, nut: scratch 0\.2 %/);
 * ```
 */
export function defectAreaChart(
  defects: readonly DefectArea[],
  options: DefectAreasOptions = {},
): ChartSpec {
  checkAreas(defects, options);
  const { reference } = options;
  const drawn = defects.filter(({ area }) => area > 0);
  const nameKind = ({ className, defect }: DefectArea): string => `${className}: ${defect}`;
  const kinds = new Set(drawn.map(nameKind)).size;
  const { rows = kinds > MOST_KINDS ? "class" : "kind" } = options;
  const groups = new Map<string, DefectArea[]>();
  for (const each of drawn) {
    const line = rows === "kind" ? nameKind(each) : each.className;
    groups.set(line, [...groups.get(line) ?? [], each]);
  }
  const lines = [...groups.keys()];
  const values = [...groups].flatMap(([line, own]) =>
    own.map(({ defect, area }, i) => ({
      line,
      defect,
      percent: toPercent(area),
      spread: own.length === 1 ? 0 : SPREAD[i % SPREAD.length],
    }))
  );
  const medians = [...groups].map(([line, own]) => ({
    line,
    median: toPercent(median(own.map(({ area }) => area))),
    masks: own.length,
  }));
  const all = [...values.map(({ percent }) => percent), ...toList(reference)];
  const ticks = axisValues(all);
  const x = {
    type: "quantitative",
    title: "anomalous pixels, % of the image",
    // Room for half a dot at both ends.
    scale: {
      type: "log",
      domain: [Math.max(ticks[0]! / 1.15, Math.min(...all) / 2), ticks.at(-1)! * 1.15],
      nice: false,
    },
    axis: { values: ticks, format: "~r", labelOverlap: true, labelFlush: false },
  };
  const y = {
    field: "line",
    type: "nominal",
    title: null,
    sort: lines,
    axis: { ticks: false, domain: false, grid: true, labelLimit: 220 },
  };
  const title = "How large defects are";
  const counted = plural(defects.length, "mask");
  const empty = defects.length - drawn.length;
  return themedChart(
    `${title}: ${counted}, ` + medians.map((each) => `${each.line} ${each.median} %`).join(", "),
    {
      title: { text: title, subtitle: subtitleOf({ counted, empty, rows, reference }) },
      width: 470,
      height: { step: 25 },
      layer: [
        {
          data: { values },
          mark: { type: "point", filled: true, size: 26, opacity: 0.5, color: COLORS.anomalous },
          encoding: {
            y,
            x: { ...x, field: "percent" },
            yOffset: { field: "spread", type: "quantitative", scale: { domain: [-1, 1] } },
            tooltip: [
              { field: "line", title: rows === "kind" ? "defect" : "class" },
              { field: "defect", title: "kind" },
              { field: "percent", type: "quantitative", title: "% of the image" },
            ],
          },
        },
        {
          data: { values: medians },
          mark: { type: "tick", thickness: 2.5, color: COLORS.ink, bandSize: 19 },
          encoding: {
            y,
            x: { ...x, field: "median" },
            tooltip: [
              { field: "line" },
              { field: "median", type: "quantitative", title: "median, % of the image" },
              { field: "masks", type: "quantitative" },
            ],
          },
        },
        ...toList(reference).map((percent) => ({
          data: { values: [{ percent }] },
          mark: { type: "rule", color: COLORS.normal, strokeDash: [5, 4], strokeWidth: 1.5 },
          encoding: { x: { ...x, field: "percent" } },
        })),
      ],
    },
  );
}

function checkAreas(defects: readonly DefectArea[], { reference }: DefectAreasOptions): void {
  const wrong = defects.find(({ area }) => !(area >= 0 && area <= 1));
  if (wrong !== undefined || !defects.some(({ area }) => area > 0)) {
    const got = wrong !== undefined
      ? `${wrong.area} in class "${wrong.className}"`
      : plural(defects.length, "empty mask");
    throw new RangeError(
      "Cannot chart defects: areas must be shares from 0 to 1, at least one above 0, " +
        `got ${defects.length === 0 ? "none" : got}`,
    );
  }
  if (reference !== undefined && !(reference.share > 0 && reference.share <= 1)) {
    throw new RangeError(
      `Cannot chart defects: "${reference.label}" must be a share above 0 and at most 1, ` +
        `got ${reference.share}`,
    );
  }
}

function subtitleOf(
  { counted, empty, rows, reference }: {
    readonly counted: string;
    readonly empty: number;
    readonly rows: "kind" | "class";
    readonly reference: DefectAreasOptions["reference"];
  },
): string[] {
  const marked = empty === 0 ? "" : `, ${empty} of them empty and not drawn`;
  const first = `${counted}${marked}; bar: median of each ${rows}`;
  if (reference === undefined) return [first];
  return [
    first,
    `dashed: ${reference.label}, ${Number((100 * reference.share).toPrecision(2))} % of the image`,
  ];
}

function toList(reference: DefectAreasOptions["reference"]): number[] {
  return reference === undefined ? [] : [toPercent(reference.share)];
}

/** Powers of ten that enclose the values; 3 and 2, 5 in between where they would be few. */
function axisValues(percents: readonly number[]): number[] {
  const least = Math.min(...percents), most = Math.max(...percents);
  const span = Math.log10(most / least);
  const steps = span > 3 ? [1] : span > 1 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(least)) - 1, last = Math.ceil(Math.log10(most)) + 1;
  const values = Array.from({ length: last - first + 1 }, (_, i) => i + first)
    .flatMap((power) => steps.map((step) => Number((step * 10 ** power).toPrecision(1))));
  const begin = values.findLastIndex((value) => value <= least);
  const end = values.findIndex((value) => value >= most);
  return begin === end ? values.slice(begin - 1, end + 2) : values.slice(begin, end + 1);
}

function toPercent(share: number): number {
  return Number((100 * share).toPrecision(3));
}
