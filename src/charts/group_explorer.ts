/**
 * Chart to move the thresholds of all groups in: either through alpha, from which a rule makes
 * every one of them, or one by one.
 *
 * Decisions and counts are computed inside the chart, so that a notebook needs no kernel and no
 * server for them. Thresholds for every alpha are computed beforehand by the rule itself and travel
 * along; nothing is interpolated.
 *
 * @module
 */
import { checkScores, type ScoredImage } from "@/charts/scores.ts";
import {
  type ChartSpec,
  COLORS,
  type Dial,
  dial,
  dialPlaces,
  HUES,
  scoreAxis,
  themedChart,
} from "@/charts/theme.ts";
import {
  type Axis,
  axisFor,
  boldRow,
  handleColor,
  kindEncoding,
  ratePanel,
  scoreTick,
} from "@/charts/threshold_explorer.ts";
import { promiseOf, thresholdFrom } from "@/thresholds/rules.ts";

/** A test image with the group that scored it. */
export interface GroupedImage extends ScoredImage {
  /** Name of the group that scored it. */
  readonly group: string;
  /** Name of its file, for tooltips. */
  readonly name?: string;
  /** A small picture of it as a data URL, for tooltips. */
  readonly image?: string;
}

/** From what thresholds are made, and what is moved. */
export interface GroupExplorerOptions {
  /** Calibration scores, with their groups. */
  readonly calibration: readonly { readonly group: string; readonly score: number }[];
  /** The rule, at the alpha of the beginning. */
  readonly rule: { readonly name: "gumbel" | "conformal"; readonly alpha: number };
  /** What a reader moves: `alpha` for all groups, or the threshold of each `group`. */
  readonly moves: "alpha" | "group";
  /** Title; by default what the chart is for. */
  readonly title?: string;
}

/** The line that sums up. */
const everything = "all groups";

/** Groups up to which each has a number box. */
const MOST_BOXES = 12;

/** Largest alpha, in tenths of a per cent, which is the step of the dial. */
const MOST_ALPHA = 300;

/**
 * Draws the scores that every group gives, thresholds to move, false alarms and found defects.
 *
 * With `alpha` a click or a drag along the upper strip, or the number box below the chart, which
 * counts tenths of a per cent, moves the thresholds of all groups as the rule has them; a green mark
 * shows what the rule promises. With `group` a click or a drag in a group's row moves its threshold,
 * a click on a score takes its value, and every group has a number box, up to twelve groups. A group
 * without a finite threshold has no line, and the chart says what it needs. In a picture everything
 * stays where it begins: at the thresholds of the rule.
 *
 * @param images One record per test image.
 * @param options Calibration scores, the rule, and what is moved.
 * @returns A Vega-Lite object whose parameter `lines` holds the thresholds, in the order of names.
 * @throws {RangeError} If there is no image, a score is not finite, alpha is not from 0.1 to 30 %
 *   where it is moved, or a group is called "all groups".
 *
 * @example One group, and alpha to move
 * ```ts
 * import assert from "node:assert/strict";
 * import { groupExplorer } from "@/charts/mod.ts";
 *
 * const scores = Array.from({ length: 40 }, (_, i) => 1 + i / 40);
 * const chart = groupExplorer([
 *   { className: "nut", group: "cluster 0", isAnomalous: false, score: 1.2 },
 *   { className: "nut", group: "cluster 0", isAnomalous: true, score: 3.4 },
 * ], {
 *   calibration: scores.map((score) => ({ group: "cluster 0", score })),
 *   rule: { name: "gumbel", alpha: 0.05 },
 *   moves: "alpha",
 * });
 * assert.match(chart.description, /What alpha does: 2 images in 1 group/);
 * ```
 */
export function groupExplorer(
  images: readonly GroupedImage[],
  options: GroupExplorerOptions,
): ChartSpec {
  const { calibration, rule, moves } = options;
  const { title = moves === "alpha" ? "What alpha does" : "One threshold for each group" } =
    options;
  checkScores(images, "Cannot explore thresholds");
  const groups = [...new Set(images.map(({ group }) => group))].sort(inOrder);
  if (groups.includes(everything)) {
    throw new RangeError(
      `Cannot explore thresholds: no group may be called as the sum of all, got "${everything}"`,
    );
  }
  const scores = groups.map((group) =>
    calibration.filter((each) => each.group === group).map(({ score }) => score)
  );
  const made = scores.map((own) => thresholdFrom(own, rule).value);
  const lines = scores.map((own, i) => ({
    group: groups[i]!,
    dial: i,
    note: noteOn(own.length, rule),
    isFinite: Number.isFinite(made[i]),
  }));
  const axis = roomyAxis([...images.map(({ score }) => score), ...made.filter(Number.isFinite)]);
  const mover = moves === "alpha" ? alphaMover(scores, rule) : groupMover(made, { groups, axis });
  const rows = groups.length > 1 ? [...groups, everything] : groups;
  const height = 44 * rows.length;
  const y = {
    field: "row",
    type: "nominal",
    title: null,
    sort: rows,
    scale: { domain: rows, paddingInner: 0.3, paddingOuter: 0.15 },
  };
  const isNamed = images.some(({ name }) => name !== undefined);
  const isPictured = images.some(({ image }) => image !== undefined);
  const rates = { y, height, rowTitle: "group" };
  const main = {
    spacing: 18,
    hconcat: [
      scorePanel({ lines, y, height, axis, mover, isNamed, isPictured }),
      ratePanel({
        ...rates,
        kind: "normal",
        title: "false alarms",
        test: alarmTest,
        verdict: "alarms",
        over: mover.promises === null ? [] : [promiseMarks(mover.promises, { groups, y })],
      }),
      ratePanel({
        ...rates,
        kind: "anomalous",
        title: "found defects",
        test: alarmTest,
        verdict: "found",
      }),
    ],
    resolve: { legend: { color: "independent" } },
  };
  const count = groups.length === 1 ? "1 group" : `${groups.length} groups`;
  return themedChart(`${title}: ${images.length} images in ${count}`, {
    title: { text: title, subtitle: mover.subtitle },
    params: mover.params,
    data: {
      values: images.map(({ className, group, isAnomalous, score, name, image }) => ({
        class: className,
        group,
        dial: groups.indexOf(group),
        kind: isAnomalous ? "anomalous" : "normal",
        score,
        ...(isNamed && { name: name ?? "" }),
        ...(isPictured && { image: image ?? "" }),
      })),
    },
    transform: [
      { calculate: `[datum.group, ${JSON.stringify(everything)}]`, as: "row" },
      { flatten: ["row"] },
      ...(groups.length > 1 ? [] : [{ filter: "datum.row === datum.group" }]),
    ],
    ...(mover.strip === null ? main : { spacing: 12, vconcat: [mover.strip, main] }),
  });
}

/** Names with numbers in them by these: `cluster 2` before `cluster 10`. */
function inOrder(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** What a group without a line lacks. */
function noteOn(count: number, rule: GroupExplorerOptions["rule"]): string {
  const needed = rule.name === "conformal" ? promiseOf(rule, { count }).needed! : 3;
  return count < needed ? `no line: needs ${needed}, has ${count}` : "no line";
}

/** Scores with room above, where a threshold that nothing reaches has its place. */
function roomyAxis(scores: readonly number[]): Axis {
  const axis = axisFor(scores);
  return axis.scale["type"] === "log" ? { ...axis, max: 1.1 * axis.max } : axis;
}

/** Whether an image is called anomalous. */
const alarmTest = "isValid(lines[datum.dial]) && datum.score >= lines[datum.dial]";

/** What a reader moves, and how lines follow. */
interface Mover {
  readonly params: readonly object[];
  readonly subtitle: readonly string[];
  /** A chart above the scores in which it is moved; `null` if it is moved among the scores. */
  readonly strip: object | null;
  /** Dials among the scores. */
  readonly dials: readonly Dial[];
  /** Expression: what is written where a group has no line. */
  readonly note: string;
  /** Expression: what is promised to the group `datum.dial`; `null` if nothing is. */
  readonly promises: string | null;
}

function alphaMover(
  scores: readonly (readonly number[])[],
  rule: GroupExplorerOptions["rule"],
): Mover {
  const { alpha } = rule;
  if (!(alpha >= 0.001 && alpha <= MOST_ALPHA / 1000)) {
    throw new RangeError(
      `Cannot explore thresholds: alpha must be from 0.001 to ${MOST_ALPHA / 1000}, got ${alpha}`,
    );
  }
  const alphas = Array.from({ length: MOST_ALPHA }, (_, i) => (i + 1) / 1000);
  const rules = alphas.map((each) => ({ ...rule, alpha: each }));
  const control = dial("percent", {
    label: "alpha, per cent",
    start: Number((100 * alpha).toFixed(1)),
    min: 0.1,
    max: MOST_ALPHA / 10,
    isLogarithmic: false,
  });
  const at = `clamp(round(10 * percent), 1, ${MOST_ALPHA}) - 1`;
  const x = {
    type: "quantitative",
    title: "alpha: share of false alarms that is aimed at, in per cent",
    scale: { domain: [0.1, MOST_ALPHA / 10], nice: false, zero: false },
    axis: { values: [0.1, 5, 10, 15, 20, 25, 30], orient: "top", grid: false },
  };
  const handle = { data: { values: [{}] }, encoding: { x: { ...x, datum: { expr: "percent" } } } };
  const needs = `ceil(100 / percent - 1 - 1e-9)`;
  return {
    params: [
      ...control.params,
      // A threshold beyond all numbers becomes null in JSON, which no score reaches here.
      { name: "grid", value: scores.map((own) => rules.map((each) => finite(own, each))) },
      {
        name: "promised",
        value: scores.map((own) => {
          const bounds = rules.map((each) => promiseOf(each, { count: own.length }).bound);
          return bounds.map((bound) => bound === null ? null : Number(bound.toFixed(4)));
        }),
      },
      { name: "counts", value: scores.map(({ length }) => length) },
      { name: "at", expr: at },
      { name: "lines", expr: `[${scores.map((_, i) => `grid[${i}][at]`).join(", ")}]` },
    ],
    subtitle: [
      `One tick per test image, errors darker; heavy lines: thresholds by the rule ${rule.name}; ` +
      "green triangle: at most so many false alarms are promised",
      "Click or drag along the upper strip, or type in the box below; a picture shows where it begins",
    ],
    strip: {
      width: 400,
      height: 26,
      layer: [
        {
          ...control.rail,
          params: [control.pick],
          mark: { type: "rect", color: COLORS.grid, tooltip: null, cursor: "ew-resize" },
          encoding: { x: { ...x, field: "begin" }, x2: { field: "end" } },
        },
        { ...handle, mark: { type: "rule", strokeWidth: 3, color: HUES.green } },
        {
          ...handle,
          mark: {
            type: "text",
            align: { expr: "percent > 24 ? 'right' : 'left'" },
            dx: { expr: "percent > 24 ? -7 : 7" },
            fontWeight: 600,
            text: { expr: "'α = ' + format(percent, '.3~g') + ' %'" },
          },
        },
      ],
    },
    dials: [],
    note: rule.name === "conformal"
      ? `counts[datum.dial] < ${needs} ? 'no line: needs ' + ${needs} + ', has ' + counts[datum.dial] : ''`
      : "isValid(lines[datum.dial]) ? '' : counts[datum.dial] < 3 " +
        "? 'no line: needs 3, has ' + counts[datum.dial] : 'no line'",
    promises: "promised[datum.dial][at]",
  };
}

function finite(
  scores: readonly number[],
  rule: GroupExplorerOptions["rule"],
): number | null {
  const { value } = thresholdFrom(scores, rule);
  return Number.isFinite(value) ? value : null;
}

function groupMover(
  made: readonly number[],
  { groups, axis }: { readonly groups: readonly string[]; readonly axis: Axis },
): Mover {
  const isLogarithmic = axis.scale["type"] === "log";
  const starts = made.map((value) => Number.isFinite(value) ? value : axis.max);
  const places = dialPlaces(isLogarithmic ? Math.min(...starts) : axis.max - axis.min);
  const dials = starts.map((start, number) =>
    dial(`threshold_${number}`, {
      label: groups[number]!,
      start,
      min: axis.min,
      max: axis.max,
      isLogarithmic,
      among: { number, places, hasBox: groups.length <= MOST_BOXES },
    })
  );
  const boxes = groups.length <= MOST_BOXES ? ", or type in the boxes below" : "";
  return {
    params: [
      ...dials.flatMap(({ params }) => params),
      { name: "lines", expr: `[${starts.map((_, i) => `threshold_${i}`).join(", ")}]` },
    ],
    subtitle: [
      "One tick per test image, errors darker; at or right of its group's heavy line an image is " +
      "called anomalous",
      `Click or drag in a row to move its line, click a tick to take its score${boxes}`,
    ],
    strip: null,
    dials,
    note: `datum.isFinite || lines[datum.dial] < ${axis.max} ? '' : datum.note`,
    promises: null,
  };
}

/** A line of a group. */
interface GroupLine {
  readonly group: string;
  readonly dial: number;
  readonly note: string;
  readonly isFinite: boolean;
}

function scorePanel(panel: {
  readonly lines: readonly GroupLine[];
  readonly y: object;
  readonly height: number;
  readonly axis: Axis;
  readonly mover: Mover;
  readonly isNamed: boolean;
  readonly isPictured: boolean;
}): object {
  const { lines, height, axis, mover } = panel;
  const y = {
    ...panel.y,
    axis: { ticks: false, domain: false, labelFontWeight: boldRow(everything) },
  };
  const x = {
    type: "quantitative",
    title: "anomaly score",
    scale: { ...axis.scale, domain: [axis.min, axis.max], nice: false },
    axis: scoreAxis(axis.scale, 6),
  };
  const lineData = {
    data: { values: lines },
    transform: [
      { calculate: "lines[datum.dial]", as: "line" },
      { calculate: mover.note, as: "missing" },
    ],
  };
  const isDrawn = { filter: "isValid(datum.line) && datum.missing === ''" };
  const [first] = mover.dials;
  return {
    width: 400,
    height,
    layer: [
      ...(first === undefined ? [] : [{
        data: first.rail.data,
        transform: [
          ...first.rail.transform,
          { calculate: `sequence(${lines.length})`, as: "dial" },
          { flatten: ["dial"] },
          { lookup: "dial", from: { data: { values: lines }, key: "dial", fields: ["group"] } },
        ],
        // Vega puts the box of the last one first.
        params: mover.dials.map(({ pick }) => pick).reverse(),
        mark: { type: "rect", color: "transparent", tooltip: null, cursor: "ew-resize" },
        encoding: {
          x: { ...x, field: "begin" },
          x2: { field: "end" },
          y: { ...y, field: "group" },
        },
      }]),
      {
        transform: [
          { calculate: `(${alarmTest}) !== (datum.kind === 'anomalous')`, as: "isError" },
          ...(first === undefined ? [] : [first.takes("score")]),
        ],
        mark: scoreTick,
        encoding: {
          y,
          x: { ...x, field: "score" },
          ...kindEncoding,
          tooltip: [
            ...(panel.isNamed ? [{ field: "name", title: "file" }] : []),
            // Tooltips show a field of this name as a picture, and nothing where it is empty.
            ...(panel.isPictured ? [{ field: "image", title: "image" }] : []),
            { field: "class" },
            { field: "kind" },
            { field: "group" },
            { field: "score", type: "quantitative", format: ".4~g" },
          ],
        },
      },
      {
        ...lineData,
        transform: [...lineData.transform, isDrawn],
        mark: { type: "rule", strokeWidth: 3, color: handleColor, yOffset: -3, y2Offset: 3 },
        encoding: {
          x: { ...x, field: "line" },
          y: { ...y, field: "group", bandPosition: 0 },
          y2: { field: "group", bandPosition: 1 },
        },
      },
      {
        ...lineData,
        transform: [...lineData.transform, isDrawn],
        mark: { type: "text", dy: -8, fontSize: 10, fontWeight: 600, color: handleColor },
        encoding: {
          x: { ...x, field: "line" },
          y: { ...y, field: "group", bandPosition: 0 },
          text: { field: "line", type: "quantitative", format: ".4~g" },
        },
      },
      {
        ...lineData,
        transform: [...lineData.transform, { filter: "datum.missing !== ''" }],
        mark: { type: "text", align: "right", dx: -4, dy: -8, fontSize: 10, fontWeight: 600 },
        encoding: {
          x: { value: "width" },
          y: { ...y, field: "group", bandPosition: 0 },
          text: { field: "missing" },
          color: { value: COLORS.emphasis },
        },
      },
    ],
  };
}

/** Marks of what is promised, over the bars of false alarms. */
function promiseMarks(
  promises: string,
  { groups, y }: { readonly groups: readonly string[]; readonly y: object },
): object {
  return {
    data: { values: groups.map((row, number) => ({ row, dial: number })) },
    transform: [
      { calculate: promises, as: "promise" },
      { filter: "isValid(datum.promise) && datum.promise > 0" },
    ],
    // Below the bar, where it hides no count.
    mark: {
      type: "point",
      shape: "triangle-up",
      filled: true,
      opacity: 1,
      size: 60,
      color: HUES.green,
      yOffset: 16,
    },
    encoding: {
      x: { field: "promise" },
      y,
      tooltip: [
        { field: "row", title: "group" },
        { field: "promise", type: "quantitative", format: ".1%", title: "promised: at most" },
      ],
    },
  };
}
