/**
 * In which format a file holds scores.
 *
 * @module
 */

/** Formats of a table of scores. */
export type ScoreTableFormat = "csv" | "jsonl" | "json";

const formatOfExtension: Readonly<Record<string, ScoreTableFormat>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
};

/**
 * Tells the format of a table from its extension and its first bytes.
 *
 * The extension decides, and where it is none of ours, whether the file begins with `[`, with `{`, or
 * otherwise. A `.json` file that begins with `{` holds JSON lines. What Python or PyTorch saved is
 * refused by its bytes, whatever it is called: nothing in it is ever run, and whoever has such a file
 * has Python, which writes the table.
 *
 * @param path The file's path.
 * @param start Its first bytes, sixteen or more where there are as many.
 * @returns The format.
 * @throws {SyntaxError} If the file is empty, a spreadsheet, a zip file or a pickle.
 *
 * @example By extension, and by content
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreTableFormat } from "@/audit/score_format.ts";
 *
 * const bytes = new TextEncoder().encode("image,class");
 * assert.equal(scoreTableFormat("scores.tsv", bytes), "csv");
 * assert.equal(scoreTableFormat("scores.txt", bytes), "csv");
 * ```
 */
export function scoreTableFormat(path: string, start: Uint8Array): ScoreTableFormat {
  const extension = path.match(/\.([^./\\]+)$/)?.[1]?.toLowerCase() ?? "";
  if (start.length === 0) {
    throw new SyntaxError(`Cannot read "${path}": it must hold scores, got an empty file`);
  }
  const other = otherKind(extension, start);
  if (other !== null) {
    throw new SyntaxError(`Cannot read "${path}": it must be CSV or JSON lines, got ${other}`);
  }
  const named = Object.hasOwn(formatOfExtension, extension) ? formatOfExtension[extension]! : null;
  const first = new TextDecoder().decode(start).trimStart()[0];
  if (named === "json" || named === null) {
    if (first === "[") return "json";
    if (first === "{") return "jsonl";
  }
  return named ?? "csv";
}

/** What a file is that is no table, with the way out; `null` where it may be one. */
function otherKind(extension: string, start: Uint8Array): string | null {
  if (/^(?:xlsx?|ods|numbers)$/.test(extension)) return "a spreadsheet; save it as CSV";
  if (isZip(start)) return "a zip file, as PyTorch saves; write the scores as CSV in Python";
  const isPickle = start[0] === 0x80 && start[1]! <= 5;
  if (isPickle || /^(?:pkl|pickle|pt|pth)$/.test(extension)) {
    return "what Python saved; write the scores as CSV in Python";
  }
  return null;
}

/**
 * Says whether a file is a zip file.
 *
 * @param start Its first bytes, four or more where there are as many.
 * @returns Whether it begins like one.
 *
 * @example A zip file
 * ```ts
 * import assert from "node:assert/strict";
 * import { isZip } from "@/audit/score_format.ts";
 *
 * assert.ok(isZip(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)));
 * ```
 */
export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
}
