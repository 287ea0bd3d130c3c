/**
 * Chart to move a threshold in: how false-positive and false-negative rates of every class
 * follow.
 *
 * The rates are computed inside the chart, so that a notebook needs no kernel and no server for
 * it. On the relative scale scores and thresholds are in units of the threshold of the group
 * that scored the image: 1 is that threshold, whatever level the group's scores are on.
 *
 * @module
 */
import { max, median, min } from "simple-statistics";
import { checkScores, KIND_SCALE, type ScoredImage } from "@/charts/scores.ts";
import {
  type ChartSpec,
  COLORS,
  type Dial,
  dial,
  HUES,
  scoreAxis,
  scoreScale,
  themedChart,
} from "@/charts/theme.ts";
import {
  thresholdEncoding,
  type ThresholdMark,
  type ThresholdRecord,
  thresholdRecords,
} from "@/charts/threshold_marks.ts";

/** The score of one image, with the threshold of the group that scored it. */
export interface GroupScoredImage extends ScoredImage {
  /** Calibrated threshold of its group, above 0; infinite if the group can raise no alarm. */
  readonly ownThreshold: number;
}

/** The score of one image; on the relative scale with the threshold of the group that scored it. */
export type ExploredImage = ScoredImage & Partial<GroupScoredImage>;

/** What is drawn, and on which scale. */
export interface ThresholdExplorerOptions {
  /** Calibrated thresholds to mark; none if left out. */
  readonly thresholds?: readonly ThresholdMark[];
  /**
   * `raw`: one threshold for all scores. `relative`: each score is divided by the threshold of its
   * group, and one factor multiplies all of these at once. `raw` if left out.
   */
  readonly scale?: "raw" | "relative";
  /** Title; "One threshold for all classes" or "All groups' thresholds at once" if left out. */
  readonly title?: string;
}

/** The line that sums up. */
const everything = "all classes";

/**
 * Draws the scores of every class, a threshold to move, and the rates of errors it leads to.
 *
 * Where Vega-Lite is drawn, as in JupyterLab, a click or a drag among the scores moves the
 * threshold, a click on a score or on a marked threshold takes its value, and so does the number box
 * below the chart, with arrow keys, too. In a picture the threshold stays where it begins: at the
 * global calibrated threshold if there is one, else at the median of the other thresholds or,
 * without any, of the scores; on the relative scale at 1.
 *
 * @param images One record per test image.
 * @param options Thresholds to mark and scale.
 * @returns A Vega-Lite object whose parameter `threshold` is what scores are compared with.
 * @throws {RangeError} If there is no image, a score is not finite, the relative scale lacks a
 *   group's threshold above 0, a threshold to mark is not a number or belongs to no class here,
 *   or a class is called "all classes".
 *
 * @example Two images and a global threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { thresholdExplorer } from "@/charts/mod.ts";
 *
 * const chart = thresholdExplorer([
 *   { className: "nut", isAnomalous: false, score: 1.2 },
 *   { className: "nut", isAnomalous: true, score: 3.4 },
 * ], { thresholds: [{ scope: "global", className: null, value: 2 }] });
 * assert.match(chart.description, /One threshold for all classes: 2 images/);
 * ```
 */
export function thresholdExplorer(
  images: readonly ExploredImage[],
  options: ThresholdExplorerOptions = {},
): ChartSpec {
  const { thresholds = [], scale = "raw" } = options;
  const isRelative = scale === "relative";
  const {
    title = isRelative ? "All groups' thresholds at once" : "One threshold for all classes",
  } = options;
  checkImages(images);
  const relative = isRelative ? relativeScores(images) : undefined;
  const values = (relative ?? images).map(({ className, isAnomalous, score }) => ({
    class: className,
    kind: isAnomalous ? "anomalous" : "normal",
    score,
  }));
  const scores = values.map((each) => each.score);
  const classes = [...new Set(values.map((each) => each.class))].sort();
  const rows = classes.length > 1 ? [...classes, everything] : classes;
  const marks = relative ? relativeThresholds(thresholds, relative) : thresholds;
  const rules = thresholdRecords(marks, rows);
  const start = isRelative ? 1 : startOf(thresholds, scores);
  const axis = axisFor([...scores, ...rules.map((rule) => rule.threshold), start]);
  const y = {
    field: "row",
    type: "nominal",
    title: null,
    sort: rows,
    scale: { domain: rows, paddingInner: 0.3, paddingOuter: 0.15 },
  };
  const height = 44 * rows.length;
  const control = dial("threshold", {
    label: isRelative ? "times each group's threshold" : "threshold",
    start,
    min: axis.min,
    max: axis.max,
    isLogarithmic: axis.scale["type"] === "log",
  });
  return themedChart(`${title}: ${images.length} images of ${classes.length} classes`, {
    title: {
      text: title,
      subtitle: [
        `One tick per test image, errors darker; at or right of the heavy line ` +
        `${isRelative ? "(all groups' thresholds) " : ""}an image is called anomalous`,
        "Click or drag here to move the line, or type in the box below; a picture shows where it begins",
      ],
    },
    params: control.params,
    data: { values },
    transform: [
      { calculate: `[datum.class, ${JSON.stringify(everything)}]`, as: "row" },
      { flatten: ["row"] },
      ...(classes.length > 1 ? [] : [{ filter: "datum.row === datum.class" }]),
    ],
    spacing: 18,
    hconcat: [
      scorePanel({ rules, y, height, axis, control, isRelative }),
      ratePanel({ y, height, kind: "normal", title: "false-positive rate", test: errorTest }),
      ratePanel({ y, height, kind: "anomalous", title: "false-negative rate", test: errorTest }),
    ],
    resolve: { legend: { color: "independent", strokeDash: "independent" } },
  });
}

interface ScorePanel {
  readonly rules: readonly ThresholdRecord[];
  readonly y: object;
  readonly height: number;
  readonly axis: Axis;
  readonly control: Dial;
  readonly isRelative: boolean;
}

function scorePanel(panel: ScorePanel): Record<string, unknown> {
  const { rules, height, axis, control, isRelative } = panel;
  const y = {
    ...panel.y,
    axis: { ticks: false, domain: false, labelFontWeight: boldRow(everything) },
  };
  const x = {
    type: "quantitative",
    title: isRelative ? "anomaly score ÷ threshold of its group" : "anomaly score",
    scale: { ...axis.scale, domain: [axis.min, axis.max], nice: false },
    axis: scoreAxis(axis.scale, 6),
  };
  const handle = {
    data: { values: [{}] },
    encoding: { x: { ...x, datum: { expr: "threshold" } } },
  };
  return {
    width: 400,
    height,
    layer: [
      {
        ...control.rail,
        params: [control.pick],
        mark: { type: "rect", color: "transparent", tooltip: null, cursor: "ew-resize" },
        encoding: { x: { ...x, field: "begin" }, x2: { field: "end" } },
      },
      {
        transform: [{ calculate: errorTest, as: "isError" }, control.takes("score")],
        mark: scoreTick,
        encoding: {
          y,
          x: { ...x, field: "score" },
          ...kindEncoding,
          tooltip: [
            { field: "class" },
            { field: "kind", title: "image" },
            { field: "score", type: "quantitative", format: ".4~g" },
          ],
        },
      },
      ...(rules.length === 0 ? [] : [{
        data: { values: rules },
        transform: [control.takes("threshold")],
        mark: { type: "rule", yOffset: -3, y2Offset: 3 },
        encoding: {
          x: { ...x, field: "threshold" },
          y: { ...y, field: "class", bandPosition: 0 },
          y2: { field: "class", bandPosition: 1 },
          ...thresholdEncoding(rules, { orient: "bottom" }),
        },
      }]),
      { ...handle, mark: { type: "rule", strokeWidth: 3, color: handleColor } },
      {
        ...handle,
        mark: {
          type: "text",
          y: -10,
          color: handleColor,
          fontWeight: 600,
          text: { expr: `${isRelative ? "'× '" : "'threshold '"} + format(threshold, '.4~g')` },
        },
      },
    ],
    resolve: { scale: { color: "independent", strokeDash: "independent" } },
  };
}

/** The line that a reader moves. */
export const handleColor: string = HUES.brown;

/** The tick of an image. */
export const scoreTick = { type: "tick", thickness: 1.5, bandSize: 12 } as const;

/** Tells normal ticks from anomalous ones, and those on the wrong side of the line (`isError`). */
export const kindEncoding = {
  yOffset: { field: "kind", type: "nominal", sort: KIND_SCALE.domain },
  opacity: { condition: { test: "datum.isError", value: 1 }, value: 0.4 },
  color: {
    field: "kind",
    type: "nominal",
    scale: KIND_SCALE,
    legend: { title: "image", symbolType: "square", orient: "bottom", symbolOpacity: 1 },
  },
} as const;

const errorTest = "(datum.score >= threshold) !== (datum.kind === 'anomalous')";

/** Weight of the labels of rows: one of them stands out. */
export const boldRow = (name: string): object => ({
  condition: { test: `datum.value === ${JSON.stringify(name)}`, value: 600 },
  value: 400,
});

/** Bars of a share of the images of one kind. */
export interface RatePanel {
  /** The rows. */
  readonly y: object;
  /** Pixels. */
  readonly height: number;
  /** Which images are counted. */
  readonly kind: "normal" | "anomalous";
  /** What the share is. */
  readonly title: string;
  /** Expression: whether an image belongs to the share. */
  readonly test: string;
  /** What tooltips call the number of images in the share; default "wrong". */
  readonly verdict?: string;
  /** What tooltips call a row; default "class". */
  readonly rowTitle?: string;
  /** More layers, with data of their own; none if left out. */
  readonly over?: readonly object[];
}

/** Draws bars of the share of images of one kind that meet a test, with counts, row by row. */
export function ratePanel(panel: RatePanel): Record<string, unknown> {
  const { y, height, kind, title, test, verdict = "wrong", rowTitle = "class", over = [] } = panel;
  const x = {
    field: "rate",
    type: "quantitative",
    title,
    scale: { domain: [0, 1], nice: false },
    axis: { format: "~%", tickCount: 3, labelFlush: false },
  };
  return {
    width: 130,
    height,
    transform: [
      { filter: `datum.kind === '${kind}'` },
      { calculate: `${test} ? 1 : 0`, as: "isCounted" },
      {
        aggregate: [
          { op: "sum", field: "isCounted", as: "errors" },
          { op: "count", as: "images" },
        ],
        groupby: ["row", "kind"],
      },
      { calculate: "datum.errors / datum.images", as: "rate" },
      { calculate: "datum.errors + ' of ' + datum.images", as: "label" },
    ],
    encoding: { y: { ...y, axis: null }, x },
    layer: [
      {
        mark: { type: "bar", color: COLORS[kind], height: { band: 0.5 } },
        encoding: {
          tooltip: [
            { field: "row", title: rowTitle },
            { field: "label", title: `${kind} images, ${verdict}` },
            { field: "rate", type: "quantitative", format: ".1%", title },
          ],
        },
      },
      {
        transform: [{ filter: "datum.rate <= 0.65" }],
        mark: { type: "text", align: "left", dx: 5 },
        encoding: { text: { field: "label" } },
      },
      {
        transform: [{ filter: "datum.rate > 0.65" }],
        mark: { type: "text", align: "right", dx: -5, color: "#ffffff", fontWeight: 600 },
        encoding: { text: { field: "label" } },
      },
      ...over,
    ],
  };
}

function checkImages(images: readonly ScoredImage[]): void {
  checkScores(images, "Cannot explore thresholds");
  if (images.some((image) => image.className === everything)) {
    throw new RangeError(
      `Cannot explore thresholds: no class may be called as the sum of all, got "${everything}"`,
    );
  }
}

/** The global threshold, else the median of what there is. */
function startOf(thresholds: readonly ThresholdMark[], scores: readonly number[]): number {
  const finite = thresholds.filter((mark) => Number.isFinite(mark.value));
  const global = finite.find((mark) => mark.scope === "global");
  if (global !== undefined) return global.value;
  return median(finite.length > 0 ? finite.map((mark) => mark.value) : [...scores]);
}

/** An axis of scores. */
export interface Axis {
  /** Its lower end. */
  readonly min: number;
  /** Its upper end. */
  readonly max: number;
  /** Its scale. */
  readonly scale: Readonly<Record<string, unknown>>;
}

/** Spans the axis over scores, with a little room. */
export function axisFor(scores: readonly number[]): Axis {
  const scale = scoreScale(scores);
  const least = min(scores), most = max(scores);
  const room = scale["type"] === "log" ? 0 : 0.02 * (most - least) || 1;
  return { min: least - room, max: most + room, scale };
}

/** Divides every score by the threshold of the group that scored it. */
export function relativeScores(
  images: readonly ExploredImage[],
): GroupScoredImage[] {
  return images.map((image) => {
    const { className, score, ownThreshold } = image;
    if (ownThreshold === undefined || !(ownThreshold > 0)) {
      throw new RangeError(
        `Cannot compute relative scores: every image needs its group's threshold, above 0, ` +
          `got ${ownThreshold} in class "${className}"`,
      );
    }
    return { ...image, ownThreshold, score: score / ownThreshold };
  });
}

/**
 * Divides thresholds by those of the groups that score each class.
 *
 * A class whose images were scored by several groups has several relative thresholds. The groups'
 * own thresholds are all 1 and come as one mark.
 */
export function relativeThresholds(
  thresholds: readonly ThresholdMark[],
  images: readonly Pick<GroupScoredImage, "className" | "ownThreshold">[],
): ThresholdMark[] {
  const units = new Map<string, Set<number>>();
  for (const { className, ownThreshold } of images) {
    units.set(className, (units.get(className) ?? new Set()).add(ownThreshold));
  }
  const relative = (mark: ThresholdMark, className: string): ThresholdMark[] => {
    const own = units.get(className);
    if (own === undefined) {
      throw new RangeError(
        `Cannot compute relative thresholds: each must belong to a class with images, ` +
          `got "${className}"`,
      );
    }
    return [...own].filter(Number.isFinite)
      .map((unit) => ({ scope: mark.scope, className, value: mark.value / unit }));
  };
  const others = thresholds.filter((mark) => mark.scope !== "group").flatMap((mark) =>
    (mark.className === null ? [...units.keys()] : [mark.className])
      .flatMap((className) => relative(mark, className))
  );
  return [{ scope: "group", className: null, value: 1 }, ...others];
}
