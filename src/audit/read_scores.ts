/**
 * Reads a table of anomaly scores, whoever made it, from CSV, JSON lines, a JSON array or Parquet;
 * names several tables.
 *
 * @module
 */
import { basename, dirname, normalize, parse, sep } from "node:path";
import { describeOtherKind, type FileEnds, isBinary, readEnds } from "@/audit/file_kinds.ts";
import { type FileOfImage, locateFiles, type LocateFilesOptions } from "@/audit/locate_files.ts";
import { PARQUET_MARK, readParquet } from "@/audit/parquet.ts";
import {
  chooseScoreColumns,
  createClassOf,
  type ScoreTable,
  splitOfPath,
  toScoreTable,
} from "@/audit/score_table.ts";
import { statIfExists } from "@/files/read.ts";
import { parseCsv, parseJsonArray, parseJsonLines, type TextRecord } from "@/files/text_records.ts";

/** Formats of a table of scores. */
export const SCORE_TABLE_FORMATS = ["csv", "jsonl", "json", "parquet"] as const;

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
  /**
   * Folder that stands for those of another machine in paths of maps: where a map is not at its
   * path, it is the file below this folder that has the longest end of the path; default: none.
   */
  readonly mapRoot?: string;
  /** The same for masks; default: none. */
  readonly maskRoot?: string;
}

/**
 * Reads a table of scores as CSV, JSON lines, a JSON array or Parquet.
 *
 * Tables have the columns that `toScoreTable` describes; all maps and masks that they name must
 * exist. Where the images stand in anomalib's column `image_path` and there is no class, class and
 * split are told from the paths.
 *
 * @param path The file.
 * @param options Format, name, classes, and where maps and masks are; see `ReadScoreTableOptions`.
 * @returns The table; `map` and `mask` are paths from the working directory.
 * @throws {SyntaxError} If the file is not in its format, or of a kind that is no table; the message
 *   names the kind and the way to a table.
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
  const { folder = dirname(path), mapRoot, maskRoot } = options;
  await checkFile(path);
  const ends = await readEnds(path);
  const format = asked === "auto" ? scoreTableFormat(path, ends) : asked;
  if (asked !== "auto") refuseOtherKinds(path, { ends, extension: "" });
  const tellClass = createClassOf(classOf);
  const { records, ...known } = await readRecords(path, format);
  const tellsByPath = records.every((record) =>
    "image_path" in record && !("image" in record) && !("class" in record)
  );
  const table = toScoreTable(records, {
    name,
    source: path,
    ...known,
    classOf: classOf !== null || tellsByPath ? tellClass : null,
    splitOf: tellsByPath ? splitOfPath : null,
  });
  return await withLocatedFiles(table, {
    folder,
    source: path,
    roots: {
      ...mapRoot !== undefined && { map: mapRoot },
      ...maskRoot !== undefined && { mask: maskRoot },
    },
  });
}

async function checkFile(path: string): Promise<void> {
  const stat = await statIfExists(path);
  if (stat?.isFile) return;
  const got = stat === null
    ? "none"
    : stat.isDirectory
    ? "a folder; name the file with the scores"
    : "a device or pipe; write it to a file";
  throw new Error(`Cannot read "${path}": there must be such a file, got ${got}`);
}

async function readRecords(
  path: string,
  format: ScoreTableFormat,
): Promise<
  {
    records: readonly TextRecord[];
    lines?: readonly number[];
    columns?: readonly string[];
  }
> {
  if (format === "parquet") {
    return await readParquet(path, {
      choose: (columns) => Object.values(chooseScoreColumns(columns)),
    });
  }
  const text = decode(await Deno.readFile(path), path);
  if (format === "csv") return parseCsv(text, { source: path });
  if (format === "jsonl") return parseJsonLines(text, { source: path });
  return { records: parseJsonArray(text, { source: path }) };
}

async function withLocatedFiles(
  table: ScoreTable,
  options: LocateFilesOptions,
): Promise<ScoreTable> {
  const files = table.rows.flatMap(({ image, map, mask }): FileOfImage[] => [
    ...map === null ? [] : [{ image, what: "map" as const, file: map }],
    ...mask === null ? [] : [{ image, what: "mask" as const, file: mask }],
  ]);
  const paths = (await locateFiles(files, options)).values();
  if (files.length === 0) return table;
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
    throw new SyntaxError(
      `Cannot read "${path}": it must be UTF-8 text, got other bytes; save it as UTF-8`,
      { cause: error },
    );
  }
}

const formatOfExtension: Readonly<Record<string, ScoreTableFormat>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  parquet: "parquet",
  pq: "parquet",
};

/**
 * Tells the format of a table: Parquet by its first bytes, others from the extension and, where
 * that is `.json` or none of ours, from whether the file begins with `[`, with `{`, or otherwise.
 *
 * A file of another kind is refused, whatever it is called.
 */
export function scoreTableFormat(path: string, ends: FileEnds): ScoreTableFormat {
  const { start } = ends;
  const extension = path.match(/\.([^./\\]+)$/)?.[1]?.toLowerCase() ?? "";
  if (start.length === 0) {
    throw new SyntaxError(`Cannot read "${path}": it must hold scores, got an empty file`);
  }
  if (isParquet(ends)) return "parquet";
  refuseOtherKinds(path, { ends, extension });
  const named = Object.hasOwn(formatOfExtension, extension) ? formatOfExtension[extension]! : null;
  const first = start.replace(/^\xef\xbb\xbf/, "").trimStart()[0];
  if (named === "json" || named === null) {
    if (first === "[") return "json";
    if (first === "{") return "jsonl";
  }
  return named ?? "csv";
}

function refuseOtherKinds(
  path: string,
  { ends, extension }: { ends: FileEnds; extension: string },
): void {
  const other = isParquet(ends) ? null : describeOtherKind(ends, { extension });
  if (other === null) return;
  throw new SyntaxError(
    `Cannot read "${path}": it must be CSV, JSON lines or Parquet, got ${other}`,
  );
}

/** A column of a CSV file may be called PAR1, too. */
function isParquet({ start }: FileEnds): boolean {
  return start.startsWith(PARQUET_MARK) && isBinary(start);
}

/**
 * Names tables after their files: the base name without extension or, where several share that,
 * with as many of the folders above as tell them apart, and with the extension where it alone does.
 *
 * Names do not depend on the order of the tables, and different files never have the same.
 */
export function nameTables(paths: readonly string[]): string[] {
  const files = paths.map((path) => normalize(path).split(sep));
  const stems = files.map((parts) => [...parts.slice(0, -1), parse(parts.at(-1)!).name]);
  const keys = files.map((parts) => parts.join("/"));
  const repeated = keys.findIndex((key, index) => keys.indexOf(key) !== index);
  if (repeated >= 0) {
    throw new RangeError(
      "Cannot audit scores: every table must have a name of its own, " +
        `got "${stems[repeated]!.at(-1)}" twice`,
    );
  }
  const stemKeys = stems.map((parts) => parts.join("/"));
  const names = stems.map((stem, index) =>
    [...keys, ...stemKeys].filter((key) => key === stemKeys[index]).length > 1
      ? files[index]!
      : stem
  );
  const endOf = (name: readonly string[], length: number): string => name.slice(-length).join("/");
  return names.map((name, index) => {
    let length = 1;
    while (
      names.some((other, i) => i !== index && endOf(other, length) === endOf(name, length))
    ) length++;
    return endOf(name, length);
  });
}
