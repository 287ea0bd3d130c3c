/**
 * What benches have measured: medians of several runs with their spread, and ratios between them.
 *
 * @module
 */
import { median } from "simple-statistics";
import { recordTable, recordTableText } from "@/tables.ts";

/** One quantity, measured several times. */
export interface Figure {
  /** What was measured, such as "selection". */
  readonly series: string;
  /** Which of several programs or ways. */
  readonly way: string;
  /** Sizes of the task by name, such as rows. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Unit of the three values below. */
  readonly unit: string;
  /** Median of all runs. */
  readonly median: number;
  /** Lowest value of a run. */
  readonly least: number;
  /** Highest value of a run. */
  readonly most: number;
  /** Number of runs. */
  readonly runs: number;
  /** The median over that of `against`; `null` where nothing is compared. */
  readonly ratio: number | null;
  /** The way that has ratio 1. */
  readonly against: string | null;
}

/** A quantity before its runs are summarized. */
export interface Measurement extends Pick<Figure, "series" | "way" | "sizes" | "unit"> {
  /** One value per run. */
  readonly values: readonly number[];
  /** What it is compared with; default: nothing. */
  readonly against?: Figure | undefined;
}

/** Figures of one bench. */
export interface FigureBook {
  /** Summarizes runs; the figure comes after all that were added before. */
  add(measurement: Measurement): Figure;
  /** Writes all figures where they were asked for, else nowhere. */
  save(): Promise<void>;
}

/**
 * Opens an empty book.
 *
 * @param path The JSON file that `save` writes; empty for none.
 * @returns The book.
 */
export function openFigures(path: string): FigureBook {
  const figures: Figure[] = [];
  return {
    add: (measurement) => {
      const figure = summarize(measurement);
      figures.push(figure);
      return figure;
    },
    save: async () => {
      if (path !== "") await Deno.writeTextFile(path, JSON.stringify(figures));
    },
  };
}

/**
 * Summarizes runs.
 *
 * @param measurement Values of at least one run.
 * @returns Median, range and ratio, with four digits.
 */
export function summarize({ values, against, ...rest }: Measurement): Figure {
  const middle = median([...values]);
  return {
    ...rest,
    median: round(middle),
    least: round(Math.min(...values)),
    most: round(Math.max(...values)),
    runs: values.length,
    ratio: against === undefined ? null : round(middle / against.median),
    against: against?.way ?? null,
  };
}

/**
 * Writes a figure as one line.
 *
 * @param figure Any figure.
 * @param note Said about it at the end; default: nothing.
 * @returns Way, median, range and ratio, aligned with other lines.
 */
export function figureLine(figure: Figure, note = ""): string {
  const { way, unit, ratio } = figure;
  const value = `${digits(figure.median).padStart(8)} ${unit} (${rangeOf(figure)})`;
  const compared = ratio === null ? "" : `, ratio ${digits(ratio)}`;
  return `${way.padEnd(26)} ${value}${compared}${note}`;
}

/**
 * Writes figures as one table.
 *
 * @param figures At least one.
 * @returns A row for each, with its sizes, spread and ratio.
 */
export function figureTable(figures: readonly Figure[]): string {
  return recordTableText(recordTable(figures.map((figure) => ({
    figure: figure.series,
    way: figure.way,
    sizes: Object.entries(figure.sizes).map(([name, size]) => `${name} ${size}`).join(", "),
    median: `${digits(figure.median)} ${figure.unit}`,
    range: figure.runs === 1 ? "one run" : rangeOf(figure),
    runs: figure.runs,
    ratio: figure.ratio === null ? null : digits(figure.ratio),
    "ratio to": figure.against,
  }))));
}

/** Prints a line. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function rangeOf({ least, most }: Figure): string {
  return `${digits(least)} to ${digits(most)}`;
}

/** Three digits, as many as a clock in a shared machine deserves. */
export function digits(value: number): string {
  const decimals = value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(6, Math.max(0, decimals)));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
