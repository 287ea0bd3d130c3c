/**
 * Tables of anomaly scores, made by any method: which column is which, what its cells may hold, and
 * what the path of an image says.
 *
 * One row per image; required are its path, class, label and score. What a table may hold is
 * checked in full before anything is computed from it. A cell comes from CSV as text, from JSON and
 * Parquet as text, number, boolean or `null`; each reader of cells gives `undefined` where a cell means nothing
 * that is allowed. In the folder layout of MVTec AD an image lies in
 * `<class>/<train or test>/<defect>/<file>`, which tells class and split where no column does.
 *
 * @module
 */
import type { TextRecord } from "@/files/text_records.ts";
import { closestName, describeFaults } from "@/messages.ts";

/** One image with its score. */
export interface ScoreRow {
  /** Path or other name of the image, unique within its split. */
  readonly image: string;
  /** Its class. */
  readonly className: string;
  /** Its label. */
  readonly isAnomalous: boolean;
  /** Its anomaly score as it was given: the higher, the more anomalous. */
  readonly score: number;
  /** Scores of training images serve to calibrate thresholds; metrics are those of test images. */
  readonly split: "train" | "test";
  /** Which part of the model scored it; `null` if the table does not say. */
  readonly group: string | null;
  /** File of its anomaly map, if there is one. */
  readonly map: string | null;
  /** File of its mask, if there is one. */
  readonly mask: string | null;
}

/** Scores of one method. */
export interface ScoreTable {
  /** What to call it. */
  readonly name: string;
  /** Its rows, in their order. */
  readonly rows: readonly ScoreRow[];
  /** Columns that were not used. */
  readonly ignoredColumns: readonly string[];
}

/** What is known of a table besides its cells. */
export interface ScoreTableOptions {
  /** The table's name. */
  readonly name: string;
  /** The file that it comes from, for errors; default: the name. */
  readonly source?: string;
  /** Line of the file for each record, for errors; default: rows are counted from 1. */
  readonly lines?: readonly number[];
  /** Names of all columns, where records leave some out; default: those of the records. */
  readonly columns?: readonly string[];
  /** Tells the class from the image, in place of a column; default `null`. */
  readonly classOf?: ((image: string) => string | null) | null;
  /** Tells the split from the image where there is no such column; default: all are "test". */
  readonly splitOf?: ((image: string) => "train" | "test") | null;
}

/** One record under examination. */
interface Draft {
  readonly place: string;
  readonly row: ScoreRow;
}

/**
 * Makes a score table of records, or says everything that is wrong with them.
 *
 * Columns are called image, class, label, score, and optionally split, group, map and mask; for
 * image, label, score, map and mask anomalib's names (`image_path`, `gt_label`, `pred_score`,
 * `anomaly_map`, `mask_path` or `gt_mask`) are understood where ours are missing. Other columns are
 * listed, not used. A group is given for every row or for none. Takes O(cells) time.
 *
 * @param records Cells by column, one record per row; cells are text, numbers, booleans or `null`.
 * @param options The table's name and what is known of its lines; see `ScoreTableOptions`.
 * @returns The table.
 * @throws {RangeError} If a column is missing, a cell is not what it must be, a training image is
 *   anomalous, an image occurs twice in a split, or there is no test image. The message names up to
 *   twenty faults with their lines.
 *
 * @example Two images, and a column that is not used
 * ```ts
 * import assert from "node:assert/strict";
 * import { toScoreTable } from "@/audit/mod.ts";
 *
 * const table = toScoreTable([
 *   { image: "1.png", class: "bolt", label: "normal", score: "0.25", decision: "0" },
 *   { image: "2.png", class: "bolt", label: "anomalous", score: "1e1", decision: "1" },
 * ], { name: "mine.csv" });
 *
 * assert.deepEqual(table.rows.map(({ score }) => score), [0.25, 10]);
 * assert.deepEqual(table.ignoredColumns, ["decision"]);
 * ```
 */
export function toScoreTable(
  records: readonly TextRecord[],
  options: ScoreTableOptions,
): ScoreTable {
  const { name, source = name, lines, classOf } = options;
  const columns = options.columns ?? columnsOf(records);
  const { class: classColumn, ...others } = chooseScoreColumns(columns);
  const used = classOf || classColumn === undefined ? others : { ...others, class: classColumn };
  const required: ScoreField[] = ["image", ...classOf ? [] : ["class" as const], "label", "score"];
  const faults = records.length === 0
    ? ["it must have rows, got none"]
    : missingScoreColumns(columns, required);
  const hasGroups = records.some((record) => !isEmptyCell(cellOf(record, used.group)));
  const drafts = records.map((record, index): Draft => {
    const place = lines === undefined ? `row ${index + 1}` : `line ${lines[index]}`;
    const say = (fault: string): number => faults.push(`${place}: ${fault}`);
    return { place, row: readRow(record, { used, options, say, hasGroups }) };
  });
  faults.push(...repeatedImages(drafts));
  if (drafts.length > 0 && drafts.every(({ row }) => row.split === "train")) {
    faults.push('it must have rows of split "test", got none');
  }
  if (faults.length > 0) throw new RangeError(describeFaults(`Cannot read "${source}"`, faults));
  const known: readonly string[] = Object.values(used);
  return {
    name,
    rows: drafts.map(({ row }) => row),
    ignoredColumns: columns.filter((column) => !known.includes(column)),
  };
}

function columnsOf(records: readonly TextRecord[]): string[] {
  const columns = new Set<string>();
  for (const record of records) for (const column of Object.keys(record)) columns.add(column);
  return [...columns];
}

function cellOf(record: TextRecord, column: string | undefined): unknown {
  return column !== undefined && Object.hasOwn(record, column) ? record[column] : undefined;
}

/** Reads one record; where a cell is wrong, says so and goes on with something in its place. */
function readRow(
  record: TextRecord,
  context: {
    readonly used: ScoreColumns;
    readonly options: ScoreTableOptions;
    readonly say: (fault: string) => void;
    readonly hasGroups: boolean;
  },
): ScoreRow {
  const { used, options, say, hasGroups } = context;
  const demand = <Value>(
    field: ScoreField,
    what: string,
    read: (cell: unknown) => Value | undefined,
  ): Value | undefined => {
    if (used[field] === undefined) return undefined;
    const cell = cellOf(record, used[field]);
    const value = read(cell);
    if (value === undefined) {
      const hint = field === "score" && hasDecimalComma(cell)
        ? "; docs/from_python.md turns commas into points"
        : "";
      say(`${used[field]} must be ${what}, got ${showCell(cell)}${hint}`);
    }
    return value;
  };
  const file = (field: "map" | "mask"): string | null =>
    isEmptyCell(cellOf(record, used[field]))
      ? null
      : demand(field, "the name of a file", (cell) =>
        typeof cell === "string" ? cell.trim() : undefined) ?? null;
  const image = demand("image", "a path", nameOfCell) ?? "";
  const split = demand("split", '"train" or "test"', splitOfCell) ??
    options.splitOf?.(image) ?? "test";
  const isAnomalous = demand(
    "label",
    "0, 1, false, true, normal or anomalous",
    labelOfCell,
  ) ?? false;
  if (isAnomalous && split === "train") {
    say("training images must be normal, got an anomalous one");
  }
  return {
    image,
    className: options.classOf
      ? classByPath(image, { classOf: options.classOf, say })
      : demand("class", "a name", nameOfCell) ?? "",
    isAnomalous,
    score: demand("score", "a finite number with a decimal point", scoreOfCell) ?? 0,
    split,
    group: hasGroups
      ? demand("group", "a name or a number, for every row or for none", nameOfCell) ?? null
      : null,
    map: file("map"),
    mask: file("mask"),
  };
}

function classByPath(
  image: string,
  { classOf, say }: { classOf: (image: string) => string | null; say: (fault: string) => void },
): string {
  if (image === "") return "";
  const className = classOf(image);
  if (className === null) say(`the path must tell the class, got "${image}"`);
  return className ?? "";
}

function repeatedImages(drafts: readonly Draft[]): string[] {
  const first = new Map<string, Draft>();
  const faults: string[] = [];
  for (const draft of drafts) {
    const { image, split, className } = draft.row;
    if (image === "") continue;
    const key = `${split}/${image}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, draft);
    else {
      const hint = before.row.className === className ? "" : "; paths must differ between classes";
      faults.push(
        `${draft.place}: an image must occur once in split "${split}", ` +
          `got "${image}" again after ${before.place}${hint}`,
      );
    }
  }
  return faults;
}

/** Says whether a cell is empty. */
export function isEmptyCell(cell: unknown): boolean {
  return cell === undefined || cell === null || (typeof cell === "string" && cell.trim() === "");
}

/** Words for the two labels, in lower case. */
const labels: Readonly<Record<string, boolean>> = {
  false: false,
  true: true,
  normal: false,
  anomalous: true,
};

/**
 * Reads a label: false, true, normal or anomalous, in capitals or not, or a number that equals 0 or
 * 1, such as the 1.0 that pandas writes into a column with gaps.
 */
export function labelOfCell(cell: unknown): boolean | undefined {
  if (typeof cell === "boolean") return cell;
  const word = typeof cell === "string" ? cell.trim().toLowerCase() : "";
  if (Object.hasOwn(labels, word)) return labels[word];
  const number = scoreOfCell(cell);
  return number === 0 || number === 1 ? number === 1 : undefined;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Reads a score: a finite number, or text of one with a decimal point. */
export function scoreOfCell(cell: unknown): number | undefined {
  if (typeof cell !== "number" && typeof cell !== "string") return undefined;
  if (typeof cell === "string" && !decimal.test(cell.trim())) return undefined;
  const score = Number(cell);
  return Number.isFinite(score) ? score : undefined;
}

/** Says whether a cell is a number as Excel writes it where decimals have a comma. */
function hasDecimalComma(cell: unknown): boolean {
  return typeof cell === "string" && /^[+-]?[\d.]*,\d+(?:e[+-]?\d+)?$/i.test(cell.trim());
}

/** Reads a name: text that is not empty, or a finite number. */
export function nameOfCell(cell: unknown): string | undefined {
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : undefined;
  return typeof cell === "string" && !isEmptyCell(cell) ? cell.trim() : undefined;
}

function splitOfCell(cell: unknown): "train" | "test" | undefined {
  const word = typeof cell === "string" ? cell.trim().toLowerCase() : "";
  return word === "train" || word === "test" ? word : undefined;
}

/** Shows a cell in a message. */
export function showCell(cell: unknown): string {
  if (isEmptyCell(cell)) return "nothing";
  if (typeof cell === "number") return String(cell);
  const text = JSON.stringify(
    cell,
    (key, part) => {
      if (typeof part === "bigint") return Number(part);
      return key !== "" && typeof part === "object" && part !== null ? "…" : part;
    },
  );
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** What a table can say of an image. */
export type ScoreField =
  | "image"
  | "class"
  | "label"
  | "score"
  | "split"
  | "group"
  | "map"
  | "mask";

/** The column of each field; fields without one are left out. */
export type ScoreColumns = Readonly<Partial<Record<ScoreField, string>>>;

/** Names that a column may have, the first one first; the others are anomalib's. */
const columnNames: readonly (readonly [ScoreField, readonly string[]])[] = [
  ["image", ["image", "image_path"]],
  ["class", ["class"]],
  ["label", ["label", "gt_label"]],
  ["score", ["score", "pred_score"]],
  ["split", ["split"]],
  ["group", ["group"]],
  ["map", ["map", "anomaly_map"]],
  ["mask", ["mask", "mask_path", "gt_mask"]],
];

/** Finds the column of each field: ours, or anomalib's where ours is missing. */
export function chooseScoreColumns(columns: readonly string[]): ScoreColumns {
  return Object.fromEntries(columnNames.flatMap(([field, names]) => {
    const column = names.find((name) => columns.includes(name));
    return column === undefined ? [] : [[field, column]];
  }));
}

/** Words which required columns are missing, with the column that may have been meant. */
export function missingScoreColumns(
  columns: readonly string[],
  required: readonly ScoreField[],
): string[] {
  const chosen = chooseScoreColumns(columns);
  const unused = columns.filter((column) => !Object.values(chosen).includes(column));
  const shown = columns.slice(0, 10).map((column) => `"${column}"`);
  if (columns.length > 10) shown.push(`${columns.length - 10} more`);
  return required.filter((field) => chosen[field] === undefined).map((field) => {
    const meant = closestName(field, unused);
    const hint = meant === null ? `got ${shown.join(", ")}` : `did you mean "${meant}"?`;
    return `it must have a column "${field}", ${hint}`;
  });
}

/**
 * Makes what tells a class from a path: the one group of a regular expression; `null`: the folder
 * above `train` or `test`.
 */
export function createClassOf(pattern: string | null): (image: string) => string | null {
  if (pattern === null) return (image) => readLayout(image)?.className ?? null;
  const expression = compile(pattern);
  const groups = new RegExp(`${pattern}|`).exec("")!.length - 1;
  if (groups !== 1) {
    throw new RangeError(
      `Cannot tell classes from paths: the pattern must have one group, got ${groups} in "${pattern}"`,
    );
  }
  return (image) => expression.exec(image)?.[1] || null;
}

/** Tells the split from a path; "test" where it does not say. */
export function splitOfPath(image: string): "train" | "test" {
  return readLayout(image)?.split ?? "test";
}

function readLayout(image: string): { className: string | null; split: "train" | "test" } | null {
  const folders = image.split(/[/\\]/).slice(0, -1);
  const last = folders.findLastIndex((folder) => folder === "train" || folder === "test");
  if (last < 0) return null;
  const before = folders[last - 1] ?? "";
  return {
    className: ["", ".", ".."].includes(before) ? null : before,
    split: folders[last] === "train" ? "train" : "test",
  };
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(
      `Cannot tell classes from paths: the pattern must be a regular expression, got "${pattern}"`,
      { cause: error },
    );
  }
}
