/**
 * Records from text: a table as CSV, or JSON, with one object per line or in an array.
 *
 * @module
 */
import { CsvError, parse } from "csv-parse/sync";
import { describeFaults } from "@/messages.ts";

/** A record: cells by the name of their column. */
export type TextRecord = Readonly<Record<string, unknown>>;

/** Records and where they came from. */
export interface LinedRecords {
  /** The records, in their order. */
  readonly records: readonly TextRecord[];
  /** Line of each, counted from 1. */
  readonly lines: readonly number[];
}

/**
 * Reads a table as CSV with a header line, which decides between comma, semicolon and tab, unless a
 * first line such as `sep=;`, which Excel understands, does.
 *
 * Fields may be quoted, lines may end in any way, spaces around fields and empty lines are left
 * out; a column without a name, such as the index that pandas writes, is called after its position.
 */
export function parseCsv(text: string, options: { source: string }): LinedRecords {
  const task = `Cannot read "${options.source}"`;
  const unified = text.replaceAll(/\r\n?/g, "\n");
  const named = /^\ufeff?"?sep=(\\t|[^"\n])"?[ ,;\t]*(?=\n|$)/i.exec(unified);
  const table = named === null ? unified : unified.slice(named[0].length);
  const delimiter = named === null ? findDelimiter(table) : named[1]!.replace("\\t", "\t");
  const rows = parseRows(table, { delimiter, task });
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

/** One row as csv-parse gives it. */
interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
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

/** Reads JSON lines: one object per line. Empty lines are passed over. */
export function parseJsonLines(text: string, options: { source: string }): LinedRecords {
  const records: TextRecord[] = [];
  const lines: number[] = [];
  const faults: string[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === "") continue;
    const record = parseObject(line);
    if (record instanceof SyntaxError) {
      faults.push(`line ${index + 1}: it must be a JSON object, got ${record.message}`);
    } else {
      records.push(record);
      lines.push(index + 1);
    }
  }
  if (faults.length > 0) {
    throw new SyntaxError(describeFaults(`Cannot read "${options.source}"`, faults));
  }
  return { records, lines };
}

/** Reads a JSON array of objects. */
export function parseJsonArray(
  text: string,
  options: { source: string },
): readonly TextRecord[] {
  const task = `Cannot read "${options.source}"`;
  const value = parseJson(text);
  if (!Array.isArray(value)) {
    const got = value instanceof SyntaxError ? value.message : kindOf(value);
    throw new SyntaxError(`${task}: it must be a JSON array of objects, got ${got}`);
  }
  const faults = value.flatMap((entry, index) =>
    isRecord(entry) ? [] : [`row ${index + 1}: it must be an object, got ${kindOf(entry)}`]
  );
  if (faults.length > 0) throw new SyntaxError(describeFaults(task, faults));
  return value;
}

function parseObject(line: string): TextRecord | SyntaxError {
  const value = parseJson(line);
  if (value instanceof SyntaxError || isRecord(value)) return value;
  return new SyntaxError(kindOf(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

/** Tells a parsed map, or object, from lists, scalars and `null`. */
export function isRecord(value: unknown): value is TextRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
