/**
 * Values in the forms that a notebook can show: chart, picture, table, text.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ChartSpec } from "@/charts/theme.ts";
import type { Picture } from "@/images/picture.ts";
import { drawPictureGrid, type PictureGrid } from "@/report/picture_grid.ts";
import { renderChart } from "@/report/render_chart.ts";
import {
  recordTable,
  recordTableHtml,
  type RecordTableOptions,
  recordTableText,
  type TableRecord,
} from "@/tables.ts";

/** What can be shown: Markdown text, a chart, a picture, a grid of pictures, or records as a table. */
export type Showable = string | ChartSpec | Picture | PictureGrid | readonly TableRecord[];

/** How a value is shown. A caption stands above a table and below a picture. */
export type ShowOptions = RecordTableOptions;

/** One value in several forms, each under its media type. */
export interface DisplayBundle {
  /** The forms; always with `text/plain`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Notes on single forms, such as the size of a picture. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The media type under which JupyterLab draws charts. */
export const CHART_MEDIA_TYPE = "application/vnd.vegalite.v5+json";

/** Pixels of a chart's PNG per pixel shown: sharp enough, and small enough for a notebook of ten charts. */
export const CHART_SCALE = 1.5;

/**
 * Puts a value into the forms that a notebook can show.
 *
 * A chart comes as Vega-Lite and as PNG, so that it is interactive in JupyterLab and still there
 * in converters that cannot draw; a picture as JPEG; records as HTML; a text as Markdown.
 *
 * @param value What to show.
 * @param options Columns of a table and caption.
 * @returns The forms with their metadata.
 * @throws {TypeError} If the value is none of the kinds that can be shown.
 *
 * @example Records become a table
 * ```ts
 * import assert from "node:assert/strict";
 * import { displayBundle } from "@/report/display_bundle.ts";
 *
 * const { data } = await displayBundle([{ class: "nut", images: 80 }]);
 * assert.deepEqual(Object.keys(data), ["text/html", "text/plain"]);
 * ```
 */
export async function displayBundle(
  value: Showable,
  options: ShowOptions = {},
): Promise<DisplayBundle> {
  if (typeof value === "string") {
    return { data: { "text/markdown": value, "text/plain": value }, metadata: {} };
  }
  if (isRecords(value)) {
    const table = recordTable(value, options);
    const data = { "text/html": recordTableHtml(table), "text/plain": recordTableText(table) };
    return { data, metadata: {} };
  }
  if (isChart(value)) {
    const { png, width, height } = await renderChart(value, { scale: CHART_SCALE });
    const text = `[chart] ${value.description}`;
    const data = { [CHART_MEDIA_TYPE]: value, "text/plain": text };
    return withImage(data, { type: "image/png", file: png, width, height });
  }
  if (isGrid(value) || isPicture(value)) {
    const { caption } = options;
    const grid = isGrid(value)
      ? value
      : { pictures: [{ picture: value, ...(caption && { caption }) }], tile: 256 };
    const { jpeg, width, height } = await drawPictureGrid(grid);
    const data = { "text/plain": describeGrid(grid) };
    return withImage(data, { type: "image/jpeg", file: jpeg, width, height });
  }
  throw new TypeError(
    `Cannot show a value: it must be a text, a chart, a picture, a grid of pictures or records, ` +
      `got ${Deno.inspect(value, { depth: 0 })}`,
  );
}

function withImage(
  data: Readonly<Record<string, unknown>>,
  image: {
    readonly type: "image/png" | "image/jpeg";
    readonly file: Uint8Array;
    readonly width: number;
    readonly height: number;
  },
): DisplayBundle {
  const { type, file, width, height } = image;
  return {
    data: { ...data, [type]: Buffer.from(file).toString("base64") },
    metadata: { [type]: { width, height } },
  };
}

function describeGrid(grid: PictureGrid): string {
  const captions = grid.pictures.flatMap(({ caption }) =>
    caption ? [caption.replaceAll("\n", ", ")] : []
  );
  const count = grid.pictures.length;
  const heading = `[${count} ${count === 1 ? "picture" : "pictures"}]`;
  return [heading, ...captions].join("\n");
}

function isRecords(value: Showable): value is readonly TableRecord[] {
  return Array.isArray(value) &&
    value.every((row) => row !== null && typeof row === "object" && !Array.isArray(row));
}

function isChart(value: Showable): value is ChartSpec {
  return hasKeys(value, ["$schema", "description"]);
}

function isGrid(value: Showable): value is PictureGrid {
  return hasKeys(value, ["pictures"]);
}

function isPicture(value: Showable): value is Picture {
  return hasKeys(value, ["width", "height", "data"]);
}

function hasKeys(value: unknown, keys: readonly string[]): boolean {
  return value !== null && typeof value === "object" && keys.every((key) => key in value);
}
