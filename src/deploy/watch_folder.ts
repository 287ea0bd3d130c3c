/**
 * Scores photographs as they arrive in a folder, each once.
 *
 * A verdict counts when its line is on the disk. Lines are added whole; what a process that was
 * killed had not yet added, the next one scores.
 *
 * @module
 */
import { join } from "node:path";
import { type Arrival, watchArrivals } from "@/deploy/arrivals.ts";
import type { Predictor } from "@/deploy/predictor.ts";
import { type LineFormat, lineOf } from "@/deploy/result_lines.ts";
import type { ResultFile } from "@/deploy/result_file.ts";
import type { ScoredPhotograph } from "@/deploy/score_photographs.ts";
import { UnreadableImage } from "@/images/decode.ts";

/** How a folder is watched. */
export interface WatchOptions {
  /** Scores photographs. */
  readonly predictor: Predictor;
  /** Takes the lines, and says what is done. */
  readonly file: ResultFile;
  /** How lines are written. */
  readonly format: LineFormat;
  /** Ends watching when it is aborted. */
  readonly signal: AbortSignal;
  /** Called with every photograph before its line is written. */
  readonly prepare: (scored: ScoredPhotograph) => Promise<void>;
  /** Called with every photograph whose line is on the disk. */
  readonly onScored: (scored: ScoredPhotograph, line: string) => void;
  /** Called when watching begins; without events the folder is looked through now and then. */
  readonly onBegin: (hasEvents: boolean) => void;
  /** Called once with every folder below that cannot be read. */
  readonly onFault: (path: string, fault: string) => void;
  /**
   * Milliseconds after which a file that cannot be read is given up until it
   * changes, and said to be so once; default 10 s.
   */
  readonly patience?: number;
}

/** Milliseconds between two attempts to read what cannot be read. */
const again = 500;
/** Milliseconds that a batch may take, so that Ctrl-C need not be waited for. */
const mostTime = 600;

/** Watches until the signal; gives how many photographs were gone before they were whole. */
export async function watchFolder(folder: string, options: WatchOptions): Promise<number> {
  const { predictor, file, signal, patience = 10_000 } = options;
  /** Since when a file cannot be read as it is. */
  const failing = new Map<string, { stamp: string; since: number }>();
  const arrivals = await watchArrivals(folder, {
    isDone: (image) => file.scored.has(image),
    onFault: options.onFault,
  });
  options.onBegin(arrivals.hasEvents);
  let perImage = mostTime;
  try {
    while (!signal.aborted) {
      const size = Math.max(1, Math.min(predictor.batchSize, Math.floor(mostTime / perImage)));
      const taken = await arrivals.take(size);
      if (taken.length === 0) {
        await arrivals.wait(signal);
        continue;
      }
      const begin = performance.now();
      const whole: { arrival: Arrival; pixels: Uint8Array }[] = [], lines: ScoredPhotograph[] = [];
      for (const { arrival, content } of await readAll(folder, { taken, predictor })) {
        const { image, stamp } = arrival;
        if (!await arrivals.isUnchanged(arrival)) arrivals.postpone(arrival, 0);
        else if (typeof content !== "string") whole.push({ arrival, pixels: content });
        else {
          const before = failing.get(image);
          const since = before?.stamp === stamp ? before.since : performance.now();
          failing.set(image, { stamp, since });
          const isHopeless = performance.now() - since >= patience;
          if (isHopeless && !file.unreadable.has(image)) {
            lines.push({ path: image, prediction: null, fault: content, pixels: null });
          }
          arrivals.postpone(arrival, isHopeless ? 3_600_000 : again);
        }
      }
      const predictions = whole.length === 0
        ? []
        : await predictor.predict(whole.map(({ pixels }) => pixels));
      for (const [i, { arrival: { image }, pixels }] of whole.entries()) {
        failing.delete(image);
        lines.push({ path: image, prediction: predictions[i]!, fault: null, pixels });
      }
      await settle(lines, options);
      if (whole.length > 0) perImage = (performance.now() - begin) / whole.length;
    }
  } finally {
    arrivals.close();
  }
  return arrivals.gone;
}

/** Writes lines to the disk, then says so. */
async function settle(
  scored: readonly ScoredPhotograph[],
  { file, format, prepare, onScored }: WatchOptions,
): Promise<void> {
  if (scored.length === 0) return;
  for (const each of scored) await prepare(each);
  const lines = scored.map((each) => lineOf(each, format));
  await file.append(lines.join(""));
  for (const [i, each] of scored.entries()) {
    (each.prediction === null ? file.unreadable : file.scored).add(each.path);
    onScored(each, lines[i]!);
  }
}

async function readAll(
  folder: string,
  { taken, predictor }: { taken: readonly Arrival[]; predictor: Predictor },
): Promise<{ arrival: Arrival; content: Uint8Array | string }[]> {
  return await Promise.all(taken.map(async (arrival) => {
    try {
      return { arrival, content: await predictor.read(join(folder, arrival.image)) };
    } catch (error) {
      if (!(error instanceof UnreadableImage)) throw error;
      return { arrival, content: error.reason };
    }
  }));
}
