/**
 * A worker thread that runs one greedy selection at a time; see `parallel_sampler.ts`.
 *
 * @module
 */
import { toMatrix } from "@/matrix.ts";
import { greedySampler, type GreedySamplerOptions } from "@/samplers.ts";

/** One selection, as sent to the worker. */
export interface CoresetJob {
  /** Row-major values; their memory is the worker's, or shared. */
  readonly data: Float32Array;
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

/** What the worker sends back: progress any number of times, then a result or a failure. */
export type CoresetReply =
  | { readonly kind: "progress"; readonly share: number }
  | { readonly kind: "done"; readonly indices: Uint32Array; readonly radius: number | null }
  | { readonly kind: "failed"; readonly error: unknown };

// This file is also read outside a worker, where the global scope has neither of the two.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<CoresetJob>) => void;
  postMessage: (reply: CoresetReply) => void;
};

scope.onmessage = async ({ data: job }) => {
  try {
    const coreset = await greedySampler(job.options).select(toMatrix(job.data, job), {
      size: job.size,
      seed: job.seed,
      onProgress: (share) => scope.postMessage({ kind: "progress", share }),
    });
    scope.postMessage({ kind: "done", ...coreset });
  } catch (error) {
    scope.postMessage({ kind: "failed", error });
  }
};
