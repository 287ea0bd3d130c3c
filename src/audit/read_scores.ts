/**
 * Reads a table of anomaly scores, whoever made it, from CSV, JSON lines or a JSON array.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { type FileOfImage, locateFiles } from "@/audit/maps.ts";
import { createClassOf, type ScoreTable, splitOfPath, toScoreTable } from "@/audit/score_table.ts";
import { readStart, statIfExists } from "@/files/read.ts";
import { parseCsv, parseJsonArray, parseJsonLines, type TextRecord } from "@/files/text_records.ts";

/** Formats of a table of scores. */
export const SCORE_TABLE_FORMATS = ["csv", "jsonl", "json"] as const;

/** One of these formats. */
export type ScoreTableFormat = (typeof SCORE_TABLE_FORMATS)[number];

/** How to read a table of scores. */
export interface ReadScoreTableOptions {
  /** The format; default "auto": told by content and extension. */
  readonly format?: "auto" | ScoreTableFormat;
  /** The table's name; default: the file's name. */
  readonly name?: string;
  /** Pattern whose one group is the class in a path; default: the folder above `test` or `train`. */
  readonly classOf?: string | null;
  /** Folder that relative paths of maps and masks start from; default: the file's folder. */
  readonly folder?: string;
}

/**
 * Reads a table of scores as CSV, JSON lines or a JSON array.
 *
 * Tables have the columns that `toScoreTable` describes; all maps and masks that they name must
 * exist. Where the images stand in anomalib's column `image_path` and there is no class, class and
 * split are told from the paths.
 *
 * @param path The file.
 * @param options Format, name, classes, and where maps and masks are; see `ReadScoreTableOptions`.
 * @returns The table; `map` and `mask` are paths from the working directory.
 * @throws {SyntaxError} If the file is not in its format.
 * @throws {RangeError} If a row is not what it must be; the message names up to twenty faults.
 * @throws {Error} If the file cannot be read, or a map or mask is missing.
 *
 * @example Two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { readScoreTable } from "@/audit/mod.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, "image,class,label,score\n1.png,bolt,0,0.5\n2.png,bolt,1,2\n");
 * const { rows } = await readScoreTable(path);
 * assert.deepEqual(rows.map(({ isAnomalous }) => isAnomalous), [false, true]);
 * await Deno.remove(path);
 * ```
 */
export async function readScoreTable(
  path: string,
  options: ReadScoreTableOptions = {},
): Promise<ScoreTable> {
  const { format: asked = "auto", name = basename(path), classOf = null } = options;
  const { folder = dirname(path) } = options;
  const stat = await statIfExists(path);
  if (!stat?.isFile) {
    const got = stat === null ? "none" : "a folder";
    throw new Error(`Cannot read "${path}": there must be such a file, got ${got}`);
  }
  const format = asked === "auto" ? scoreTableFormat(path, await readStart(path, 256)) : asked;
  const tellClass = createClassOf(classOf);
  const text = decode(await Deno.readFile(path), path);
  const { records, lines } = parseText(text, { format, source: path });
  const tellsByPath = records.every((record) =>
    "image_path" in record && !("image" in record) && !("class" in record)
  );
  const table = toScoreTable(records, {
    name,
    source: path,
    ...lines === undefined ? {} : { lines },
    classOf: classOf !== null || tellsByPath ? tellClass : null,
    splitOf: tellsByPath ? splitOfPath : null,
  });
  return await withLocatedFiles(table, { folder, source: path });
}

function parseText(
  text: string,
  { format, source }: { format: ScoreTableFormat; source: string },
): { records: readonly TextRecord[]; lines?: readonly number[] } {
  if (format === "csv") return parseCsv(text, { source });
  if (format === "jsonl") return parseJsonLines(text, { source });
  return { records: parseJsonArray(text, { source }) };
}

async function withLocatedFiles(
  table: ScoreTable,
  options: { folder: string; source: string },
): Promise<ScoreTable> {
  const files = table.rows.flatMap(({ image, map, mask }): FileOfImage[] => [
    ...map === null ? [] : [{ image, what: "map" as const, file: map }],
    ...mask === null ? [] : [{ image, what: "mask" as const, file: mask }],
  ]);
  const paths = (await locateFiles(files, options)).values();
  const rows = table.rows.map((row) => ({
    ...row,
    map: row.map === null ? null : paths.next().value!,
    mask: row.mask === null ? null : paths.next().value!,
  }));
  return { ...table, rows };
}

/** The decoder leaves a byte order mark out. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`Cannot read "${path}": it must be UTF-8 text, got other bytes`, {
      cause: error,
    });
  }
}

const formatOfExtension: Readonly<Record<string, ScoreTableFormat>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
};

/**
 * Tells the format of a table from its extension and, where that is `.json` or none of ours, from
 * whether the file begins with `[`, with `{`, or otherwise.
 *
 * What Python or PyTorch saved is refused by its bytes, whatever it is called: nothing in it is
 * ever run, and whoever has such a file has Python, which writes the table.
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

/** Says whether a file is a zip file, by its first four bytes. */
export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
}
