/**
 * Chart of what thresholds cost, group by group, with what a mistake costs as numbers that a reader
 * can change.
 *
 * Shares of mistakes at every threshold travel along; costs are computed inside the chart, so that
 * a notebook needs no kernel and no server for them.
 *
 * @module
 */
import { max, min } from "simple-statistics";
import {
  type ChartSpec,
  COLORS,
  HUES,
  scoreAxis,
  scoreScale,
  themedChart,
} from "@/charts/theme.ts";
import { cheapestThreshold, type Costs } from "@/thresholds/costs.ts";

/** The scores of one group. */
export interface CostGroup {
  /** Its name. */
  readonly group: string;
  /** Scores of normal images. */
  readonly normal: readonly number[];
  /** Scores of images labelled anomalous. */
  readonly anomalous: readonly number[];
  /** The threshold that a rule sets without labels; infinite if it sets none. */
  readonly threshold: number;
}

/** What mistakes cost at the beginning. */
export interface CostChartOptions {
  /** Costs and expected share of defects. */
  readonly costs: Costs;
  /** Title; "What a threshold costs" if left out. */
  readonly title?: string;
}

/**
 * Draws the expected cost of an image over the threshold, one row per group, with its minimum.
 *
 * An image costs share of defects × cost of a miss × share of anomalous images below the threshold,
 * plus the same for normal images at or above it. Number boxes below the chart hold the three; in a
 * picture they stay as they begin. Labels are seen: the minimum fits these images better than
 * others.
 *
 * @param groups Scores and present thresholds; groups without scores of both kinds are left out.
 * @param options Costs at the beginning, and title.
 * @returns A Vega-Lite object with the parameters `miss`, `falseAlarm` and `defects`, in per cent.
 * @throws {RangeError} If no group has scores of both kinds, a score is not finite, or a cost is out
 *   of range.
 *
 * @example A miss costs ten false alarms
 * ```ts
 * import assert from "node:assert/strict";
 * import { costChart } from "@/charts/mod.ts";
 *
 * const groups = [{ group: "nuts", normal: [1, 2, 6], anomalous: [5, 7], threshold: 6.5 }];
 * const costs = { miss: 10, falseAlarm: 1, defectShare: 0.5 };
 * assert.match(costChart(groups, { costs }).description, /nuts 0.167 at 5/);
 * ```
 */
export function costChart(
  groups: readonly CostGroup[],
  options: CostChartOptions,
): ChartSpec {
  const { costs, title = "What a threshold costs" } = options;
  const labelled = groups.filter((each) => each.normal.length > 0 && each.anomalous.length > 0);
  if (labelled.length === 0) {
    throw new RangeError(
      `Cannot chart costs: a group with normal and anomalous images is needed, got ${
        groups.length === 0 ? "none" : `${groups.length} without`
      }`,
    );
  }
  const scores = labelled.flatMap(({ normal, anomalous, threshold }) => [
    ...normal,
    ...anomalous,
    ...(Number.isFinite(threshold) ? [threshold] : []),
  ]);
  const scale = scoreScale(scores), isLogarithmic = scale["type"] === "log";
  const span = max(scores) - min(scores);
  const end = isLogarithmic ? 1.1 * max(scores) : max(scores) + (0.04 * span || 1);
  const chosen = labelled.map(({ group, normal, anomalous }) => {
    const { best, curve } = cheapestThreshold(normal, { anomalous, costs });
    return { group, best, curve };
  });
  const values = chosen.flatMap(({ group, curve }, number) =>
    curve.map(({ threshold, falseAlarms, misses }) => ({
      group,
      // Beyond all scores nothing is an alarm: drawn at the end of the axis.
      threshold: Math.min(threshold, end),
      falseAlarms: Number(falseAlarms.toFixed(5)),
      misses: Number(misses.toFixed(5)),
      // What the rule's threshold costs is what the next score at or above it costs.
      isRule: threshold >= labelled[number]!.threshold &&
        !curve.some((other) =>
          other.threshold >= labelled[number]!.threshold && other.threshold < threshold
        ),
      rule: Math.min(labelled[number]!.threshold, end),
    })).reverse()
  );
  const described = chosen.map(({ group, best }) =>
    `${group} ${Number(best.cost.toPrecision(3))} at ${
      Number.isFinite(best.threshold) ? Number(best.threshold.toPrecision(4)) : "no threshold"
    }`
  );
  const names = labelled.map(({ group }) => group);
  return themedChart(`${title}, least by group: ${described.join(", ")}`, {
    title: {
      text: title,
      subtitle: [
        "Expected cost of an image over its group's threshold; diamond: the least, for which labels " +
        "were seen; dot: at the threshold of the rule",
        "Change costs and share of defects in the boxes below; a picture shows where they begin",
      ],
    },
    params: [
      numberBox("miss", { value: costs.miss, name: "cost of a miss " }),
      numberBox("falseAlarm", { value: costs.falseAlarm, name: "cost of a false alarm " }),
      numberBox("defects", {
        value: Number((100 * costs.defectShare).toPrecision(4)),
        name: "images with a defect, per cent ",
      }),
      // An empty box is no number.
      { name: "missCost", expr: `isNumber(miss) || miss !== '' ? toNumber(miss) : ${costs.miss}` },
      {
        name: "alarmCost",
        expr: `isNumber(falseAlarm) || falseAlarm !== '' ? toNumber(falseAlarm) : ` +
          `${costs.falseAlarm}`,
      },
      {
        name: "defectShare",
        expr: `clamp((isNumber(defects) || defects !== '' ? toNumber(defects) : ` +
          `${100 * costs.defectShare}) / 100, 0, 1)`,
      },
    ],
    data: { values },
    transform: [
      {
        calculate: "defectShare * missCost * datum.misses + " +
          "(1 - defectShare) * alarmCost * datum.falseAlarms",
        as: "cost",
      },
      { joinaggregate: [{ op: "min", field: "cost", as: "least" }], groupby: ["group"] },
      { calculate: "datum.cost <= datum.least + 1e-9 ? datum.threshold : null", as: "candidate" },
      { joinaggregate: [{ op: "max", field: "candidate", as: "cheapest" }], groupby: ["group"] },
    ],
    facet: {
      row: {
        field: "group",
        type: "nominal",
        title: null,
        sort: names,
        header: { labelAngle: 0, labelAlign: "left", labelAnchor: "middle", labelPadding: 10 },
      },
    },
    spacing: 12,
    spec: costPanel({
      scale,
      domain: [isLogarithmic ? min(scores) : min(scores) - 0.02 * span, end],
    }),
    resolve: { scale: { y: "independent" } },
  });
}

/** A number that a reader may type. */
function numberBox(
  param: string,
  { value, name }: { readonly value: number; readonly name: string },
): object {
  return { name: param, value, bind: { input: "number", name, min: 0, step: "any" } };
}

function costPanel(
  { scale, domain }: {
    readonly scale: Readonly<Record<string, unknown>>;
    readonly domain: readonly [number, number];
  },
): object {
  const x = {
    field: "threshold",
    type: "quantitative",
    title: "threshold",
    scale: { ...scale, domain, nice: false },
    axis: scoreAxis(scale, 8),
  };
  const y = {
    field: "cost",
    type: "quantitative",
    title: null,
    scale: { zero: true },
    axis: { tickCount: 2, format: "~g" },
  };
  const tooltip = [
    { field: "group" },
    { field: "threshold", type: "quantitative", format: ".4~g" },
    { field: "cost", type: "quantitative", format: ".3~g", title: "cost of an image" },
    { field: "falseAlarms", type: "quantitative", format: ".1%", title: "false alarms" },
    { field: "misses", type: "quantitative", format: ".1%" },
  ];
  const isCheapest = { filter: "datum.threshold === datum.cheapest" };
  return {
    width: 460,
    height: 62,
    layer: [
      {
        mark: { type: "line", interpolate: "step-before", color: COLORS.subdued, strokeWidth: 1.5 },
        encoding: { x, y, order: { field: "threshold", type: "quantitative" } },
      },
      {
        transform: [{ filter: "datum.isRule" }],
        mark: { type: "point", filled: true, opacity: 1, size: 70, color: HUES.brown },
        encoding: { x: { ...x, field: "rule" }, y, tooltip },
      },
      {
        transform: [isCheapest],
        mark: {
          type: "point",
          shape: "diamond",
          filled: true,
          opacity: 1,
          size: 150,
          color: HUES.green,
        },
        encoding: { x, y, tooltip },
      },
      {
        transform: [isCheapest, {
          calculate: "format(datum.least, '.3~g') + ' at ' + format(datum.threshold, '.4~g')",
          as: "label",
        }],
        mark: { type: "text", align: "left", dx: 8 },
        encoding: { x: { value: "width" }, y: { value: 22 }, text: { field: "label" } },
      },
      {
        transform: [{ filter: "datum.isRule" }, {
          calculate: "format(datum.cost, '.3~g') + ' by the rule'",
          as: "label",
        }],
        mark: { type: "text", align: "left", dx: 8, color: HUES.brown },
        encoding: { x: { value: "width" }, y: { value: 42 }, text: { field: "label" } },
      },
    ],
  };
}
