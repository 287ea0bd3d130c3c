/**
 * The command `predict`: scores photographs with the model of a finished run.
 *
 * @module
 */
import { sep } from "node:path";
import { writeEvidence } from "@/deploy/evidence.ts";
import { findPhotographs, type NamedPhotograph } from "@/deploy/photographs.ts";
import { openResultFile } from "@/deploy/result_file.ts";
import { openPredictor, type Predictor, type PredictorOptions } from "@/deploy/predictor.ts";
import { watchFolder } from "@/deploy/watch_folder.ts";
import { headLine, type LineFormat, lineOf } from "@/deploy/result_lines.ts";
import { type ScoredPhotograph, scorePhotographs } from "@/deploy/score_photographs.ts";
import { count, exitCode, faultLine, startTally, summaryOf, type Tally } from "@/deploy/tally.ts";
import { interruptionSignal, throwIfStopped } from "@/files/interruption.ts";
import type { StartProgress } from "@/files/progress.ts";
import { statIfExists } from "@/files/read.ts";
import { fillFile } from "@/files/write.ts";

/** What `predict` is told. */
export interface PredictCommand {
  /** Folder of a finished run, or the model in it. */
  readonly run: string;
  /** Files, folders, patterns, or `-`. */
  readonly photographs: readonly string[];
  /** Folder to be watched; default: none. */
  readonly watch?: string;
  /** How lines are written; default: as CSV. */
  readonly format?: string;
  /** File for the lines; default: standard output. */
  readonly out?: string;
  /** Whether a file that is there is replaced. */
  readonly overwrite?: boolean;
  /** Folder for photographs beside their maps; default: none are wanted. */
  readonly maps?: string;
  /** Folder for masks; default: none are wanted. */
  readonly masks?: string;
  /** Whether anomalous photographs make the exit code 3. */
  readonly fail?: boolean;
  /** A file of thresholds in place of the run's own. */
  readonly thresholds?: string;
  /** Threads; default: as the run. */
  readonly threads?: number;
  /** Where the network runs; default: as the run. */
  readonly provider?: string;
  /** Whether only faults are told on standard error. */
  readonly quiet?: boolean;
  /** Takes a line for standard output. */
  readonly print: (line: string) => void;
  /** Takes a line for standard error. */
  readonly complain: (line: string) => void;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/** Scores photographs; gives the exit code. */
export async function predictCommand(command: PredictCommand): Promise<number> {
  const format = checkWords(command);
  if (command.watch !== undefined) return await watch(command, { folder: command.watch, format });
  if (command.out !== undefined && !command.overwrite && await statIfExists(command.out) !== null) {
    throw new Error(
      `Cannot predict with "${command.run}": --out must name a new file, got "${command.out}", ` +
        "which is there; --overwrite replaces it",
    );
  }
  const predictor = await openPredictor(command.run, openingOf(command));
  try {
    tellNotices(command, predictor);
    const tally = command.out === undefined
      ? await scoreAll(command, {
        predictor,
        format,
        write: (text) => Promise.resolve(command.print(text.slice(0, -1))),
      })
      : await fillFile(command.out, async (temporary) => {
        using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
        const encoder = new TextEncoder();
        const write = async (text: string): Promise<void> => {
          const bytes = encoder.encode(text);
          for (let begin = 0; begin < bytes.length;) {
            begin += await file.write(bytes.subarray(begin));
          }
        };
        return await scoreAll(command, { predictor, format, write });
      });
    return exitCode(tally, command);
  } finally {
    await predictor.close();
  }
}

/** How the model is opened. */
function openingOf(
  { thresholds, threads, provider, startProgress }: PredictCommand,
): PredictorOptions {
  return {
    thresholds: thresholds ?? null,
    threads: threads ?? null,
    provider: provider ?? null,
    startProgress,
  };
}

/** Scores photographs that appear in a folder until somebody stops it; gives the exit code. */
async function watch(
  command: PredictCommand,
  { folder, format }: { folder: string; format: LineFormat },
): Promise<number> {
  const { maps, masks, quiet, print, complain } = command;
  const signal = interruptionSignal(), begin = performance.now();
  await checkWatched(command, folder);
  const file = await openResultFile(command.out!, format);
  try {
    if (file.wasCut) {
      complain(`note: an unfinished line at the end of "${command.out}" was cut off`);
    }
    const predictor = await openPredictor(command.run, openingOf(command));
    try {
      tellNotices(command, predictor);
      const tally = startTally(), side = predictor.config.DATASET.imagesize;
      const before = file.scored.size;
      const gone = await watchFolder(folder, {
        ...{ predictor, file, format, signal },
        prepare: (scored) => writeEvidence(scored, { maps, masks, side }),
        onScored: (scored, line) => {
          count(scored, tally);
          if (scored.prediction === null) complain(faultLine(scored));
          print(line.slice(0, -1));
        },
        onFault: (path, fault) => complain(faultLine({ path, fault })),
        onBegin: (hasEvents) => {
          if (quiet) return;
          const way = hasEvents ? "" : " every few seconds, since the system tells of no events";
          complain(`watching "${folder}"${way}; ${before} scored before; Ctrl-C ends it`);
        },
      });
      if (!quiet) complain(summaryOf(tally, performance.now() - begin));
      if (gone > 0) complain(`note: ${gone} gone before they were whole`);
      return exitCode(tally, command);
    } finally {
      await predictor.close();
    }
  } finally {
    file.close();
  }
}

/** Refuses what would go wrong later: no file, no folder, or pictures that would be scored again. */
async function checkWatched(
  { out, maps, masks, overwrite }: PredictCommand,
  folder: string,
): Promise<void> {
  const refuse = (must: string): RangeError => new RangeError(`Cannot watch "${folder}": ${must}`);
  if (out === undefined) {
    throw refuse("--out must name a file, which says after a restart what is done, got none");
  }
  if (overwrite) throw refuse("--out goes on where it ended, got --overwrite");
  if (!(await statIfExists(folder))?.isDirectory) throw refuse("it must be a folder, got none");
  const root = `${await Deno.realPath(folder)}${sep}`;
  for (const [name, path] of Object.entries({ maps, masks })) {
    if (path === undefined) continue;
    await Deno.mkdir(path, { recursive: true });
    if (`${await Deno.realPath(path)}${sep}`.startsWith(root)) {
      throw refuse(`--${name} must lie outside of it, got "${path}"`);
    }
  }
}

function checkWords({ run, photographs, format = "csv", watch }: PredictCommand): LineFormat {
  if (watch !== undefined && photographs.length > 0) {
    throw new RangeError(
      `Cannot predict with "${run}": photographs are named, or a folder is watched, ` +
        `got both "${photographs[0]}" and --watch`,
    );
  }
  if (watch === undefined && photographs.length === 0) {
    throw new RangeError(
      `Cannot predict with "${run}": photographs must be named, as files, folders, patterns or ` +
        '"-" for a list on standard input, got none',
    );
  }
  if (format !== "csv" && format !== "jsonl") {
    throw new RangeError(
      `Cannot predict with "${run}": --format must be csv or jsonl, got "${format}"`,
    );
  }
  return format;
}

/** Says what must be known of the verdicts. */
function tellNotices({ masks, quiet, complain }: PredictCommand, predictor: Predictor): void {
  for (const notice of predictor.notices) complain(`note: ${notice}`);
  if (masks !== undefined && !quiet) complain(`note: ${predictor.maskPromise}`);
}

async function scoreAll(
  command: PredictCommand,
  { predictor, format, write }: {
    predictor: Predictor;
    format: LineFormat;
    write: (text: string) => Promise<void>;
  },
): Promise<Tally> {
  const { photographs: words, quiet, complain, startProgress } = command;
  const begin = performance.now(), signal = interruptionSignal();
  const tally = startTally();
  const side = predictor.config.DATASET.imagesize;
  const known = words.includes("-") ? null : await Array.fromAsync(findPhotographs(words));
  const progress = known === null ? null : startProgress("score photographs");
  const unreadable: ScoredPhotograph[] = [];
  if (headLine(format) !== "") await write(headLine(format));
  for await (
    const scored of scorePhotographs(
      known === null ? findPhotographs(words) : each(known),
      predictor,
    )
  ) {
    throwIfStopped(signal);
    count(scored, tally);
    if (scored.prediction === null) {
      complain(faultLine(scored));
      if (format === "csv") unreadable.push(scored);
    } else await writeEvidence(scored, { ...command, side });
    if (scored.prediction !== null || format === "jsonl") await write(lineOf(scored, format));
    progress?.report((tally.scored + tally.unreadable) / known!.length);
  }
  progress?.finish();
  for (const each of unreadable) await write(lineOf(each, format));
  if (!quiet) complain(summaryOf(tally, performance.now() - begin));
  return tally;
}

async function* each(photographs: readonly NamedPhotograph[]): AsyncGenerator<NamedPhotograph> {
  yield* photographs;
}
