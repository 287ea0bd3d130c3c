/**
 * Compares runs on the test images that they share, with the paired bootstrap.
 *
 * Every metric is computed anew from `scores.csv`, on the shared images alone, so that runs on parts
 * of one dataset can be compared, too. A resample draws the same images for all runs: what makes
 * an image hard for both then cancels out of their difference.
 *
 * @module
 */
import { join } from "node:path";
import { countDecisions } from "@/evaluation/binary_metrics.ts";
import { macroMean } from "@/evaluation/class_metrics.ts";
import { pick } from "@/evaluation/evaluate.ts";
import { bootstrapIntervals, type Interval } from "@/evaluation/intervals.ts";
import { type MetricValues, metricValues } from "@/evaluation/metric_values.ts";
import { auroc } from "@/evaluation/ranking.ts";
import { parseCsv } from "@/files/text_records.ts";
import type { ListedResult } from "@/lab/finished/listed_results.ts";

/** What is compared. */
export type ComparedMetric = "image_auroc" | "f1";

/** The metrics in the order of the tables. */
export const comparedMetrics: readonly ComparedMetric[] = ["image_auroc", "f1"];

/** What one metric of one class, or of all together, is in every run. */
export interface ComparedValues {
  /** In each run; `null` where undefined. */
  readonly values: readonly (number | null)[];
  /** Each run but the first minus the first. */
  readonly differences: readonly ComparedDifference[];
}

/** A difference of two runs. */
export interface ComparedDifference {
  /** The later run minus the first; `null` where either is undefined. */
  readonly value: number | null;
  /** Its bootstrap interval; `null` where it cannot be given. */
  readonly interval: Interval | null;
}

/** Runs beside each other. */
export interface Comparison {
  /** Test images that all runs share. */
  readonly shared: number;
  /** Test images of each run. */
  readonly images: readonly number[];
  /** Shared images of each class. */
  readonly counts: Readonly<Record<string, number>>;
  /** Every metric on the shared images. */
  readonly metrics: Readonly<Record<ComparedMetric, MetricComparison>>;
}

/** One metric in every run. */
export interface MetricComparison {
  /** By class. */
  readonly classes: Readonly<Record<string, ComparedValues>>;
  /** Means of the classes in which it is defined. */
  readonly macro: ComparedValues;
  /** Of all shared images together. */
  readonly pooled: ComparedValues;
}

/** How intervals are made. */
export interface CompareOptions {
  /** How often images are drawn anew. */
  readonly resamples: number;
  /** Share of the resampled differences that an interval spans. */
  readonly confidence: number;
  /** Seed of the draws. */
  readonly seed: number;
  /** Receives the share of the draws that is done; default: nobody is told. */
  readonly onProgress?: (share: number) => void;
}

/** One row of `scores.csv` that is of a test image. */
interface ScoredRow {
  readonly className: string;
  readonly isAnomalous: boolean;
  readonly score: number;
  readonly threshold: number;
  readonly decision: boolean;
}

/** Compares two or more runs; the first is what the others are measured against. */
export async function compareRuns(
  runs: readonly ListedResult[],
  options: CompareOptions,
): Promise<Comparison> {
  const [first, ...others] = runs;
  const other = others.find(({ dataset }) => dataset !== first!.dataset);
  if (other !== undefined) {
    throw new RangeError(
      `${taskOf(first!, other)}: they must be of the same dataset, got "${first!.dataset}" and ` +
        `"${other.dataset}"`,
    );
  }
  const tables: Map<string, ScoredRow>[] = [];
  for (const { folder } of runs) tables.push(await readTestScores(folder));
  const shared = [...tables[0]!.keys()].filter((image) => tables.every((rows) => rows.has(image)));
  if (shared.length === 0) {
    const sizes = tables.map(({ size }) => size).join(" and ");
    throw new RangeError(
      `${taskOf(first!, others[0]!)}: they must share test images, got none among ${sizes}`,
    );
  }
  const truth = shared.map((image) => tables[0]!.get(image)!);
  for (const [i, rows] of tables.entries()) {
    const odd = shared.find((image, place) => {
      const row = rows.get(image)!;
      return row.isAnomalous !== truth[place]!.isAnomalous ||
        row.className !== truth[place]!.className;
    });
    if (odd === undefined) continue;
    throw new RangeError(
      `${taskOf(first!, runs[i]!)}: class and label of an image must be the same in both, ` +
        `got others for "${odd}"`,
    );
  }
  const columns = tables.map((rows) => shared.map((image) => rows.get(image)!));
  const classes = Map.groupBy(shared.keys(), (place) => truth[place]!.className);
  return {
    shared: shared.length,
    images: tables.map(({ size }) => size),
    counts: Object.fromEntries(
      [...classes].sort(byName).map(([name, places]) => [name, places.length]),
    ),
    metrics: compareColumns(columns, options),
  };
}

function taskOf(first: ListedResult, second: ListedResult): string {
  return `Cannot compare "${first.folder}" and "${second.folder}"`;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Values, differences and intervals of runs whose images stand in the same order. */
function compareColumns(
  columns: readonly (readonly ScoredRow[])[],
  options: CompareOptions,
): Comparison["metrics"] {
  const truth = columns[0]!;
  const labels = truth.map(({ isAnomalous }) => isAnomalous);
  const classes = [...Map.groupBy(truth.keys(), (place) => truth[place]!.className)].sort(byName);
  // Decisions at thresholds that no score reaches say nothing, however images are drawn.
  const isVacuous = columns.map((rows) => rows.every(({ threshold }) => threshold === Infinity));
  const measure = (items: readonly number[]): Readonly<Record<string, number | null>>[] =>
    columns.map((rows, run) => {
      const drawn = pick(rows, items);
      const values: Record<string, number | null> = {};
      const byClass: Record<string, MetricValues<ComparedMetric>> = {};
      const keep = (name: string, metrics: Readonly<Record<ComparedMetric, number | null>>) => {
        for (const metric of comparedMetrics) values[`${metric} ${name}`] = metrics[metric];
      };
      const of = (places: readonly number[]): MetricValues<ComparedMetric> => {
        const some = pick(drawn, places), truths = pick(labels, places);
        const { image_auroc } = metricValues({
          image_auroc: () => auroc(some.map(({ score }) => score), truths),
        });
        const { f1 } = countDecisions(some.map(({ decision }) => decision), truths);
        const isUnreached = isVacuous[run] || some.every(({ threshold }) => threshold === Infinity);
        return { image_auroc, f1: isUnreached ? null : f1 };
      };
      for (const [name, places] of classes) {
        byClass[name] = of(places);
        keep(`class ${name}`, byClass[name]);
      }
      keep("macro", macroMean(byClass, comparedMetrics));
      keep("pooled", of([...truth.keys()]));
      return values;
    });
  const differencesOf = (
    [base, ...others]: readonly Readonly<Record<string, number | null>>[],
  ): Record<string, number | null> =>
    Object.fromEntries(others.flatMap((values, i) =>
      Object.entries(values).map(([name, value]) => {
        const start = base![name] ?? null;
        return [`${i} ${name}`, value === null || start === null ? null : value - start];
      })
    ));
  const values = measure([...truth.keys()]), differences = differencesOf(values);
  const { onProgress, ...drawing } = options;
  let draws = 0;
  const intervals: Readonly<Record<string, Interval | string | null>> = bootstrapIntervals(
    truth.map(({ className, isAnomalous }) => `${isAnomalous} ${className}`),
    {
      ...drawing,
      statistic: (items) => {
        onProgress?.(draws++ / options.resamples);
        return differencesOf(measure([...items]));
      },
    },
  );
  const compared = (name: string): ComparedValues => ({
    values: values.map((each) => each[name]!),
    differences: columns.slice(1).map((_, i) => ({
      value: differences[`${i} ${name}`]!,
      // What is undefined on the images themselves has no interval, whatever resamples say.
      interval: differences[`${i} ${name}`] === null
        ? null
        : intervals[`${i} ${name}`] as Interval | null,
    })),
  });
  const table = (metric: ComparedMetric): MetricComparison => ({
    classes: Object.fromEntries(
      classes.map(([name]) => [name, compared(`${metric} class ${name}`)]),
    ),
    macro: compared(`${metric} macro`),
    pooled: compared(`${metric} pooled`),
  });
  return { image_auroc: table("image_auroc"), f1: table("f1") };
}

/** Reads the rows of test images by image. */
async function readTestScores(folder: string): Promise<Map<string, ScoredRow>> {
  const path = join(folder, "scores.csv");
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const got = error.message.split("\n")[0];
    throw new Error(`Cannot read "${path}": it must be readable, got ${got}`, { cause: error });
  }
  const { records, lines } = parseCsv(text, { source: path });
  const rows = new Map<string, ScoredRow>();
  for (const [i, record] of records.entries()) {
    const refuse = (what: string): Error =>
      new SyntaxError(`Cannot read "${path}": line ${lines[i]}: ${what}`);
    const cell = (name: string): string => {
      const value = record[name];
      if (typeof value !== "string" || value === "") {
        throw refuse(`${name} must be given, got none`);
      }
      return value;
    };
    const number = (name: string, choices?: readonly number[]): number => {
      const value = Number(cell(name));
      if (!Number.isNaN(value) && (choices?.includes(value) ?? true)) return value;
      const must = choices === undefined ? "a number" : choices.join(" or ");
      throw refuse(`${name} must be ${must}, got "${cell(name)}"`);
    };
    if (cell("split") !== "test") continue;
    const image = cell("image");
    if (rows.has(image)) throw refuse(`an image must be there once, got "${image}" again`);
    rows.set(image, {
      className: cell("class"),
      isAnomalous: number("label", [0, 1]) === 1,
      score: number("score"),
      threshold: number("threshold"),
      decision: number("decision", [0, 1]) === 1,
    });
  }
  return rows;
}
