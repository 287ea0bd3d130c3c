/**
 * Records from CSV.
 *
 * @module
 */
import { CsvError, parse } from "csv-parse/sync";
import { describeFaults } from "@/describe_faults.ts";
import type { LinedRecords } from "@/files/json_records.ts";

/** One row as csv-parse gives it. */
interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a table as CSV with a header line.
 *
 * The header decides between comma, semicolon and tab. Fields may be quoted, lines may end in any
 * way, spaces around fields and empty lines are left out. A column without a name, such as the
 * index that pandas writes, is called after its position.
 *
 * @param text The text, without byte order mark.
 * @param options The file's name, for errors.
 * @returns Cells by column, with the line on which each row begins.
 * @throws {SyntaxError} If quotes are wrong, two columns have one name, or a row has more or fewer
 *   fields than the header; the message names up to twenty such rows.
 *
 * @example Semicolons
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseCsv } from "@/files/text_records.ts";
 *
 * const { records, lines } = parseCsv("image;score\n1.png;0.5\n", { source: "scores.csv" });
 * assert.deepEqual(records, [{ image: "1.png", score: "0.5" }]);
 * assert.deepEqual(lines, [2]);
 * ```
 */
export function parseCsv(text: string, options: { source: string }): LinedRecords {
  const task = `Cannot read "${options.source}"`;
  const unified = text.replaceAll(/\r\n?/g, "\n");
  const delimiter = findDelimiter(unified);
  const rows = parseRows(unified, { delimiter, task });
  const [header, ...body] = rows;
  if (header === undefined) throw new SyntaxError(`${task}: it must have a header line, got none`);
  const columns = header.record.map((name, index) => name === "" ? `column ${index + 1}` : name);
  const faults = columns
    .filter((name, index) => columns.indexOf(name) !== index)
    .map((name) =>
      `line ${firstLine(header)}: every column must have a name of its own, got "${name}" twice`
    );
  const lines = body.map(firstLine);
  for (const [index, { record }] of body.entries()) {
    if (record.length === columns.length) continue;
    const hint = record.length > columns.length
      ? "; values that hold the delimiter need quotes, and decimals a point"
      : "";
    faults.push(
      `line ${lines[index]}: it must have ${columns.length} fields like the header, ` +
        `got ${record.length}${hint}`,
    );
  }
  if (faults.length > 0) throw new SyntaxError(describeFaults(task, faults));
  const records = body.map(({ record }) =>
    Object.fromEntries(columns.map((column, index) => [column, record[index]]))
  );
  return { records, lines };
}

/** Of comma, semicolon and tab the one that the header has most of, quoted parts aside. */
function findDelimiter(text: string): string {
  const lines = text.replaceAll(/"[^"]*"/g, "q").split("\n");
  const header = lines.find((line) => line.trim() !== "") ?? "";
  const counts = [",", ";", "\t"].map((each) => ({ each, count: header.split(each).length }));
  return counts.reduce((most, next) => next.count > most.count ? next : most).each;
}

function parseRows(
  text: string,
  { delimiter, task }: { delimiter: string; task: string },
): readonly ParsedRow[] {
  try {
    return parse(text, {
      delimiter,
      info: true,
      record_delimiter: "\n",
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as ParsedRow[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new SyntaxError(`${task}: its quotes must match, got ${error.message}`, { cause: error });
  }
}

/** csv-parse counts the lines up to the end of a row. */
function firstLine({ record, info }: ParsedRow): number {
  return info.lines - record.reduce((sum, field) => sum + field.split("\n").length - 1, 0);
}
