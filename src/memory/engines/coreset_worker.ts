/**
 * A worker thread that runs one greedy selection at a time; see `parallel_sampler.ts`.
 *
 * @module
 */
import { type Matrix, type RowSource, toMatrix } from "@/math/matrix.ts";
import { greedySampler, type GreedySamplerOptions } from "@/memory/samplers.ts";

/** One selection, as sent to the worker: its rows at once, or announced and then sent in parts. */
export interface CoresetJob {
  /** Row-major values; their memory is the worker's, or shared. `null`: they come in parts. */
  readonly data: Float32Array | null;
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** How many rows to keep. */
  readonly size: number;
  /** Seed of the selection. */
  readonly seed: number;
  /** Options of the greedy sampler. */
  readonly options: GreedySamplerOptions;
}

/** Some rows of a job that was sent without. */
export interface CoresetPart {
  /** Row-major values; their memory is the worker's, or shared. */
  readonly part: Float32Array;
}

/**
 * What the worker sends back: that it is ready for the next part, and progress, any number of
 * times; then a result or a failure.
 */
export type CoresetReply =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly share: number }
  | { readonly kind: "done"; readonly indices: Uint32Array; readonly radius: number | null }
  | { readonly kind: "failed"; readonly error: unknown };

// This file is also read outside a worker, where the global scope has neither of the two.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<CoresetJob | CoresetPart>) => void;
  postMessage: (reply: CoresetReply) => void;
};

let receive: ((part: Matrix) => void) | null = null;
let columns = 1;

scope.onmessage = async ({ data: message }) => {
  if ("part" in message) {
    const { part } = message;
    receive?.(toMatrix(part, { rows: part.length / columns, columns }));
    return;
  }
  const job = message;
  columns = job.columns;
  try {
    const features = job.data === null ? receiveRows(job) : toMatrix(job.data, job);
    const coreset = await greedySampler(job.options).select(features, {
      size: job.size,
      seed: job.seed,
      onProgress: (share) => scope.postMessage({ kind: "progress", share }),
    });
    scope.postMessage({ kind: "done", ...coreset });
  } catch (error) {
    scope.postMessage({ kind: "failed", error });
  }
};

/** Rows that are asked for part by part, once. */
function receiveRows({ rows, columns }: CoresetJob): RowSource {
  return {
    rows,
    columns,
    parts: async function* () {
      for (let done = 0; done < rows;) {
        const next = new Promise<Matrix>((resolve) => receive = resolve);
        scope.postMessage({ kind: "ready" });
        const part = await next;
        done += part.rows;
        yield part;
      }
    },
  };
}
