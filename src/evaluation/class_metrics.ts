/**
 * Metrics of one set of images, such as a class, their mean over classes, and their disparity.
 *
 * @module
 */
import { max, mean, min, standardDeviation } from "simple-statistics";
import {
  type MetricValues,
  metricValues,
  UndefinedMetricError,
} from "@/evaluation/metric_values.ts";
import type { PixelMetricName } from "@/evaluation/pixel_metrics.ts";
import { auroc, averagePrecision, f1Max } from "@/evaluation/ranking.ts";

/** Image metrics that need no threshold. */
export type ImageMetricName = "image_auroc" | "image_ap" | "image_f1_max";

/** Metrics of a class that need no threshold. */
export type ClassMetricName = ImageMetricName | PixelMetricName;

/** Names of the metrics of images, in the order of result files. */
export const imageMetricNames: readonly ImageMetricName[] = [
  "image_auroc",
  "image_ap",
  "image_f1_max",
];

/** Names of the metrics of a class, in the order of result files. */
export const classMetricNames: readonly ClassMetricName[] = [
  ...imageMetricNames,
  "pixel_auroc",
  "pixel_ap",
  "pixel_f1_max",
  "aupro",
];

/** How a metric spreads over classes. */
export interface Disparity {
  /** Population standard deviation. */
  readonly std: number;
  /** Largest minus smallest. */
  readonly range: number;
  /** Smallest. */
  readonly min: number;
}

/** Computes the image metrics of one set of scores. */
export function imageMetrics(
  scores: readonly number[],
  labels: readonly boolean[],
): MetricValues<ImageMetricName> {
  return metricValues<ImageMetricName>({
    image_auroc: () => auroc(scores, labels),
    image_ap: () => averagePrecision(scores, labels),
    image_f1_max: () => f1Max(scores, labels).f1,
  });
}

/** Averages metrics over the classes in which they are defined. */
export function macroMean<Name extends string>(
  classes: Readonly<Record<string, Readonly<Record<Name, number | null>>>>,
  names: readonly Name[],
): MetricValues<Name> {
  const average = (name: Name) => (): number => {
    const values = definedValues(classes, name);
    if (values.length > 0) return mean(values);
    throw new UndefinedMetricError(`Cannot average ${name}: no class defines it`);
  };
  return metricValues(
    Object.fromEntries(names.map((name) => [name, average(name)])) as Record<Name, () => number>,
  );
}

/** Measures how each metric spreads over the classes in which it is defined. */
export function measureDisparity<Name extends string>(
  classes: Readonly<Record<string, Readonly<Record<Name, number | null>>>>,
  names: readonly Name[],
): Partial<Record<Name, Disparity>> {
  const spread: Partial<Record<Name, Disparity>> = {};
  for (const name of names) {
    const values = definedValues(classes, name);
    if (values.length === 0) continue;
    const least = min(values);
    spread[name] = { std: standardDeviation(values), range: max(values) - least, min: least };
  }
  return spread;
}

function definedValues<Name extends string>(
  classes: Readonly<Record<string, Readonly<Record<Name, number | null>>>>,
  name: Name,
): number[] {
  return Object.values(classes).map((metrics) => metrics[name]).filter((value) => value !== null);
}
