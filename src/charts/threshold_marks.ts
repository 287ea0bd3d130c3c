/**
 * How calibrated thresholds are drawn: one colour and one dash for every scope, in all charts.
 *
 * @module
 */
import { COLORS } from "@/charts/theme.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";

/** A threshold to draw. */
export interface ThresholdMark {
  /** Whom it applies to. */
  readonly scope: ThresholdScope;
  /** Class whose images meet it; `null` for a global threshold. */
  readonly className: string | null;
  /** Scores at or above it are anomalous. An infinite one is not drawn. */
  readonly value: number;
}

/**
 * Lists the thresholds that images meet, once for every class that meets them.
 *
 * @param images The images.
 * @param met For whom one threshold holds, and the threshold of every image.
 * @returns Thresholds in order of first appearance; a single one where it is global.
 *
 * @example Two images of one class in one group
 * ```ts
 * import assert from "node:assert/strict";
 * import { metThresholds } from "@/charts/threshold_marks.ts";
 *
 * const images = [{ className: "nut" }, { className: "nut" }];
 * assert.deepEqual(metThresholds(images, { scope: "group", perImage: [2, 2] }), [
 *   { scope: "group", className: "nut", value: 2 },
 * ]);
 * ```
 */
export function metThresholds(
  images: readonly { readonly className: string }[],
  { scope, perImage }: { scope: ThresholdScope; perImage: readonly number[] },
): ThresholdMark[] {
  const marks = images.map(({ className }, image): ThresholdMark => ({
    scope,
    className: scope === "global" ? null : className,
    value: perImage[image]!,
  }));
  return [...new Map(marks.map((mark) => [`${mark.className}\n${mark.value}`, mark])).values()];
}

/** A threshold on the line of one class. */
export interface ThresholdRecord {
  /** The line. */
  readonly class: string;
  /** The scope in words. */
  readonly scope: string;
  /** Its value, with five digits. */
  readonly threshold: number;
  /** Width of its rule, in pixels. */
  readonly width: number;
}

/** From the back to the front: the dashes of a group stay visible under a class's line. */
const scopes = {
  group: { name: "per group", color: "#009E73", dash: [5, 3], width: 4 },
  class: { name: "class-specific", color: COLORS.ink, dash: [1, 0], width: 1.75 },
  global: { name: "global", color: "#AA4499", dash: [2, 2], width: 2 },
} as const;

/** The order of the legend. */
const order: readonly ThresholdScope[] = ["class", "group", "global"];

/**
 * Lists thresholds line by line: a global one appears on the line of every class.
 *
 * @param thresholds Thresholds; infinite ones are left out.
 * @param classes The lines that are drawn.
 * @returns One record per threshold and line, those to be drawn first at the front.
 * @throws {RangeError} If a threshold is not a number, or belongs to a class that is not drawn.
 *
 * @example A global threshold and a class-specific one
 * ```ts
 * import assert from "node:assert/strict";
 * import { thresholdRecords } from "@/charts/threshold_marks.ts";
 *
 * const records = thresholdRecords([
 *   { scope: "global", className: null, value: 5 },
 *   { scope: "class", className: "nut", value: 2 },
 * ], ["cup", "nut"]);
 * assert.deepEqual(records.map((each) => [each.class, each.threshold]), [
 *   ["cup", 5],
 *   ["nut", 5],
 *   ["nut", 2],
 * ]);
 * ```
 */
export function thresholdRecords(
  thresholds: readonly ThresholdMark[],
  classes: readonly string[],
): ThresholdRecord[] {
  return thresholds.flatMap(({ scope, className, value }) => {
    if (Number.isNaN(value)) {
      throw new RangeError(`Cannot draw thresholds: each must be a number, got NaN (${scope})`);
    }
    if (className !== null && !classes.includes(className)) {
      throw new RangeError(
        `Cannot draw thresholds: each must belong to a class with images, got "${className}"`,
      );
    }
    if (!Number.isFinite(value)) return [];
    const { name, width } = scopes[scope];
    const threshold = Number(value.toPrecision(5));
    return (className === null ? classes : [className])
      .map((line) => ({ class: line, scope: name, threshold, width }));
  }).sort((a, b) => b.width - a.width);
}

/**
 * Makes the encodings that tell the scopes of thresholds apart, with their legend.
 *
 * Where a class's threshold is its group's too, the line lies on the dashes and both can be seen.
 *
 * @param records The thresholds that are drawn; only their scopes get a legend.
 * @param options Where the legend stands; right of the chart if left out.
 * @returns Colour, dash and width of rules.
 *
 * @example Only what is drawn is explained
 * ```ts
 * import assert from "node:assert/strict";
 * import { thresholdEncoding } from "@/charts/threshold_marks.ts";
 *
 * const encoding = thresholdEncoding([{ class: "nut", scope: "global", threshold: 2, width: 2 }]);
 * assert.deepEqual(Object.keys(encoding), ["color", "strokeDash", "strokeWidth"]);
 * assert.match(JSON.stringify(encoding), /"domain":\["global"\]/);
 * ```
 */
export function thresholdEncoding(
  records: readonly ThresholdRecord[],
  options: { readonly orient?: "right" | "top" | "bottom" } = {},
): Record<string, unknown> {
  const { orient = "right" } = options;
  const used = order.map((scope) => scopes[scope])
    .filter(({ name }) => records.some((record) => record.scope === name));
  const domain = used.map((scope) => scope.name);
  const channel = (range: readonly unknown[]) => ({
    field: "scope",
    type: "nominal",
    scale: { domain, range },
    legend: { title: "threshold", symbolType: "stroke", orient },
  });
  return {
    color: channel(used.map((scope) => scope.color)),
    strokeDash: channel(used.map((scope) => scope.dash)),
    strokeWidth: { field: "width", type: "quantitative", scale: null, legend: null },
  };
}
