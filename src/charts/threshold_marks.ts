/**
 * How calibrated thresholds are drawn: one colour and one dash for every scope, in all charts.
 *
 * @module
 */
import { COLORS, HUES } from "@/charts/theme.ts";
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

/** Lists the thresholds that images meet, once for every class that meets them. */
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
  group: { name: "per group", color: HUES.green, dash: [5, 3], width: 4 },
  class: { name: "class-specific", color: COLORS.ink, dash: [1, 0], width: 1.75 },
  global: { name: "global", color: HUES.plum, dash: [2, 2], width: 2 },
} as const;

/** Lists thresholds line by line: a global one appears on the line of every class. */
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

/** The order of the legend. */
const order: readonly ThresholdScope[] = ["class", "group", "global"];

/**
 * Makes the encodings that tell the scopes of thresholds apart, with their legend.
 *
 * Where a class's threshold is its group's too, the line lies on the dashes and both can be seen.
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
