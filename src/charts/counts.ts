/**
 * Chart of counts as shares, with what they prove: beside every share the interval that Clopper and
 * Pearson's method leaves, and what was promised.
 *
 * @module
 */
import { max } from "simple-statistics";
import { type ChartSpec, COLORS, HUES, themedChart } from "@/charts/theme.ts";
import { shareInterval } from "@/thresholds/counts.ts";

/** One count. */
export interface CountRecord {
  /** The line, such as a class. */
  readonly row: string;
  /** The panel, such as a threshold rule. */
  readonly panel: string;
  /** How many. */
  readonly count: number;
  /** Of how many; none is drawn for 0. */
  readonly total: number;
  /** Why the count says nothing, such as an infinite threshold: drawn hollow. */
  readonly note?: string;
}

/** What is drawn besides, and how it is called. */
export interface CountChartOptions {
  /** Title. */
  readonly title: string;
  /** What the shares are of, below the axis. */
  readonly share: string;
  /** Largest share that is promised in a panel; none is drawn where it is left out. */
  readonly promises?: Readonly<Record<string, number>>;
  /** Confidence of the intervals; 0.95 if left out. */
  readonly confidence?: number;
}

/**
 * Draws shares with their intervals, one panel beside the other on one scale.
 *
 * @param counts One record per row and panel; both stand in the order of their appearance.
 * @param options Title, what the shares are of, promises, confidence.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no count of anything, or one is out of range.
 *
 * @example None of 16, where at most a twentieth was promised
 * ```ts
 * import assert from "node:assert/strict";
 * import { countChart } from "@/charts/mod.ts";
 *
 * const chart = countChart([{ row: "nut", panel: "conformal", count: 0, total: 16 }], {
 *   title: "False alarms",
 *   share: "share of normal images",
 *   promises: { conformal: 0.05 },
 * });
 * assert.equal(chart.description, "False alarms: conformal nut 0 of 16");
 * ```
 */
export function countChart(
  counts: readonly CountRecord[],
  options: CountChartOptions,
): ChartSpec {
  const { title, share, promises = {}, confidence = 0.95 } = options;
  const values = counts.filter(({ total }) => total > 0)
    .map(({ row, panel, count, total, note }) => {
      const { low, high } = shareInterval(count, { total, confidence });
      const ends = [low, high].map((end) => (100 * end).toFixed(1)).join(" to ");
      return {
        row,
        panel,
        share: count / total,
        low: Number(low.toFixed(4)),
        high: Number(high.toFixed(4)),
        count: `${count} of ${total}`,
        interval: `${ends} %`,
        note: note ?? "",
      };
    });
  if (values.length === 0) {
    throw new RangeError(`Cannot chart "${title}": at least one count is needed, got none`);
  }
  const rows = [...new Set(values.map(({ row }) => row))];
  const panels = [...new Set(values.map(({ panel }) => panel))];
  const isPromised = panels.some((panel) => promises[panel] !== undefined);
  const isNoted = values.some(({ note }) => note !== "");
  const most = Math.min(
    1,
    1.02 * max([
      ...values.map(({ high }) => high),
      ...panels.map((panel) => promises[panel] ?? 0),
    ]),
  );
  const described = values.map((each) => `${each.panel} ${each.row} ${each.count}`);
  return themedChart(`${title}: ${described.join(", ")}`, {
    title: {
      text: title,
      subtitle: [
        `Dot: share of the test images; line: shares that the count is compatible with, at ${
          Number((100 * confidence).toPrecision(4))
        } %`,
        ...(isPromised ? ["Green: at most so many are promised; none where nothing is"] : []),
        ...(isNoted ? ["Hollow: without a finite threshold nothing can be an alarm"] : []),
      ],
    },
    spacing: 12,
    hconcat: panels.map((panel, number) =>
      countPanel(values.filter((each) => each.panel === panel), {
        panel,
        rows,
        most,
        width: panels.length > 4 ? 112 : 150,
        promise: promises[panel] ?? null,
        share: number === 0 ? share : null,
      })
    ),
  });
}

function countPanel(
  values: readonly object[],
  { panel, rows, most, width, promise, share }: {
    readonly panel: string;
    readonly rows: readonly string[];
    readonly most: number;
    readonly width: number;
    readonly promise: number | null;
    /** Title below the axis of the first panel, which also names the rows. */
    readonly share: string | null;
  },
): object {
  const x = {
    type: "quantitative",
    title: share,
    scale: { domain: [0, most], nice: false },
    axis: {
      format: "~%",
      tickCount: 2,
      labelFlush: false,
      labelOverlap: "greedy",
      titleAnchor: "start",
      titleAlign: "left",
    },
  };
  const y = {
    field: "row",
    type: "nominal",
    title: null,
    sort: rows,
    scale: { domain: rows },
    axis: { labels: share !== null, ticks: false, domain: false, offset: 6 },
  };
  const tooltip = [
    { field: "row", title: "line" },
    { field: "panel", title: "panel" },
    { field: "count" },
    { field: "interval" },
    { field: "note" },
  ];
  return {
    title: { text: panel, fontSize: 12, anchor: "start", frame: "group", offset: 6 },
    width,
    height: 24 * rows.length,
    data: { values },
    layer: [
      ...(promise === null ? [] : [{
        data: { values: [{ promise }] },
        mark: { type: "rule", color: HUES.green, strokeWidth: 3 },
        encoding: {
          x: { ...x, field: "promise" },
          tooltip: [
            { field: "promise", type: "quantitative", format: ".1%", title: "promised: at most" },
          ],
        },
      }]),
      {
        mark: { type: "rule", strokeWidth: 2, color: COLORS.faint },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, tooltip },
      },
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: {
          x: { ...x, field: "share" },
          y,
          color: {
            condition: { test: "datum.note === ''", value: COLORS.normal },
            value: "#ffffff",
          },
          stroke: { value: COLORS.normal },
          tooltip,
        },
      },
    ],
  };
}
