/**
 * Scores and anomaly maps as ADEval takes them.
 *
 * ADEval (`python -m adeval`) evaluates a pickle of a dictionary: path of the image → (anomaly map,
 * image score, path of the mask or `None`).
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { createClassOf, splitOfPath } from "@/class_of_path.ts";
import { describeFaults } from "@/describe_faults.ts";
import { locateFiles } from "@/io/locate_files.ts";
import { marksAnything } from "@/io/mask_label.ts";
import { openSavedValues, type SavedValues } from "@/io/saved_values.ts";
import { mapConcurrently } from "@/map_concurrently.ts";
import { toMap } from "@/map_of_array.ts";
import type { Matrix } from "@/matrix.ts";
import { entriesOf, itemsOf, kindOfPickle, type PickleValue, textOf } from "@/pickle_data.ts";
import { type ScoreTable, toScoreTable } from "@/score_table.ts";

/** How to take another program's files for a table of scores. */
export interface ImportOptions {
  /** The table's name; default: the file's name. */
  readonly name?: string;
  /** Regular expression whose one group is the class in a path; default: folder before `test` or `train`. */
  readonly classOf?: string | null;
  /** Folder that relative paths of maps and masks start from; default: the file's folder. */
  readonly folder?: string;
}

/** One entry of the dictionary. */
interface Entry {
  readonly image: string;
  readonly map: Matrix;
  readonly score: number;
  readonly mask: string | null;
}

/**
 * Says whether a pickled value is a dictionary as ADEval takes it.
 *
 * @param value The value.
 * @returns Whether it is a dictionary with entries of three parts.
 *
 * @example Three parts
 * ```ts
 * import assert from "node:assert/strict";
 * import { isAdeval } from "@/io/import_adeval.ts";
 *
 * assert.ok(isAdeval(new Map([["a.png", [null, 0.5, null]]])));
 * assert.ok(!isAdeval(new Map([["image_path", ["a.png"]]])));
 * ```
 */
export function isAdeval(value: PickleValue): boolean {
  const entries = entriesOf(value);
  return entries !== null && entries.size > 0 &&
    [...entries.values()].every((entry) => itemsOf(entry)?.length === 3);
}

/**
 * Reads scores and anomaly maps from a pickle as ADEval takes it. Nothing of it is run.
 *
 * An image without mask is normal; one with a mask is anomalous if the mask marks anything
 * (`marksAnything`). An image in a folder `train` is a training image. The maps are held in memory.
 *
 * @param path The pickle.
 * @param options Name, classes, and where masks are; see `ImportOptions`.
 * @returns The table, with its maps.
 * @throws {SyntaxError} If the file is no such pickle, or asks for what is not data.
 * @throws {RangeError} If an entry is not what it must be, or a path does not tell its class.
 * @throws {Error} If the file or a mask cannot be read.
 *
 * @example An empty dictionary has no scores
 * ```ts
 * import assert from "node:assert/strict";
 * import { importAdeval } from "@/io/import_adeval.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".pkl" });
 * await Deno.writeTextFile(path, "}.");
 * await assert.rejects(importAdeval(path), /it must have rows, got none/);
 * await Deno.remove(path);
 * ```
 */
export async function importAdeval(
  path: string,
  options: ImportOptions = {},
): Promise<ScoreTable> {
  const { name = basename(path), classOf = null, folder = dirname(path) } = options;
  const tellClass = createClassOf(classOf);
  const entries = await readEntries(path);
  const files = entries.flatMap(({ image, mask }) =>
    mask === null ? [] : [{ image, what: "mask" as const, file: mask }]
  );
  const paths = await locateFiles(files, { folder, source: path });
  const marked = await mapConcurrently(paths, { limit: 4, apply: marksAnything });
  const masks = new Map(files.map(({ image }, index) => [image, index]));
  const records = entries.map(({ image, score }) => {
    const index = masks.get(image);
    return {
      image,
      score,
      label: index !== undefined && marked[index]!,
      mask: index === undefined ? null : paths[index]!,
    };
  });
  const table = toScoreTable(records, {
    name,
    source: path,
    classOf: tellClass,
    splitOf: splitOfPath,
  });
  return { ...table, maps: new Map(entries.map(({ image, map }) => [image, map])) };
}

async function readEntries(path: string): Promise<Entry[]> {
  await using saved = await openSavedValues(path);
  const dictionary = entriesOf(saved.value);
  if (dictionary === null) {
    throw new SyntaxError(
      `Cannot read "${path}": it must be a dictionary of image → (anomaly map, score, mask or ` +
        `None), got ${kindOfPickle(saved.value)}`,
    );
  }
  const entries: Entry[] = [];
  const faults: string[] = [];
  for (const [key, value] of dictionary) {
    const entry = await readEntry(saved, { key, value, path });
    if (typeof entry === "string") faults.push(entry);
    else entries.push(entry);
  }
  if (faults.length > 0) throw new RangeError(describeFaults(`Cannot read "${path}"`, faults));
  return entries;
}

/** Reads one entry, or says what is wrong with it. */
async function readEntry(
  saved: SavedValues,
  { key, value, path }: { key: PickleValue; value: PickleValue; path: string },
): Promise<Entry | string> {
  const image = textOf(key);
  if (image === null) return `a key must be the path of an image, got ${kindOfPickle(key)}`;
  const source = `${path}: ${image}`;
  const [map, score, mask, ...more] = itemsOf(value) ?? [];
  const array = await saved.readArray(map, source);
  const number = typeof score === "number" ? score : await readNumber(saved, { score, source });
  const file = mask === null ? null : textOf(mask);
  if (array === null || number === null || (file === null && mask !== null) || more.length > 0) {
    return `"${image}" must have an anomaly map, a score, and a mask's path or None, got ` +
      (itemsOf(value)?.slice(0, 4).map(kindOfPickle).join(", ") ?? kindOfPickle(value));
  }
  return { image, map: toMap(array, { source }), score: number, mask: file };
}

async function readNumber(
  saved: SavedValues,
  { score, source }: { score: PickleValue | undefined; source: string },
): Promise<number | null> {
  const array = await saved.readArray(score, source);
  return array?.shape.length === 0 ? array.data[0]! : null;
}
