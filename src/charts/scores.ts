/**
 * Chart of anomaly scores per class, with the thresholds that they meet.
 *
 * Every image is one tick: what lies right of a threshold is called anomalous, so false alarms
 * and misses can be counted by eye.
 *
 * @module
 */
import { scoreScale } from "@/charts/chart_score_scale.ts";
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import {
  thresholdEncoding,
  type ThresholdMark,
  type ThresholdRecord,
  thresholdRecords,
} from "@/charts/threshold_marks.ts";

export type { ThresholdMark } from "@/charts/threshold_marks.ts";

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

const kinds = ["normal", "anomalous"];

/**
 * Draws the scores of normal and anomalous images on two lanes per class.
 *
 * The axis is logarithmic when all scores are positive and span more than a factor of 30.
 *
 * @param images One record per test image.
 * @param options Title and thresholds.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no image, a score is not a finite number, or a threshold is not a
 *   number or belongs to no class here.
 *
 * @example One class with a class-specific threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreDistributionChart } from "@/charts/scores.ts";
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
  const wrong = images.find((image) => !Number.isFinite(image.score));
  if (images.length === 0 || wrong) {
    throw new RangeError(
      `Cannot chart anomaly scores: at least one image with a finite score is needed, got ` +
        (wrong ? `${wrong.score} in class "${wrong.className}"` : "none"),
    );
  }
  const values = images.map(({ className, isAnomalous, score }) => ({
    class: className,
    kind: isAnomalous ? "anomalous" : "normal",
    score: Number(score.toPrecision(5)),
  }));
  const classes = [...new Set(values.map((each) => each.class))].sort();
  const rules = thresholdRecords(thresholds, classes);
  const all = [...values.map((each) => each.score), ...rules.map((rule) => rule.threshold)];
  const x = {
    type: "quantitative",
    title: "anomaly score",
    scale: scoreScale(all),
    axis: { tickCount: 8, labelFlush: false },
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
          yOffset: { field: "kind", type: "nominal", sort: kinds },
          color: {
            field: "kind",
            type: "nominal",
            scale: { domain: kinds, range: [COLORS.normal, COLORS.anomalous] },
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

function distributionRules(
  rules: readonly ThresholdRecord[],
  axes: { readonly x: object; readonly y: object },
): Record<string, unknown> {
  return {
    data: { values: rules },
    mark: { type: "rule" },
    encoding: {
      x: { ...axes.x, field: "threshold" },
      y: { ...axes.y, bandPosition: -0.08 },
      y2: { field: "class", bandPosition: 1.08 },
      ...thresholdEncoding(rules),
      tooltip: [
        { field: "class" },
        { field: "scope", title: "threshold" },
        { field: "threshold", type: "quantitative", format: ".4~g" },
      ],
    },
  };
}
