/**
 * Which kind of file holds the scores.
 *
 * @module
 */

/** Kinds of file: tables as text, PyTorch's archives, Python's pickles. */
export type ScoreFileKind = "csv" | "jsonl" | "json" | "torch" | "pickle";

const kindOfExtension: Readonly<Record<string, ScoreFileKind>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  pt: "torch",
  pth: "torch",
  pkl: "pickle",
  pickle: "pickle",
};

/**
 * Tells the kind of a file from its extension and its first bytes.
 *
 * Archives, and pickles from protocol 2 on, are told by their bytes whatever they are called; all
 * others by their extension, and where that is none of ours, by whether they begin with `[`, with
 * `{`, or otherwise. A `.json` file that begins with `{` holds JSON lines.
 *
 * @param path The file's path.
 * @param start Its first bytes, sixteen or more where there are as many.
 * @returns The kind.
 * @throws {SyntaxError} If the file is empty or a spreadsheet, or is called after another kind than
 *   it is.
 *
 * @example By extension, and by content
 * ```ts
 * import assert from "node:assert/strict";
 * import { scoreFileKind } from "@/score_format.ts";
 *
 * const bytes = new TextEncoder().encode("image,class");
 * assert.equal(scoreFileKind("scores.tsv", bytes), "csv");
 * assert.equal(scoreFileKind("scores.txt", bytes), "csv");
 * assert.equal(scoreFileKind("scores.pkl", Uint8Array.of(0x80, 4)), "pickle");
 * ```
 */
export function scoreFileKind(path: string, start: Uint8Array): ScoreFileKind {
  const extension = path.match(/\.([^./\\]+)$/)?.[1]?.toLowerCase() ?? "";
  const refuse = (what: string): SyntaxError => new SyntaxError(`Cannot read "${path}": ${what}`);
  if (start.length === 0) throw refuse("it must hold scores, got an empty file");
  if (/^(?:xlsx?|ods|numbers)$/.test(extension)) {
    throw refuse("it must be CSV or JSON lines, got a spreadsheet; save it as CSV");
  }
  if (isZip(start)) return "torch";
  const isPickle = start[0] === 0x80 && start[1]! <= 5;
  if (isPickle) return "pickle";
  const named = Object.hasOwn(kindOfExtension, extension) ? kindOfExtension[extension]! : null;
  if (named === "torch") {
    throw refuse("it must be a PyTorch archive or a pickle, got other bytes");
  }
  const first = new TextDecoder().decode(start).trimStart()[0];
  if (named === "json" || named === null) {
    if (first === "[") return "json";
    if (first === "{") return "jsonl";
  }
  return named ?? "csv";
}

/**
 * Says whether a file is a zip file, as which PyTorch saves.
 *
 * @param start Its first bytes, four or more where there are as many.
 * @returns Whether it begins like one.
 *
 * @example A zip file
 * ```ts
 * import assert from "node:assert/strict";
 * import { isZip } from "@/score_format.ts";
 *
 * assert.ok(isZip(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)));
 * ```
 */
export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
}
