/**
 * Chart of anomaly scores per class, with the thresholds that they meet.
 *
 * Every image is one tick: what lies right of a threshold is called anomalous, so false alarms
 * and misses can be counted by eye.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/chart_theme.ts";

/** The score of one image. */
export interface ScoredImage {
  /** Product category. */
  readonly className: string;
  /** Whether the product shows a defect. */
  readonly isAnomalous: boolean;
  /** Anomaly score. */
  readonly score: number;
}

/** A threshold to draw. */
export interface ThresholdMark {
  /** Whom it applies to. */
  readonly scope: "class" | "group" | "global";
  /** Class whose images meet it; `null` for a global threshold. */
  readonly className: string | null;
  /** Scores at or above it are anomalous. An infinite one is not drawn. */
  readonly value: number;
}

/** What is drawn besides the scores. */
export interface ScoreDistributionOptions {
  /** Title; "Anomaly scores per class" if left out. */
  readonly title?: string;
  /** Thresholds; none if left out. */
  readonly thresholds?: readonly ThresholdMark[];
}

const kinds = ["normal", "anomalous"];
const scopes = {
  class: { name: "class-specific", color: "#1f2430", dash: [1, 0] },
  group: { name: "per group", color: "#009E73", dash: [6, 3] },
  global: { name: "global", color: "#AA4499", dash: [2, 2] },
} as const;

/**
 * Draws the scores of normal and anomalous images on two lanes per class.
 *
 * The axis is logarithmic when all scores are positive and span more than a factor of 30.
 *
 * @param images One record per test image.
 * @param options Title and thresholds.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no image, or a score is not a finite number.
 *
 * @example One class with a class-specific threshold
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreDistributionChart } from "@/chart_score_distributions.ts";
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
  const finite = thresholds.filter((mark) => Number.isFinite(mark.value));
  const rules = finite.flatMap((mark) =>
    (mark.className === null ? classes : [mark.className]).map((className) => ({
      class: className,
      scope: scopes[mark.scope].name,
      threshold: Number(mark.value.toPrecision(5)),
    }))
  );
  const all = [...values.map((each) => each.score), ...rules.map((rule) => rule.threshold)];
  const x = {
    type: "quantitative",
    title: "anomaly score",
    scale: scaleFor(all),
    axis: { tickCount: 8 },
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
      subtitle: finite.length === 0
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
      ...(rules.length === 0 ? [] : [ruleLayer(rules, { x, y })]),
    ],
    resolve: { scale: { color: "independent", strokeDash: "independent" } },
  });
}

function ruleLayer(
  rules: readonly { readonly scope: string }[],
  axes: { readonly x: object; readonly y: object },
): Record<string, unknown> {
  const used = Object.values(scopes).filter(({ name }) =>
    rules.some((rule) => rule.scope === name)
  );
  const domain = used.map((scope) => scope.name);
  const legend = { title: "threshold", symbolType: "stroke", symbolStrokeWidth: 2 };
  return {
    data: { values: rules },
    mark: { type: "rule", strokeWidth: 2 },
    encoding: {
      x: { ...axes.x, field: "threshold" },
      y: { ...axes.y, bandPosition: -0.08 },
      y2: { field: "class", bandPosition: 1.08 },
      color: {
        field: "scope",
        type: "nominal",
        scale: { domain, range: used.map((scope) => scope.color) },
        legend,
      },
      strokeDash: {
        field: "scope",
        type: "nominal",
        scale: { domain, range: used.map((scope) => scope.dash) },
        legend,
      },
      tooltip: [
        { field: "class" },
        { field: "scope", title: "threshold" },
        { field: "threshold", type: "quantitative", format: ".4~g" },
      ],
    },
  };
}

function scaleFor(values: readonly number[]): Record<string, unknown> {
  let least = Infinity, largest = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  return least > 0 && largest > 30 * least ? { type: "log", nice: false } : { zero: false };
}
