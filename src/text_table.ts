/**
 * Tables as plain text, for terminals.
 *
 * @module
 */

/** One column of a table. */
export interface TextColumn<Row> {
  /** Heading. */
  readonly title: string;
  /** The text of a row in this column; numbers come formatted. */
  readonly cell: (row: Row) => string;
  /** Side to which the column is aligned; default `right`, for numbers. */
  readonly align?: "left" | "right";
}

/**
 * Lays rows out in aligned columns under a ruled heading.
 *
 * @param rows What the table shows, in order.
 * @param columns The columns, from left to right.
 * @returns Lines joined by newlines, without one at the end; no trailing blanks.
 *
 * @example Two classes
 * ```ts
 * import assert from "node:assert/strict";
 * import { textTable } from "@/text_table.ts";
 *
 * const text = textTable([{ name: "bolt", auroc: 0.987 }, { name: "nut", auroc: 1 }], [
 *   { title: "class", cell: (row) => row.name, align: "left" },
 *   { title: "AUROC", cell: (row) => (100 * row.auroc).toFixed(1) },
 * ]);
 * assert.equal(text, ["class  AUROC", "─────  ─────", "bolt    98.7", "nut    100.0"].join("\n"));
 * ```
 */
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

/**
 * Formats a share from 0 to 1 as percent with one decimal; a dash where it is undefined.
 *
 * @param share The share, or `null` where a metric is undefined.
 * @returns Such as `97.4` or `–`.
 *
 * @example A metric and an undefined one
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatPercent } from "@/text_table.ts";
 *
 * assert.equal(formatPercent(0.9742), "97.4");
 * assert.equal(formatPercent(null), "–");
 * ```
 */
export function formatPercent(share: number | null): string {
  return share === null ? "–" : (100 * share).toFixed(1);
}
