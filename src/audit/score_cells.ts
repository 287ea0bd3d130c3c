/**
 * What the cells of a score table may hold.
 *
 * A cell comes from CSV as text, from JSON as text, number, boolean or `null`. Each function says
 * what a cell means, or `undefined` if it means nothing that is allowed.
 *
 * @module
 */

/** Words for the two labels, in lower case. */
const labels: Readonly<Record<string, boolean>> = {
  "0": false,
  "1": true,
  false: false,
  true: true,
  normal: false,
  anomalous: true,
};

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Says whether a cell is empty.
 *
 * @param cell Any cell.
 * @returns Whether it is missing, `null`, or text of spaces alone.
 *
 * @example Nothing and something
 * ```ts
 * import assert from "node:assert/strict";
 * import { isEmptyCell } from "@/audit/score_cells.ts";
 *
 * assert.ok(isEmptyCell(undefined) && isEmptyCell(null) && isEmptyCell("  "));
 * assert.ok(!isEmptyCell(0) && !isEmptyCell(false));
 * ```
 */
export function isEmptyCell(cell: unknown): boolean {
  return cell === undefined || cell === null || (typeof cell === "string" && cell.trim() === "");
}

/**
 * Reads a label: 0, 1, false, true, normal or anomalous, in capitals or not.
 *
 * @param cell Any cell.
 * @returns Whether it says anomalous; `undefined` if it is no label.
 *
 * @example Three labels and a defect
 * ```ts
 * import assert from "node:assert/strict";
 * import { labelOfCell } from "@/audit/score_cells.ts";
 *
 * assert.deepEqual(["Normal", 1, true, "scratch"].map(labelOfCell), [false, true, true, undefined]);
 * ```
 */
export function labelOfCell(cell: unknown): boolean | undefined {
  if (typeof cell === "boolean") return cell;
  if (typeof cell !== "string" && typeof cell !== "number") return undefined;
  const word = String(cell).trim().toLowerCase();
  return Object.hasOwn(labels, word) ? labels[word] : undefined;
}

/**
 * Reads a score: a finite number, or text of one with a decimal point.
 *
 * @param cell Any cell.
 * @returns The number, with all of its 64 bits; `undefined` if it is none.
 *
 * @example Scores, and what is none
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreOfCell } from "@/audit/score_cells.ts";
 *
 * assert.deepEqual([" -1.5e-3", 0.1].map(scoreOfCell), [-0.0015, 0.1]);
 * assert.deepEqual(["", "nan", "0,5", 1 / 0, true].map(scoreOfCell), Array(5).fill(undefined));
 * ```
 */
export function scoreOfCell(cell: unknown): number | undefined {
  if (typeof cell !== "number" && typeof cell !== "string") return undefined;
  if (typeof cell === "string" && !decimal.test(cell.trim())) return undefined;
  const score = Number(cell);
  return Number.isFinite(score) ? score : undefined;
}

/**
 * Reads a name: text that is not empty, or a finite number.
 *
 * @param cell Any cell.
 * @returns The name without spaces around it; `undefined` if it is none.
 *
 * @example A name and a number
 * ```ts
 * import assert from "node:assert/strict";
 * import { nameOfCell } from "@/audit/score_cells.ts";
 *
 * assert.deepEqual([" bolt ", 3, "", true].map(nameOfCell), ["bolt", "3", undefined, undefined]);
 * ```
 */
export function nameOfCell(cell: unknown): string | undefined {
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : undefined;
  return typeof cell === "string" && !isEmptyCell(cell) ? cell.trim() : undefined;
}

/**
 * Shows a cell in a message.
 *
 * @param cell Any cell.
 * @returns JSON, cut when long; "nothing" for an empty cell.
 *
 * @example Text and nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { showCell } from "@/audit/score_cells.ts";
 *
 * assert.deepEqual(["nan", null, 2].map(showCell), ['"nan"', "nothing", "2"]);
 * ```
 */
export function showCell(cell: unknown): string {
  if (isEmptyCell(cell)) return "nothing";
  if (typeof cell === "number") return String(cell);
  const text = JSON.stringify(
    cell,
    (key, part) => key !== "" && typeof part === "object" && part !== null ? "…" : part,
  );
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
