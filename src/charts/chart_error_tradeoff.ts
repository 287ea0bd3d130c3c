/**
 * Chart of both error rates of every class over the threshold: why one threshold does not serve all.
 *
 * @module
 */
import { max, min } from "simple-statistics";
import { scoreScale } from "@/charts/chart_score_scale.ts";
import { falseNegativeSteps, falsePositiveSteps, type RateStep } from "@/charts/error_curves.ts";
import type { ScoredImage } from "@/charts/scores.ts";
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import {
  thresholdEncoding,
  type ThresholdMark,
  type ThresholdRecord,
  thresholdRecords,
} from "@/charts/threshold_marks.ts";

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
 * One row per class: the false-positive rate falls from the left, the false-negative rate rises to the
 * right, and a good threshold lies in the gap between. Where gaps do not lie above each other, no
 * vertical line runs through all of them. The axis is logarithmic when all scores are positive and span
 * more than a factor of 30.
 *
 * @param images One record per test image.
 * @param options Title and thresholds.
 * @returns A Vega-Lite object; a class without normal or without anomalous images has one rate only.
 * @throws {RangeError} If there is no image, a score is not a finite number, or a threshold is not a
 *   number or belongs to no class here.
 *
 * @example One class with a class-specific threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { errorTradeoffChart } from "@/charts/chart_error_tradeoff.ts";
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
  const wrong = images.find((image) => !Number.isFinite(image.score));
  if (images.length === 0 || wrong) {
    throw new RangeError(
      `Cannot chart error rates: at least one image with a finite score is needed, got ` +
        (wrong ? `${wrong.score} in class "${wrong.className}"` : "none"),
    );
  }
  const classes = [...new Set(images.map((image) => image.className))].sort();
  const rules = thresholdRecords(thresholds, classes);
  const all = [...images.map((image) => image.score), ...rules.map((rule) => rule.threshold)];
  const ends = endsOf(all);
  const height = classes.length > 8 ? 28 : 40;
  const x = {
    type: "quantitative",
    title: "threshold",
    scale: { ...scoreScale(all), domain: ends, nice: false },
    axis: { tickCount: 8, labelFlush: false },
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
