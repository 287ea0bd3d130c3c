/**
 * Records from JSON: one object per line, or an array of objects.
 *
 * @module
 */
import { describeFaults } from "@/describe_faults.ts";

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
 * Reads JSON lines: one object per line. Empty lines are passed over.
 *
 * @param text The text.
 * @param options The file's name, for errors.
 * @returns The objects with their lines.
 * @throws {SyntaxError} If a line is no JSON object; the message names up to twenty such lines.
 *
 * @example Two records
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseJsonLines } from "@/files/json_records.ts";
 *
 * const { records, lines } = parseJsonLines('{"a": 1}\n\n{"a": 2}\n', { source: "a.jsonl" });
 * assert.deepEqual(records, [{ a: 1 }, { a: 2 }]);
 * assert.deepEqual(lines, [1, 3]);
 * ```
 */
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

/**
 * Reads a JSON array of objects.
 *
 * @param text The text.
 * @param options The file's name, for errors.
 * @returns The objects.
 * @throws {SyntaxError} If the text is anything else; the message names up to twenty wrong entries.
 *
 * @example One record
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseJsonArray } from "@/files/json_records.ts";
 *
 * assert.deepEqual(parseJsonArray('[{"a": 1}]', { source: "a.json" }), [{ a: 1 }]);
 * ```
 */
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

function isRecord(value: unknown): value is TextRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
