/**
 * Charts of anomaly scores per class with the thresholds that they meet, and of both error rates
 * over the threshold.
 *
 * In the first every image is one tick: what lies right of a threshold is called anomalous, so
 * false alarms and misses can be counted by eye. The second shows why one threshold does not
 * serve all classes. Its rates are steps: they change at scores only, and a score at or above
 * the threshold is anomalous.
 *
 * @module
 */
import { max, min } from "simple-statistics";
import { type ChartSpec, COLORS, scoreAxis, scoreScale, themedChart } from "@/charts/theme.ts";
import {
  thresholdEncoding,
  type ThresholdMark,
  type ThresholdRecord,
  thresholdRecords,
} from "@/charts/threshold_marks.ts";
import { UndefinedMetricError } from "@/evaluation/metric_values.ts";

/** The score of one image. */
export interface ScoredImage {
  /** Product category. */
  readonly className: string;
  /** Whether the product shows a defect. */
  readonly isAnomalous: boolean;
  /** Anomaly score. */
  readonly score: number;
}

/** What is drawn besides the scores. */
export interface ScoreDistributionOptions {
  /** Title; "Anomaly scores per class" if left out. */
  readonly title?: string;
  /** Thresholds; none if left out. */
  readonly thresholds?: readonly ThresholdMark[];
}

/** The kinds of images with their colours, in the order of lanes and legends. */
export const KIND_SCALE = {
  domain: ["normal", "anomalous"],
  range: [COLORS.normal, COLORS.anomalous],
} as const;

/**
 * Draws the scores of normal and anomalous images on two lanes per class.
 *
 * The axis is logarithmic when all scores are positive and span more than a factor of 30.
 *
 * @param images One record per test image.
 * @param options Title and thresholds.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no image, a score is not a finite number, or a threshold is not
 *   a number or belongs to no class here.
 *
 * @example One class with a class-specific threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreDistributionChart } from "@/charts/mod.ts";
 *
 * const chart = scoreDistributionChart([
 *   { className: "nut", isAnomalous: false, score: 1.2 },
 *   { className: "nut", isAnomalous: true, score: 3.4 },
 * ], { thresholds: [{ scope: "class", className: "nut", value: 2 }] });
 * assert.match(chart.description, /2 images/);
 * ```
 */
export function scoreDistributionChart(
  images: readonly ScoredImage[],
  options: ScoreDistributionOptions = {},
): ChartSpec {
  const { title = "Anomaly scores per class", thresholds = [] } = options;
  checkScores(images, "Cannot chart anomaly scores");
  const values = images.map(({ className, isAnomalous, score }) => ({
    class: className,
    kind: isAnomalous ? "anomalous" : "normal",
    score: Number(score.toPrecision(5)),
  }));
  const classes = [...new Set(values.map((each) => each.class))].sort();
  const rules = thresholdRecords(thresholds, classes);
  const all = [...values.map((each) => each.score), ...rules.map((rule) => rule.threshold)];
  const scale = scoreScale(all);
  const x = {
    type: "quantitative",
    title: "anomaly score",
    scale,
    axis: scoreAxis(scale, 8),
  };
  const y = {
    field: "class",
    type: "nominal",
    title: null,
    sort: classes,
    scale: { paddingInner: 0.3, paddingOuter: 0.15 },
    axis: { ticks: false, domain: false },
  };
  return themedChart(`${title}: ${images.length} images of ${classes.length} classes`, {
    title: {
      text: title,
      subtitle: rules.length === 0
        ? "One tick per test image"
        : "One tick per test image; at or right of its threshold an image is called anomalous",
    },
    width: 620,
    height: 60 * classes.length,
    layer: [
      {
        data: { values },
        mark: { type: "tick", thickness: 1.5, opacity: 0.65, bandSize: 16 },
        encoding: {
          y,
          x: { ...x, field: "score" },
          yOffset: { field: "kind", type: "nominal", sort: KIND_SCALE.domain },
          color: {
            field: "kind",
            type: "nominal",
            scale: KIND_SCALE,
            legend: { title: "image", symbolType: "square" },
          },
          tooltip: [
            { field: "class" },
            { field: "kind", title: "image" },
            { field: "score", type: "quantitative", format: ".4~g" },
          ],
        },
      },
      ...(rules.length === 0 ? [] : [distributionRules(rules, { x, y })]),
    ],
    resolve: { scale: { color: "independent", strokeDash: "independent" } },
  });
}

/** Throws the error of a task that needs images, each with a finite score. */
export function checkScores(images: readonly ScoredImage[], task: string): void {
  const wrong = images.find((image) => !Number.isFinite(image.score));
  if (images.length > 0 && wrong === undefined) return;
  throw new RangeError(
    `${task}: at least one image with a finite score is needed, got ` +
      (wrong === undefined ? "none" : `${wrong.score} in class "${wrong.className}"`),
  );
}

function distributionRules(
  rules: readonly ThresholdRecord[],
  axes: { readonly x: object; readonly y: object },
): Record<string, unknown> {
  return {
    data: { values: rules },
    mark: { type: "rule", yOffset: -4, y2Offset: 4 },
    encoding: {
      x: { ...axes.x, field: "threshold" },
      y: { ...axes.y, bandPosition: 0 },
      y2: { field: "class", bandPosition: 1 },
      ...thresholdEncoding(rules),
      tooltip: [
        { field: "class" },
        { field: "scope", title: "threshold" },
        { field: "threshold", type: "quantitative", format: ".4~g" },
      ],
    },
  };
}

/** What is drawn besides the rates. */
export interface ErrorTradeoffOptions {
  /** Title; "Errors over the threshold" if left out. */
  readonly title?: string;
  /** Thresholds to mark; none if left out. */
  readonly thresholds?: readonly ThresholdMark[];
}

const errors = ["false-positive rate", "false-negative rate"];

/**
 * Draws the false-positive and the false-negative rate of every class over the threshold.
 *
 * One row per class: the false-positive rate falls from the left, the false-negative rate rises to
 * the right, and a good threshold lies in the gap between. Where gaps do not lie above each other,
 * no vertical line runs through all of them. The axis is logarithmic when all scores are positive
 * and span more than a factor of 30.
 *
 * @param images One record per test image.
 * @param options Title and thresholds.
 * @returns A Vega-Lite object; a class without normal or anomalous images has one rate only.
 * @throws {RangeError} If there is no image, a score is not a finite number, or a threshold is not
 *   a number or belongs to no class here.
 *
 * @example One class with a class-specific threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { errorTradeoffChart } from "@/charts/scores.ts";
 *
 * const chart = errorTradeoffChart([
 *   { className: "nut", isAnomalous: false, score: 1.2 },
 *   { className: "nut", isAnomalous: true, score: 3.4 },
 * ], { thresholds: [{ scope: "class", className: "nut", value: 2 }] });
 * assert.match(chart.description, /2 images/);
 * ```
 */
export function errorTradeoffChart(
  images: readonly ScoredImage[],
  options: ErrorTradeoffOptions = {},
): ChartSpec {
  const { title = "Errors over the threshold", thresholds = [] } = options;
  checkScores(images, "Cannot chart error rates");
  const classes = [...new Set(images.map((image) => image.className))].sort();
  const rules = thresholdRecords(thresholds, classes);
  const all = [...images.map((image) => image.score), ...rules.map((rule) => rule.threshold)];
  const ends = endsOf(all);
  const height = classes.length > 8 ? 28 : 40;
  const x = {
    type: "quantitative",
    title: "threshold",
    scale: { ...scoreScale(all), domain: ends, nice: false },
    axis: scoreAxis(scoreScale(all), 8),
  };
  const y = {
    field: "rate",
    type: "quantitative",
    title: null,
    stack: null,
    scale: { domain: [0, 1], nice: false },
    axis: { values: [0, 1], format: "~%", labelFontSize: 10, labelPadding: 3 },
  };
  const fill = {
    field: "error",
    type: "nominal",
    scale: { domain: errors, range: [COLORS.normal, COLORS.anomalous] },
    legend: { title: "rate", symbolType: "square", orient: "bottom", symbolOpacity: 1 },
  };
  return themedChart(`${title}: ${images.length} images of ${classes.length} classes`, {
    title: {
      text: title,
      subtitle:
        "Share of normal images at or above the threshold, and of anomalous ones below it; " +
        "a good threshold lies in the gap",
    },
    data: { values: [...curves(images, { classes, ends }), ...rules] },
    facet: {
      row: {
        field: "class",
        type: "nominal",
        title: null,
        sort: classes,
        header: { labelAngle: 0, labelAlign: "left", labelAnchor: "middle", labelPadding: 10 },
      },
    },
    spacing: 10,
    spec: {
      width: 560,
      height,
      layer: [
        {
          transform: [{ filter: "isValid(datum.error)" }],
          mark: { type: "area", interpolate: "step-before", opacity: 0.5 },
          encoding: { x: { ...x, field: "score" }, y, fill },
        },
        ...(rules.length === 0 ? [] : [tradeoffRules(rules, { x, height })]),
      ],
    },
  });
}

function tradeoffRules(
  rules: readonly ThresholdRecord[],
  { x, height }: { readonly x: object; readonly height: number },
): Record<string, unknown> {
  return {
    transform: [{ filter: "isValid(datum.scope)" }],
    mark: { type: "rule" },
    encoding: {
      x: { ...x, field: "threshold" },
      y: { value: -4 },
      y2: { value: height + 4 },
      ...thresholdEncoding(rules, { orient: "bottom" }),
      tooltip: [
        { field: "class" },
        { field: "scope", title: "threshold" },
        { field: "threshold", type: "quantitative", format: ".4~g" },
      ],
    },
  };
}

/** The steps of both rates of every class, between the ends of the axis. */
function curves(
  images: readonly ScoredImage[],
  options: { readonly classes: readonly string[]; readonly ends: readonly [number, number] },
): Record<string, unknown>[] {
  const { classes, ends: [first, last] } = options;
  return classes.flatMap((className) => {
    const scoresOf = (isAnomalous: boolean): number[] =>
      images.filter((image) => image.className === className && image.isAnomalous === isAnomalous)
        .map((image) => image.score);
    const points = (error: string, steps: readonly RateStep[]) => [
      { class: className, error, score: first, rate: steps[0]!.rate },
      ...steps.map(({ upTo, rate }) => ({
        class: className,
        error,
        score: Number(Math.min(upTo, last).toPrecision(5)),
        rate: Number(rate.toFixed(4)),
      })),
    ];
    const normal = scoresOf(false), anomalous = scoresOf(true);
    return [
      ...(normal.length === 0 ? [] : points(errors[0]!, falsePositiveSteps(normal))),
      ...(anomalous.length === 0 ? [] : points(errors[1]!, falseNegativeSteps(anomalous))),
    ];
  });
}

/** A little beyond the outermost scores. */
function endsOf(scores: readonly number[]): [number, number] {
  const least = min(scores), most = max(scores);
  if (scoreScale(scores)["type"] === "log") return [0.95 * least, most / 0.95];
  const room = 0.02 * (most - least) || 1;
  return [least - room, most + room];
}

/** One step of a rate, from the step before to `upTo`. */
export interface RateStep {
  /** Largest threshold at which the rate holds; it holds from the one before, which is excluded. */
  readonly upTo: number;
  /** The rate, from 0 to 1. */
  readonly rate: number;
}

/** Lists the false-positive rate for every threshold. */
export function falsePositiveSteps(scores: readonly number[]): RateStep[] {
  return stepsOf(scores, "false-positive rate")
    .map(({ upTo, below }) => ({ upTo, rate: (scores.length - below) / scores.length }));
}

/** Lists the false-negative rate for every threshold. */
export function falseNegativeSteps(scores: readonly number[]): RateStep[] {
  return stepsOf(scores, "false-negative rate")
    .map(({ upTo, below }) => ({ upTo, rate: below / scores.length }));
}

/** Every distinct score, and infinity, with the number of scores below. */
function stepsOf(
  scores: readonly number[],
  metric: string,
): { readonly upTo: number; readonly below: number }[] {
  if (scores.length === 0) {
    throw new UndefinedMetricError(`Cannot compute the ${metric}: at least one score is needed`);
  }
  const wrong = scores.find((score) => !Number.isFinite(score));
  if (wrong !== undefined) {
    throw new RangeError(`Cannot compute the ${metric}: every score must be finite, got ${wrong}`);
  }
  const sorted = [...scores.toSorted((a, b) => a - b), Infinity];
  return sorted.flatMap((score, below) =>
    score === sorted[below - 1] ? [] : [{ upTo: score, below }]
  );
}
