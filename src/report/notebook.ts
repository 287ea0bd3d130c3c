/**
 * What notebook cells show: `await show(value)` and a progress bar; and how cells are stopped.
 *
 * A chart, a picture, a table or a text is put into every form that a notebook can draw. The
 * Deno kernel may report a cell as finished before its last output has left; outputs that are
 * awaited and given a moment to drain are not lost. Outside of the kernel the same calls print
 * text, so the cells of a notebook also run as a script.
 *
 * Inside of the kernel, loading this file makes Jupyter's stop button end the cell that runs with an
 * error, `Interruption`: work of this project ends after the batch that it is at, and a cell that
 * waits for a timer ends at once. The kernel and its variables live on.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ChartSpec } from "@/charts/theme.ts";
import { interruptionSignal, listenForSignals, throwIfStopped } from "@/files/interruption.ts";
import { createEstimate, formatDuration, type ProgressStage } from "@/files/progress.ts";
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
  /**
   * Says which share of the work is done, from 0 to 1; may be called as often as one likes. Where a
   * stage is named, the share is that of the stage, and its name stands beside the bar. Throws an
   * `Interruption` after the cell was stopped.
   */
  readonly report: (share: number, stage?: ProgressStage) => void;
  /** Draws the bar full, but for a stage that others follow, and waits until it has left the kernel. */
  readonly finish: (stage?: ProgressStage) => Promise<void>;
}

/** Milliseconds between two updates of a progress bar. */
const UPDATE_INTERVAL = 200;

/** Milliseconds after a stop within which all work of the stopped cell has asked for it. */
const STOPPING = 3000;

/**
 * Shows a progress bar, with the time so far and an estimate of the time that is left.
 *
 * Work of several stages, such as `runStudy`, fills one bar, on which the stage is named. Work that
 * never yields to the event loop delays the updates to its end.
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
  const send = async (type: string, text: string): Promise<void> => {
    const content = { data: { "text/plain": text }, metadata: {} };
    await kernel?.broadcast(type, { ...content, transient: { display_id: id } });
  };
  const begin = performance.now();
  const estimate = createEstimate(begin);
  const throwIfStopped = watchForStop();
  let last = begin;
  let sent: Promise<void> = Promise.resolve();
  await send("display_data", progressText(label, { share: 0 }));
  return {
    report: (part, stage) => {
      throwIfStopped();
      const now = performance.now();
      if (kernel === undefined || now - last < UPDATE_INTERVAL) return;
      last = now;
      const share = shareOfWhole(part, stage);
      const left = estimate(now, share);
      const text = progressText(label, {
        share,
        times: [formatDuration(now - begin)]
          .concat(left === null ? [] : `about ${formatDuration(left)} left`).join(", "),
        ...(stage && { stage: stage.label }),
      });
      sent = sent.then(() => send("update_display_data", text));
    },
    finish: async (stage) => {
      await sent;
      if (stage !== undefined && stage.end < 1 - 1e-9) return;
      const text = progressText(label, { share: 1 });
      if (kernel === undefined) return await print(text);
      await send("update_display_data", text);
      await drain();
    },
  };
}

/**
 * What throws after a stop. A bar may have been made in an earlier cell than the work it shows: once
 * the stopped work has ended it serves again.
 */
function watchForStop(): () => void {
  let signal = interruptionSignal();
  let stopped = -Infinity;
  return () => {
    if (stopped === -Infinity) {
      try {
        return throwIfStopped(signal);
      } catch (error) {
        stopped = performance.now();
        throw error;
      }
    }
    if (performance.now() - stopped < STOPPING) signal.throwIfAborted();
    signal = interruptionSignal();
    stopped = -Infinity;
  };
}

function shareOfWhole(part: number, stage: ProgressStage | undefined): number {
  return stage === undefined ? part : stage.begin + part * (stage.end - stage.begin);
}

/** The bar as text: what is done, how much of it, and what is under way. */
export function progressText(
  label: string,
  { share, times, stage }: {
    readonly share: number;
    readonly times?: string;
    readonly stage?: string;
  },
): string {
  const part = Math.min(1, Math.max(0, share));
  const done = Math.round(20 * part);
  const bar = `${"█".repeat(done)}${"░".repeat(20 - done)}  ${Math.floor(100 * part)} %`;
  return [label, bar, times, stage].filter(Boolean).join("  ");
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

/**
 * Makes the stop button, which sends SIGINT, end the cell that runs instead of the kernel. The
 * kernel specification asks for that signal: a message instead would break into whatever JavaScript
 * runs next, which in the callback of a native library ends the process (denoland/deno#24491).
 */
function makeStoppable(): void {
  listenForSignals(["SIGINT"]);
  globalThis.setTimeout = stoppableTimers(globalThis.setTimeout) as typeof setTimeout;
}

/** Starts a timer. */
export type StartTimer = (callback: () => void, delay?: number) => ReturnType<typeof setTimeout>;

/**
 * Makes waits end with an `Interruption`: `await new Promise((resolve) => setTimeout(resolve, 9e4))`.
 * Timers that call anything else than the end of a promise are left alone.
 */
export function stoppableTimers(
  start: StartTimer,
): (callback: unknown, delay?: number, ...values: unknown[]) => ReturnType<StartTimer> {
  return (callback, delay, ...values) => {
    if (!endsPromise(callback)) {
      const call = callback as (...values: unknown[]) => void;
      return start(() => call(...values), delay);
    }
    const signal = interruptionSignal();
    const stop = (): void => {
      clearTimeout(timer);
      callback(Promise.reject(signal.reason));
    };
    const timer = start(() => {
      signal.removeEventListener("abort", stop);
      callback(values[0]);
    }, delay);
    signal.addEventListener("abort", stop, { once: true });
    return timer;
  };
}

/** Whether a function is what `new Promise` hands out: native, without a name, of one value. */
function endsPromise(callback: unknown): callback is (value: unknown) => void {
  return typeof callback === "function" && callback.name === "" && callback.length === 1 &&
    Function.prototype.toString.call(callback).endsWith("{ [native code] }");
}

if (findKernel() !== undefined) makeStoppable();
