/**
 * Long work on the terminal: its progress, with an estimate of the time that is left, and its
 * orderly end by Ctrl-C.
 *
 * @module
 */

/** Shows how far one piece of work has come. */
export interface Progress {
  /** Reports the share that is done, from 0 to 1. */
  report(share: number): void;
  /** Ends the line with the time it took. */
  finish(): void;
}

/** Starts showing the progress of one stage. */
export type StartProgress = (label: string) => Progress;

/** Where and how progress is shown. */
export interface ProgressOptions {
  /** What is being done. */
  readonly label: string;
  /** Receives the text; default: standard error. */
  readonly write?: (text: string) => void;
  /** Whether one line can be redrawn; default: whether standard error is a terminal. */
  readonly isTerminal?: boolean;
  /** Clock in milliseconds; default: the monotonic clock. */
  readonly now?: () => number;
}

/** Milliseconds between two redrawings on a terminal, and between two lines elsewhere. */
const redraw = { terminal: 100, file: 10_000 };

/**
 * Milliseconds before the first estimate, and the shortest span over which the rate is taken; it
 * grows to half of the time so far, over which changes from one kind of work to the next even out.
 */
const settling = 500, window = 15_000;

/**
 * Starts showing progress.
 *
 * The estimate comes from the rate over the last 15 seconds or, where that is longer, half of
 * the time so far: work whose steps get cheaper or dearer is not judged by its beginning. Where
 * no line can be redrawn, one line appears at most every ten seconds. Nothing is shown of work
 * that ends within the first tenth of a second.
 *
 * @param options Label and destination; see `ProgressOptions`.
 * @returns The progress, at zero.
 *
 * @example Half of the work in five seconds
 * ```ts
 * import assert from "node:assert/strict";
 * import { createProgress } from "@/files/mod.ts";
 *
 * let clock = 0, text = "";
 * const progress = createProgress({
 *   label: "embed",
 *   write: (more) => text += more,
 *   isTerminal: true,
 *   now: () => clock,
 * });
 * clock = 5000;
 * progress.report(0.5);
 * assert.match(text, /embed +█████████▌ +50 %  5 s, about 5 s left/);
 * progress.finish();
 * ```
 */
export function createProgress(options: ProgressOptions): Progress {
  const { label, write = writeToError, isTerminal = Deno.stderr.isTerminal() } = options;
  const now = options.now ?? ((): number => performance.now());
  const begin = now();
  const marks = [{ time: begin, share: 0 }];
  let shown = begin, drawn = false;
  const line = (share: number, note: string): string =>
    `${label.padEnd(28)} ${isTerminal ? `${drawBar(share)} ` : ""}${
      String(Math.floor(100 * share)).padStart(3)
    } %  ${note}`;
  return {
    report: (share) => {
      const time = now();
      marks.push({ time, share });
      const span = Math.max(window, (time - begin) / 2);
      while (marks.length > 2 && time - marks[1]!.time > span) marks.splice(0, 1);
      if (time - shown < (isTerminal ? redraw.terminal : redraw.file)) return;
      shown = time;
      const rate = (share - marks[0]!.share) / (time - marks[0]!.time);
      const left = time - begin >= settling && rate > 0 && share < 1
        ? `, about ${formatDuration((1 - share) / rate)} left`
        : "";
      const text = line(share, `${formatDuration(time - begin)}${left}`);
      write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
      drawn = true;
    },
    finish: () => {
      const duration = now() - begin;
      if (!drawn && duration < redraw.terminal) return;
      const text = line(1, formatDuration(duration));
      write(isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
    },
  };
}

function drawBar(share: number): string {
  const width = 19;
  const eighths = Math.round(share * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]!;
  return ("█".repeat(full) + rest).padEnd(width);
}

function writeToError(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** Formats a duration for people. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor(whole % 3600 / 60))} min`;
}

/**
 * Shows nothing.
 *
 * @param _label What is being done, which nobody hears of.
 * @returns A progress without effect.
 *
 * @example Nothing happens
 * ```ts
 * import { noProgress } from "@/files/mod.ts";
 *
 * noProgress("embed").report(0.5);
 * ```
 */
export function noProgress(_label: string): Progress {
  return { report: () => {}, finish: () => {} };
}

/** Runs work that can be interrupted: Ctrl-C aborts its signal, a second one ends the process. */
export async function untilInterrupted<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { message }: { readonly message: string },
): Promise<Result> {
  const controller = new AbortController();
  const interrupt = (): void => {
    Deno.removeSignalListener("SIGINT", interrupt);
    controller.abort(new Error(message));
  };
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
}
