/**
 * Progress of long work, on the terminal or in a file, with an estimate of the time that is left.
 *
 * @module
 */

/** Which part of a longer piece of work is under way. */
export interface ProgressStage {
  /** What is being done. */
  readonly label: string;
  /** Share of the whole that was done before this stage, from 0 to 1. */
  readonly begin: number;
  /** Share of the whole that is done after this stage, from 0 to 1. */
  readonly end: number;
}

/** Shows how far one piece of work has come. */
export interface Progress {
  /**
   * Reports the share that is done, from 0 to 1; of one stage, where a stage is named and several
   * share one display. Where it throws, the work stops (see `interruption.ts`).
   */
  report(share: number, stage?: ProgressStage): void;
  /** Ends the line with the time it took. */
  finish(stage?: ProgressStage): void;
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
  /** Width of the terminal, asked for whenever a line is drawn; default: that of the console. */
  readonly columns?: () => number;
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
 * the time so far: work whose steps get cheaper or dearer is not judged by its beginning. A line
 * always fits the terminal: where it is narrow the bar shrinks and goes first, then the time so far,
 * then the estimate. Where no line can be redrawn, one line appears at most every ten seconds.
 * Nothing is shown of work that ends within the first tenth of a second.
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
 *   columns: () => 80,
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
  const { now = readClock, columns = terminalColumns } = options;
  const begin = now();
  const estimate = createEstimate(begin);
  let shown = begin, drawn = false;
  const draw = (share: number, times: { spent: string; left?: string }): void => {
    const line = { label, share, ...times };
    // The last column stays free: many terminals break the line once it is used.
    const text = isTerminal ? fitLine(line, columns() - 1) : wideLine(line);
    write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
  };
  return {
    report: (share) => {
      const time = now();
      const left = estimate(time, share);
      if (time - shown < (isTerminal ? redraw.terminal : redraw.file)) return;
      shown = time;
      const spent = formatDuration(time - begin);
      draw(share, { spent, ...(left !== null && { left: `about ${formatDuration(left)} left` }) });
      drawn = true;
    },
    finish: () => {
      const duration = now() - begin;
      if (!drawn && duration < redraw.terminal) return;
      draw(1, { spent: formatDuration(duration) });
      if (isTerminal) write("\n");
    },
  };
}

/**
 * Starts estimating when work will be done, from the rate at which it goes.
 *
 * @param begin When it began, in milliseconds.
 * @returns What takes a time and the share done by then, and gives the milliseconds that are left;
 *   `null` where that cannot be known.
 */
export function createEstimate(begin: number): (time: number, share: number) => number | null {
  const marks = [{ time: begin, share: 0 }];
  return (time, share) => {
    marks.push({ time, share });
    const span = Math.max(window, (time - begin) / 2);
    while (marks.length > 2 && time - marks[1]!.time > span) marks.splice(0, 1);
    const rate = (share - marks[0]!.share) / (time - marks[0]!.time);
    return time - begin >= settling && rate > 0 && share < 1 ? (1 - share) / rate : null;
  };
}

/** What a line of progress says. */
interface ProgressLine {
  readonly label: string;
  readonly share: number;
  /** Time since the beginning. */
  readonly spent: string;
  /** Time that is left; absent where it is not known. */
  readonly left?: string;
}

function percentOf(share: number): string {
  return `${String(Math.floor(100 * share)).padStart(3)} %`;
}

/** A line for files, which have no width. */
function wideLine({ label, share, spent, left }: ProgressLine): string {
  return `${label.padEnd(28)} ${percentOf(share)}  ${[spent, left].filter(Boolean).join(", ")}`;
}

/** The fullest line that is at most `width` characters long. */
function fitLine(line: ProgressLine, width: number): string {
  const { label, share, spent, left } = line;
  const percent = percentOf(share), times = [spent, left].filter(Boolean).join(", ");
  const stage = label.padEnd(28);
  const lines = [
    `${stage} ${drawBar(share, 19)} ${percent}  ${times}`,
    `${stage} ${drawBar(share, 8)} ${percent}  ${times}`,
    `${stage} ${percent}  ${times}`,
    `${label} ${percent}  ${times}`,
    `${label} ${percent}  ${left ?? spent}`,
    `${label} ${percent}  ${spent}`,
    `${label} ${percent}`,
  ];
  const rest = ` ${percent}`;
  return lines.find((each) => each.length <= width) ??
    (width > rest.length + 1
      ? `${label.slice(0, width - rest.length - 1)}…${rest}`
      : rest.trim().slice(0, Math.max(0, width)));
}

function drawBar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]!;
  return ("█".repeat(full) + rest).padEnd(width);
}

/** The width of the console; 80 where there is none. */
function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

function readClock(): number {
  return performance.now();
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

/**
 * Lets stages that follow each other share one display, where it can show stages: the first progress
 * that is started is the first stage, and so on.
 *
 * @param startProgress Starts the display of a stage.
 * @param weights How long each stage takes, in any unit.
 * @returns Starts the next stage.
 */
export function inStages(startProgress: StartProgress, weights: readonly number[]): StartProgress {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let started = 0, done = 0;
  return (label) => {
    const begin = done / total;
    done += weights[started++] ?? 0;
    const stage = { label, begin, end: done / total };
    const progress = startProgress(label);
    return {
      report: (share) => progress.report(share, stage),
      finish: () => progress.finish(stage),
    };
  };
}
