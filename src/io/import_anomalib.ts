/**
 * Scores and anomaly maps from anomalib's predictions.
 *
 * `predictions = engine.predict(...)` and `torch.save(predictions, "predictions.pt")`, or
 * `pickle.dump` of the batches' `to_numpy()`; see `anomalib_batches.ts`. Scores are what anomalib
 * kept: its post-processor may have normalised them.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { type AnomalibBatch, anomalibBatches, textsOf } from "@/anomalib_batches.ts";
import { createClassOf, splitOfPath } from "@/class_of_path.ts";
import type { ImportOptions } from "@/io/import_adeval.ts";
import { type FileOfImage, locateFiles } from "@/io/locate_files.ts";
import { openSavedValues, type SavedValues } from "@/io/saved_values.ts";
import { toMap } from "@/map_of_array.ts";
import type { Matrix } from "@/matrix.ts";
import { itemsOf, kindOfPickle, type PickleValue } from "@/pickle_data.ts";
import { type MaskGrid, type ScoreTable, toScoreTable } from "@/score_table.ts";

/** Fields that are read. */
const used = ["image_path", "gt_label", "pred_score", "anomaly_map", "gt_mask", "mask_path"];

/** What one image of a batch came to. */
interface Prediction {
  readonly image: string;
  readonly label: number;
  readonly score: number;
  readonly map: Matrix | null;
  readonly mask: MaskGrid | null;
  readonly maskFile: string | null;
}

/** One batch with what its errors need. */
interface Context {
  readonly saved: SavedValues;
  readonly batch: AnomalibBatch;
  /** What to call the batch in errors. */
  readonly source: string;
}

/**
 * Reads scores, labels, anomaly maps and masks from predictions of anomalib. Nothing of the file is
 * run.
 *
 * An image in a folder `train` is a training image. Maps and masks are held in memory; `mask_path`
 * is used where the batch holds no mask.
 *
 * @param path The file that `torch.save` or `pickle.dump` wrote.
 * @param options Name, classes, and where masks are; see `ImportOptions`.
 * @returns The table, with maps and masks where the file holds any.
 * @throws {SyntaxError} If the file holds no predictions, asks for what is not data, or has not one
 *   label and score for each image.
 * @throws {RangeError} If a label or score is not what it must be, or a path does not tell its class.
 * @throws {Error} If the file cannot be read or a mask is missing.
 *
 * @example A pickle of something else
 * ```ts
 * import assert from "node:assert/strict";
 * import { importAnomalib } from "@/io/import_anomalib.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".pkl" });
 * await Deno.writeTextFile(path, "I7\n.");
 * await assert.rejects(importAnomalib(path), /must hold anomalib's predictions, got the number 7/);
 * await Deno.remove(path);
 * ```
 */
export async function importAnomalib(
  path: string,
  options: ImportOptions = {},
): Promise<ScoreTable> {
  const { name = basename(path), classOf = null, folder = dirname(path) } = options;
  const tellClass = createClassOf(classOf);
  await using saved = await openSavedValues(path);
  const batches = anomalibBatches(saved.value, { source: path });
  const predictions: Prediction[] = [];
  for (const [index, batch] of batches.entries()) {
    const source = `${path}: batch ${index + 1}`;
    predictions.push(...await readBatch({ saved, batch, source }));
  }
  const files = predictions.flatMap(({ image, maskFile }): FileOfImage[] =>
    maskFile === null ? [] : [{ image, what: "mask", file: maskFile }]
  );
  const paths = await locateFiles(files, { folder, source: path });
  const maskOf = new Map(files.map(({ image }, index) => [image, paths[index]!]));
  const table = toScoreTable(
    predictions.map(({ image, label, score }) => {
      return { image, label, score, mask: maskOf.get(image) ?? null };
    }),
    { name, source: path, classOf: tellClass, splitOf: splitOfPath },
  );
  const maps = byImage(predictions, ({ map }) => map);
  const masks = byImage(predictions, ({ mask }) => mask);
  return {
    ...table,
    ignoredColumns: unusedFields(batches),
    ...maps.size > 0 ? { maps } : {},
    ...masks.size > 0 ? { masks } : {},
  };
}

async function readBatch(context: Context): Promise<Prediction[]> {
  const { images, fields } = context.batch;
  const labels = await readNumbers(context, "gt_label");
  const scores = await readNumbers(context, "pred_score");
  const maps = await readGrids(context, "anomaly_map");
  const masks = await readGrids(context, "gt_mask");
  const files = fields.get("mask_path") ?? null;
  const maskFiles = files === null || masks !== null ? null : textsOf(files);
  if (files !== null && masks === null && maskFiles?.length !== images.length) {
    throw refusal(context, { field: "mask_path", what: "one path for each image" });
  }
  return images.map((image, index) => ({
    image,
    label: labels[index]!,
    score: scores[index]!,
    map: maps?.[index] ?? null,
    mask: masks === null ? null : toMask(masks[index]!),
    maskFile: maskFiles?.[index] || null,
  }));
}

/** Reads one number for each image: an array, a list of numbers, or a number. */
async function readNumbers(context: Context, field: string): Promise<readonly number[]> {
  const { saved, batch, source } = context;
  const value = batch.fields.get(field);
  const numbers: number[] = [];
  for (const item of itemsOf(value) ?? [value]) {
    if (typeof item === "number" || typeof item === "boolean") numbers.push(Number(item));
    else numbers.push(...(await saved.readArray(item, `${source}, ${field}`))?.data ?? []);
  }
  if (numbers.length !== batch.images.length) {
    throw refusal(context, { field, what: `one number for each of ${batch.images.length} images` });
  }
  return numbers;
}

/** Reads one grid for each image: height × width, with a channel before it or none. */
async function readGrids(context: Context, field: string): Promise<readonly Matrix[] | null> {
  const { saved, batch, source } = context;
  const value = batch.fields.get(field) ?? null;
  if (value === null) return null;
  const array = await saved.readArray(value, `${source}, ${field}`);
  const [rows, columns] = array?.shape.slice(-2) ?? [];
  if (array === null || rows === undefined || columns === undefined) {
    throw refusal(context, { field, what: "an array of height × width for each image" });
  }
  const { images } = batch;
  const size = rows * columns;
  if (array.data.length !== images.length * size) {
    throw refusal(context, {
      field,
      what: `one map for each of ${images.length} images`,
      got: `shape [${array.shape.join(", ")}]`,
    });
  }
  return images.map((image, index) => {
    const data = array.data.slice(index * size, (index + 1) * size);
    return toMap({ shape: [rows, columns], data }, { source: `${source}, ${field} of ${image}` });
  });
}

function toMask({ rows, columns, data }: Matrix): MaskGrid {
  return { rows, columns, data: Uint8Array.from(data, (value) => value === 0 ? 0 : 1) };
}

function byImage<Grid>(
  predictions: readonly Prediction[],
  gridOf: (prediction: Prediction) => Grid | null,
): ReadonlyMap<string, Grid> {
  const grids = new Map<string, Grid>();
  for (const prediction of predictions) {
    const grid = gridOf(prediction);
    if (grid !== null) grids.set(prediction.image, grid);
  }
  return grids;
}

/** Fields that hold something and are not read. */
function unusedFields(batches: readonly AnomalibBatch[]): string[] {
  const names = batches.flatMap(({ fields }) =>
    [...fields].flatMap(([name, value]) => value === null ? [] : [String(name)])
  );
  return [...new Set(names)].filter((name) => !used.includes(name));
}

function refusal(
  { batch, source }: Context,
  { field, what, got }: { field: string; what: string; got?: string },
): SyntaxError {
  const value: PickleValue | undefined = batch.fields.get(field);
  return new SyntaxError(
    `Cannot read "${source}": "${field}" must have ${what}, got ${got ?? kindOfPickle(value)}`,
  );
}
