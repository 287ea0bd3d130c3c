/**
 * Reads a table of anomaly scores, whoever made it.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { createClassOf, splitOfPath } from "@/class_of_path.ts";
import { parseCsv } from "@/io/csv_records.ts";
import { importAdeval, type ImportOptions, isAdeval } from "@/io/import_adeval.ts";
import { importAnomalib } from "@/io/import_anomalib.ts";
import { type FileOfImage, locateFiles } from "@/io/locate_files.ts";
import { readStart } from "@/io/read_start.ts";
import { openSavedValues } from "@/io/saved_values.ts";
import { statIfExists } from "@/io/stat_if_exists.ts";
import { parseJsonArray, parseJsonLines } from "@/json_records.ts";
import { scoreFileKind } from "@/score_format.ts";
import { type ScoreRecord, type ScoreTable, toScoreTable } from "@/score_table.ts";

/** What holds the scores: a table as text, or what another program saved. */
export type ScoreTableFormat = "csv" | "jsonl" | "json" | "anomalib" | "adeval";

/** How to read a table of scores. */
export interface ReadScoreTableOptions extends ImportOptions {
  /** The format; default "auto": told by content and extension. */
  readonly format?: "auto" | ScoreTableFormat;
}

/**
 * Reads a table of scores as CSV, JSON lines or a JSON array, or imports the predictions of anomalib
 * or what ADEval evaluates.
 *
 * Text tables have the columns that `toScoreTable` describes; all maps and masks that they name must
 * exist. Where the images stand in anomalib's column `image_path` and there is no class, class and
 * split are told from the paths, as for imported files.
 *
 * @param path The file.
 * @param options Format, name, classes, and where maps and masks are; see `ReadScoreTableOptions`.
 * @returns The table; `map` and `mask` are paths from the working directory.
 * @throws {SyntaxError} If the file is not in its format, or asks for what is not data.
 * @throws {RangeError} If a row is not what it must be; the message names up to twenty faults.
 * @throws {Error} If the file cannot be read, or a map or mask is missing.
 *
 * @example Two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { readScoreTable } from "@/io/read_score_table.ts";
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
  const { format = "auto", ...others } = options;
  const stat = await statIfExists(path);
  if (!stat?.isFile) {
    const got = stat === null ? "none" : "a folder";
    throw new Error(`Cannot read "${path}": there must be such a file, got ${got}`);
  }
  const chosen = format === "auto" ? await detectFormat(path) : format;
  if (chosen === "adeval") return await importAdeval(path, others);
  if (chosen === "anomalib") return await importAnomalib(path, others);
  return await readTextTable(path, { ...others, format: chosen });
}

async function detectFormat(path: string): Promise<ScoreTableFormat> {
  const kind = scoreFileKind(path, await readStart(path, 256));
  if (kind !== "torch" && kind !== "pickle") return kind;
  await using saved = await openSavedValues(path);
  return isAdeval(saved.value) ? "adeval" : "anomalib";
}

async function readTextTable(
  path: string,
  options: ImportOptions & { format: "csv" | "jsonl" | "json" },
): Promise<ScoreTable> {
  const { format, name = basename(path), classOf = null, folder = dirname(path) } = options;
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
  { format, source }: { format: "csv" | "jsonl" | "json"; source: string },
): { records: readonly ScoreRecord[]; lines?: readonly number[] } {
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
