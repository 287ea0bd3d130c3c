/**
 * The command `predict`: scores photographs with the model of a finished run.
 *
 * @module
 */
import { writeEvidence } from "@/deploy/evidence.ts";
import { findPhotographs, type NamedPhotograph } from "@/deploy/photographs.ts";
import { openPredictor, type Predictor, type PredictorOptions } from "@/deploy/predictor.ts";
import { headLine, type LineFormat, lineOf } from "@/deploy/result_lines.ts";
import { type ScoredPhotograph, scorePhotographs } from "@/deploy/score_photographs.ts";
import { interruptionSignal, throwIfStopped } from "@/files/interruption.ts";
import type { StartProgress } from "@/files/progress.ts";
import { statIfExists } from "@/files/read.ts";
import { fillFile } from "@/files/write.ts";
import { plural } from "@/messages.ts";
import { REFUSED } from "@/thresholds/refusal.ts";

/** What `predict` is told. */
export interface PredictCommand {
  /** Folder of a finished run, or the model in it. */
  readonly run: string;
  /** Files, folders, patterns, or `-`. */
  readonly photographs: readonly string[];
  /** Folder to be watched; `null`: none. */
  readonly watch: string | null;
  /** How lines are written. */
  readonly format: string;
  /** File for the lines; `null`: standard output. */
  readonly out: string | null;
  /** Whether a file that is there is replaced. */
  readonly overwrite: boolean;
  /** Folder for photographs beside their maps; `null`: none are wanted. */
  readonly maps: string | null;
  /** Folder for masks; `null`: none are wanted. */
  readonly masks: string | null;
  /** Whether anomalous photographs make the exit code 3. */
  readonly fail: boolean;
  /** How the model is opened. */
  readonly opening: PredictorOptions;
  /** Whether only faults are told on standard error. */
  readonly isQuiet: boolean;
  /** Takes a line for standard output. */
  readonly print: (line: string) => void;
  /** Takes a line for standard error. */
  readonly complain: (line: string) => void;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/** How many photographs came to what. */
export interface Tally {
  /** Photographs with a verdict. */
  scored: number;
  /** Those that are anomalous. */
  anomalous: number;
  /** Those that are unlike anything trained. */
  refused: number;
  /** Photographs that could not be read. */
  unreadable: number;
}

/** Scores photographs; gives the exit code. */
export async function predictCommand(command: PredictCommand): Promise<number> {
  const format = checkWords(command);
  if (command.out !== null && !command.overwrite && await statIfExists(command.out) !== null) {
    throw new Error(
      `Cannot predict with "${command.run}": --out must name a new file, got "${command.out}", ` +
        "which is there; --overwrite replaces it",
    );
  }
  const predictor = await openPredictor(command.run, command.opening);
  try {
    tellNotices(command, predictor);
    const tally = command.out === null
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

function checkWords({ run, photographs, format }: PredictCommand): LineFormat {
  if (photographs.length === 0) {
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
function tellNotices({ masks, isQuiet, complain }: PredictCommand, predictor: Predictor): void {
  for (const notice of predictor.notices) complain(`note: ${notice}`);
  if (masks !== null && !isQuiet) complain(`note: ${predictor.maskPromise}`);
}

async function scoreAll(
  command: PredictCommand,
  { predictor, format, write }: {
    predictor: Predictor;
    format: LineFormat;
    write: (text: string) => Promise<void>;
  },
): Promise<Tally> {
  const { photographs: words, isQuiet, complain, startProgress } = command;
  const begin = performance.now(), signal = interruptionSignal();
  const tally: Tally = { scored: 0, anomalous: 0, refused: 0, unreadable: 0 };
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
  if (!isQuiet) complain(summaryOf(tally, performance.now() - begin));
  return tally;
}

async function* each(photographs: readonly NamedPhotograph[]): AsyncGenerator<NamedPhotograph> {
  yield* photographs;
}

/** Counts what became of a photograph. */
export function count({ prediction }: ScoredPhotograph, tally: Tally): void {
  if (prediction === null) tally.unreadable++;
  else {
    tally.scored++;
    if (prediction.isAnomalous) tally.anomalous++;
    if (prediction.isRefused) tally.refused++;
  }
}

/** Says which photograph could not be read, and why. */
export function faultLine({ path, fault }: Pick<ScoredPhotograph, "path" | "fault">): string {
  return `Cannot read "${path}": ${fault}`;
}

/** Says in a line what photographs came to, and how fast. */
export function summaryOf(tally: Tally, milliseconds: number): string {
  const { scored, anomalous, refused, unreadable } = tally;
  const rate = 1000 * scored / Math.max(1, milliseconds);
  const parts = [
    `${anomalous} anomalous`,
    ...(refused > 0 ? [`${refused} ${REFUSED}`] : []),
    ...(unreadable > 0 ? [`${unreadable} that cannot be read`] : []),
  ];
  return `${plural(scored, "photograph")} scored in ${(milliseconds / 1000).toFixed(1)} s ` +
    `(${rate.toFixed(1)} a second): ${parts.join(", ")}`;
}

/** 3 where asked for and anything is anomalous or unlike anything trained, 1 if a file was unreadable. */
export function exitCode(
  { anomalous, refused, unreadable }: Tally,
  { fail }: Pick<PredictCommand, "fail">,
): number {
  if (fail && anomalous + refused > 0) return 3;
  return unreadable > 0 ? 1 : 0;
}
