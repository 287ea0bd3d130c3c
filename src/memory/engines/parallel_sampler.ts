/**
 * Greedy selections on worker threads: several groups or folds at the same time.
 *
 * @module
 */
import type { Matrix, RowSource } from "@/math/matrix.ts";
import type { Coreset, Sampler, SampleRequest } from "@/memory/coreset.ts";
import type { CoresetJob, CoresetPart, CoresetReply } from "@/memory/engines/coreset_worker.ts";
import { greedySampler, type GreedySamplerOptions } from "@/memory/samplers.ts";
import { checkCount } from "@/messages.ts";

/** How many threads, and how each selects. */
export interface ParallelSamplerOptions extends GreedySamplerOptions {
  /** Selections that run at the same time; further ones wait. Default 2. */
  readonly workers?: number;
}

/** A sampler that holds threads until it is closed. */
export interface ParallelSampler extends Sampler {
  /** Stops all threads; selections that have not finished fail. */
  close(): void;
}

interface Task {
  readonly features: Matrix | RowSource;
  readonly request: SampleRequest;
  readonly resolve: (coreset: Coreset) => void;
  readonly reject: (error: unknown) => void;
}

/** What a worker says of its selection. */
type CoresetOutcome = Exclude<CoresetReply, { kind: "ready" }>;

/**
 * Makes a greedy sampler whose selections run on worker threads, which start when first needed.
 *
 * It chooses the same rows as `greedySampler` with the same options. The features are copied once
 * per selection, or not at all where they lie in a `SharedArrayBuffer`; they must not be changed
 * before the selection ends. Rows that come in parts are sent part by part, as the thread takes
 * them. A progress callback that throws stops its selection and its thread; the selection then
 * fails with what was thrown.
 *
 * @param options Number of threads and the greedy sampler's options.
 * @returns The sampler; close it, or the process waits for its threads.
 * @throws {RangeError} If a number is not a positive integer.
 *
 * @example Two selections at the same time
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { parallelSampler } from "@/memory/mod.ts";
 *
 * const sampler = parallelSampler({ workers: 2 });
 * const [left, right] = await Promise.all([
 *   sampler.select(matrixOf([[0], [9], [1]]), { size: 3, seed: 1 }),
 *   sampler.select(matrixOf([[5], [5]]), { size: 1, seed: 1 }),
 * ]);
 * sampler.close();
 *
 * assert.deepEqual([left.radius, right.radius], [0, 0]);
 * ```
 */
export function parallelSampler(options: ParallelSamplerOptions = {}): ParallelSampler {
  const { workers = 2, ...greedy } = options;
  checkCount(workers, { task: "Cannot make a parallel sampler", name: "workers" });
  const { name, growth = 1 } = greedySampler(greedy);
  const idle: Worker[] = [], waiting: Task[] = [];
  const busy = new Map<Worker, Task>();
  let closed = false;

  const startNext = (): void => {
    if (busy.size >= workers) return;
    const task = waiting.shift();
    if (!task) return;
    const worker = idle.pop() ?? startWorker();
    busy.set(worker, task);
    const parts = "parts" in task.features ? task.features.parts()[Symbol.asyncIterator]() : null;
    worker.onmessage = (event: MessageEvent<CoresetReply>) => {
      if (event.data.kind === "ready") {
        sendPart(worker, parts).catch((error) => discard(worker, task, error));
      } else receive(worker, task, event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      discard(worker, task, new Error(`Cannot select a coreset: ${event.message}`));
    };
    try {
      send(worker, task, greedy);
    } catch (error) {
      discard(worker, task, error);
    }
  };
  const receive = (worker: Worker, task: Task, reply: CoresetOutcome): void => {
    if (reply.kind === "progress") {
      try {
        task.request.onProgress?.(reply.share);
      } catch (error) {
        discard(worker, task, error);
      }
      return;
    }
    busy.delete(worker);
    idle.push(worker);
    if (reply.kind === "failed") task.reject(reply.error);
    else task.resolve({ indices: reply.indices, radius: reply.radius });
    startNext();
  };
  const discard = (worker: Worker, task: Task, error: unknown): void => {
    worker.onmessage = null;
    worker.terminate();
    busy.delete(worker);
    task.reject(error);
    startNext();
  };

  return {
    name,
    growth,
    select: (features, request) =>
      new Promise((resolve, reject) => {
        if (closed) throw closedError();
        waiting.push({ features, request, resolve, reject });
        startNext();
      }),
    close: () => {
      closed = true;
      for (const worker of [...idle.splice(0), ...busy.keys()]) {
        worker.onmessage = null;
        worker.terminate();
      }
      for (const task of [...busy.values(), ...waiting.splice(0)]) task.reject(closedError());
      busy.clear();
    },
  };
}

function startWorker(): Worker {
  return new Worker(new URL("./coreset_worker.ts", import.meta.url), { type: "module" });
}

function send(worker: Worker, task: Task, options: GreedySamplerOptions): void {
  const { features, request: { size, seed } } = task;
  const { rows, columns } = features;
  const job = { rows, columns, size, seed, options };
  if ("data" in features) {
    post(worker, features.data, (data): CoresetJob => ({ ...job, data }));
  } else worker.postMessage({ ...job, data: null } satisfies CoresetJob);
}

async function sendPart(worker: Worker, parts: AsyncIterator<Matrix> | null): Promise<void> {
  const next = await parts?.next();
  if (next === undefined || next.done) {
    throw new TypeError("Cannot select a coreset: the parts must hold all rows, got fewer");
  }
  post(worker, next.value.data, (part): CoresetPart => ({ part }));
}

/** Sends values as they are where their memory is shared, otherwise a copy. */
function post<Message>(
  worker: Worker,
  data: Float32Array,
  wrap: (data: Float32Array) => Message,
): void {
  const shared = data.buffer instanceof SharedArrayBuffer;
  const values = shared ? data : data.slice();
  worker.postMessage(wrap(values), shared ? [] : [values.buffer as ArrayBuffer]);
}

function closedError(): Error {
  return new Error("Cannot select a coreset: the sampler must be open, got a closed one");
}
