/**
 * Tables of records, formatted for people: numbers alike within a column, gaps shown as a dash.
 *
 * A formatted table is written as plain text for terminals, or as HTML, in which everything that
 * could be markup is escaped.
 *
 * @module
 */
import type { MeanStd } from "@/math/statistics.ts";

/** What a cell may hold: `null` where undefined, and a mean with its deviation over seeds. */
export type CellValue = string | number | boolean | MeanStd | null | undefined;

/** One row: values by column name. */
export type TableRecord = Readonly<Record<string, CellValue>>;

/** How records become a table. */
export interface RecordTableOptions {
  /** Columns to show, in order; all, in order of first appearance, if left out. */
  readonly columns?: readonly string[];
  /** Columns of shares in [0, 1] that are shown as percent with one decimal; none if left out. */
  readonly percent?: readonly string[];
  /** Sentence above the table; none if left out. */
  readonly caption?: string;
}

/** A table whose cells are text. */
export interface RecordTable {
  /** Sentence above the table, or empty. */
  readonly caption: string;
  /** Names and alignment of the columns. */
  readonly columns: readonly RecordColumn[];
  /** One text per column in every row. */
  readonly rows: readonly (readonly string[])[];
}

/** One column of a table. */
export interface RecordColumn {
  /** Heading. */
  readonly title: string;
  /** Numbers to the right, everything else to the left. */
  readonly align: "left" | "right";
}

/**
 * Formats records as a table.
 *
 * Whole numbers keep all digits; other numbers of one column get the same number of decimals,
 * which show at least three significant digits of the largest if that is 0.1 or more. Undefined
 * values become a dash, and a mean over seeds is followed by its standard deviation. Columns
 * that hold a number are aligned to the right.
 *
 * @param records One record per row.
 * @param options Columns, columns in percent, and caption.
 * @returns The table, every cell as text.
 * @throws {RangeError} If there are records, and none has a column that is asked for.
 *
 * @example A class without masks
 * ```ts
 * import assert from "node:assert/strict";
 * import { recordTable } from "@/tables.ts";
 *
 * const { rows } = recordTable([
 *   { class: "nut", images: 1200, auroc: 0.98765 },
 *   { class: "cup", images: 80, auroc: null },
 * ], { percent: ["auroc"] });
 * assert.deepEqual(rows, [["nut", "1,200", "98.8 %"], ["cup", "80", "–"]]);
 * ```
 */
export function recordTable(
  records: readonly TableRecord[],
  options: RecordTableOptions = {},
): RecordTable {
  const known = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const { columns = known, percent = [], caption = "" } = options;
  const missing = [...columns, ...percent].find((name) => !known.includes(name));
  if (missing !== undefined && records.length > 0) {
    throw new RangeError(
      `Cannot form a table: column must be one of ${known.join(", ")}, got "${missing}"`,
    );
  }
  const formatted = columns.map((name) => {
    const values = records.map((record) => record[name]);
    return formatColumn(values, percent.includes(name));
  });
  return {
    caption,
    columns: columns.map((title, i) => ({ title, align: formatted[i]!.align })),
    rows: records.map((_, row) => formatted.map((column) => column.cells[row]!)),
  };
}

function formatColumn(
  values: readonly CellValue[],
  isPercent: boolean,
): { align: "left" | "right"; cells: string[] } {
  const numbers = values.flatMap((value) =>
    typeof value === "number" ? [value] : isMeanStd(value) ? [value.mean, value.std ?? 0] : []
  );
  const decimals = decimalsFor(numbers);
  const format = (value: CellValue): string => {
    if (value === null || value === undefined) return "–";
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "string") return value;
    if (isMeanStd(value)) return formatMeanStd(value, { isPercent, decimals });
    return isPercent ? formatPercent(value) : formatNumber(value, decimals);
  };
  return { align: numbers.length > 0 ? "right" : "left", cells: values.map(format) };
}

/** Writes a share in [0, 1] as percent with one decimal. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function isMeanStd(value: CellValue): value is MeanStd {
  return typeof value === "object" && value !== null;
}

function formatMeanStd(
  { mean, std }: MeanStd,
  { isPercent, decimals }: { isPercent: boolean; decimals: number },
): string {
  const format = (value: number): string =>
    isPercent ? (100 * value).toFixed(1) : formatNumber(value, decimals);
  const spread = std === null ? "" : ` ± ${format(std)}`;
  return `${format(mean)}${spread}${isPercent ? " %" : ""}`;
}

function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return text.replace("-", "−");
}

/** None for whole numbers; else at least three significant digits of the largest from 0.1 on. */
function decimalsFor(numbers: readonly number[]): number {
  const finite = numbers.filter(Number.isFinite);
  if (finite.every(Number.isInteger)) return 0;
  const largest = Math.max(...finite.map(Math.abs));
  if (largest >= 1000) return 0;
  if (largest >= 100) return 1;
  if (largest >= 10) return 2;
  return largest >= 0.01 ? 3 : 6;
}

/**
 * Writes a table as text whose columns are aligned, for terminals.
 *
 * Widths are counted in characters. Two blanks stand between columns, none at the end of a line.
 *
 * @param table A formatted table.
 * @returns Lines joined by newlines: caption, if any, heading, rule and rows.
 *
 * @example One cell below its heading
 * ```ts
 * import assert from "node:assert/strict";
 * import { recordTable, recordTableText } from "@/tables.ts";
 *
 * assert.equal(recordTableText(recordTable([{ class: "nut" }])), "class\n─────\nnut");
 * ```
 */
export function recordTableText(table: RecordTable): string {
  const columns = table.columns.map(({ title, align }, i) => ({
    title,
    align,
    cell: (row: readonly string[]) => row[i]!,
  }));
  const body = textTable(table.rows, columns);
  return table.caption === "" ? body : `${table.caption}\n${body}`;
}

/** One column of a table of text. */
export interface TextColumn<Row> {
  /** Heading. */
  readonly title: string;
  /** The text of a row in this column; numbers come formatted. */
  readonly cell: (row: Row) => string;
  /** Side to which the column is aligned; default `right`, for numbers. */
  readonly align?: "left" | "right";
}

/** Lays rows out in aligned columns under a ruled heading. */
export function textTable<Row>(
  rows: readonly Row[],
  columns: readonly TextColumn<Row>[],
): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map(({ title }, i) =>
    Math.max(...[title, ...cells.map((row) => row[i]!)].map((text) => [...text].length))
  );
  const line = (texts: readonly string[]): string =>
    texts.map((text, i) => {
      const blanks = " ".repeat(widths[i]! - [...text].length);
      return columns[i]!.align === "left" ? text + blanks : blanks + text;
    }).join("  ").trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    line(widths.map((width) => "─".repeat(width))),
    ...cells.map(line),
  ].join("\n");
}

/** Writes a table as HTML, with everything that could be markup escaped. */
export function recordTableHtml(table: RecordTable): string {
  const cells = (tag: string, texts: readonly string[]): string =>
    texts.map((text, i) =>
      `<${tag} style="text-align:${table.columns[i]!.align}${noWrap(text)}">${
        escapeHtml(text)
      }</${tag}>`
    ).join("");
  const caption = table.caption === ""
    ? ""
    : `<caption style="text-align:left">${escapeHtml(table.caption)}</caption>`;
  const head = cells("th", table.columns.map((column) => column.title));
  const body = table.rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<table>${caption}<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody></table>`;
}

/** Keeps short cells on one line: a number is not to be torn from its unit. */
function noWrap(text: string): string {
  return text.length <= 20 ? ";white-space:nowrap" : "";
}

/** What stands for the characters that mean something in HTML and SVG. */
const replacements: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes the characters that mean something in HTML and SVG, in text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => replacements[character] ?? character);
}

/** Breaks a text into lines of at most so many characters; a longer word stays whole. */
export function wrapText(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
