/**
 * What notebook cells show: `await show(value)` and a progress bar.
 *
 * A chart, a picture, a table or a text is put into every form that a notebook can draw. The
 * Deno kernel may report a cell as finished before its last output has left; outputs that are
 * awaited and given a moment to drain are not lost. Outside of the kernel the same calls print
 * text, so the cells of a notebook also run as a script.
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

/** What can be shown: Markdown text, a chart, a picture, a grid of pictures, records as a table. */
export type Showable = string | ChartSpec | Picture | PictureGrid | readonly TableRecord[];

/** How a value is shown. A caption stands above a table and below a picture. */
export type ShowOptions = RecordTableOptions;

/** How the text of a value that could not be shown begins. */
const SHOW_FAILURE = "Cannot show";

/**
 * Shows a value below the cell, or prints it as text outside of a notebook.
 *
 * A value that cannot be shown is reported in its place, as text that begins with "Cannot show";
 * the cell goes on.
 *
 * @param value Markdown text, chart, picture, grid of pictures, or records as a table.
 * @param options Columns of a table and caption.
 * @returns When the output has left the kernel, about 100 ms later.
 *
 * @example A table
 * ```ts
 * import { show } from "@/report/mod.ts";
 *
 * await show([{ class: "nut", auroc: 0.98 }], { percent: ["auroc"] });
 * ```
 */
export async function show(value: Showable, options: ShowOptions = {}): Promise<void> {
  const bundle = await displayBundle(value, options).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const text = reason.startsWith(SHOW_FAILURE) ? reason : `${SHOW_FAILURE} a value: ${reason}`;
    return { data: { "text/plain": text }, metadata: {} };
  });
  const kernel = findKernel();
  if (kernel === undefined) return await print(String(bundle.data["text/plain"]));
  await kernel.broadcast("display_data", { ...bundle, transient: {} });
  await drain();
}

/** One value in several forms, each under its media type. */
export interface DisplayBundle {
  /** The forms; always with `text/plain`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Notes on single forms, such as the size of a picture. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The media type under which JupyterLab draws charts. */
export const CHART_MEDIA_TYPE = "application/vnd.vegalite.v5+json";

/** Pixels of a chart's PNG per pixel shown: sharp, and small enough for ten charts in a notebook. */
export const CHART_SCALE = 1.5;

/**
 * Puts a value into the forms that a notebook can show.
 *
 * A chart comes as Vega-Lite and as PNG, so that it is interactive in JupyterLab and still there
 * in converters that cannot draw; a picture as JPEG; records as HTML; a text as Markdown.
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

/** A progress bar that is redrawn between calls. */
export interface NotebookProgress {
  /** Says which share of the work is done, from 0 to 1; may be called as often as one likes. */
  readonly report: (share: number) => void;
  /** Draws the bar full and waits until it has left the kernel. */
  readonly finish: () => Promise<void>;
}

/** Milliseconds between two updates of a progress bar. */
const UPDATE_INTERVAL = 200;

/**
 * Shows a progress bar.
 *
 * Work that never yields to the event loop delays the updates to its end.
 *
 * @param label What is being done.
 * @returns Functions that move the bar.
 *
 * @example Two steps
 * ```ts
 * import { showProgress } from "@/report/mod.ts";
 *
 * const progress = await showProgress("Selecting the coreset");
 * progress.report(0.5);
 * await progress.finish();
 * ```
 */
export async function showProgress(label: string): Promise<NotebookProgress> {
  const kernel = findKernel();
  const id = crypto.randomUUID();
  const send = async (type: string, share: number): Promise<void> => {
    const content = { data: { "text/plain": progressText(label, share) }, metadata: {} };
    await kernel?.broadcast(type, { ...content, transient: { display_id: id } });
  };
  let last = performance.now();
  let sent: Promise<void> = Promise.resolve();
  await send("display_data", 0);
  return {
    report: (share) => {
      const now = performance.now();
      if (kernel === undefined || now - last < UPDATE_INTERVAL) return;
      last = now;
      sent = sent.then(() => send("update_display_data", share));
    },
    finish: async () => {
      await sent;
      if (kernel === undefined) return await print(progressText(label, 1));
      await send("update_display_data", 1);
      await drain();
    },
  };
}

function progressText(label: string, share: number): string {
  const done = Math.round(20 * Math.min(1, Math.max(0, share)));
  const percent = Math.round(100 * Math.min(1, Math.max(0, share)));
  return `${label}  ${"█".repeat(done)}${"░".repeat(20 - done)}  ${percent} %`;
}

/** The kernel's messages; Deno has them only inside of a notebook and throws elsewhere. */
function findKernel(): typeof Deno.jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch (error) {
    if (error instanceof Error && error.message.includes("deno jupyter")) return undefined;
    throw error;
  }
}

/** Milliseconds after which an output has left the kernel. */
const DRAIN = 100;

function drain(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, DRAIN));
}

async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let begin = 0; begin < bytes.length;) {
    begin += await Deno.stdout.write(bytes.subarray(begin));
  }
}
