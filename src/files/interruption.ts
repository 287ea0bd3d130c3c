/**
 * The orderly end of long work that somebody stops, by Ctrl-C, by SIGTERM or by the stop button of a
 * notebook.
 *
 * Work takes `interruptionSignal` when it begins and asks it again and again, which is what a
 * checkpoint, or a progress that is `stoppable`, does for it. Whatever began before the stop ends;
 * whatever begins afterwards does not hear of it, so that nothing needs to be reset.
 *
 * @module
 */
import type { StartProgress } from "@/files/progress.ts";
import type { SignalWatch } from "@/files/signal_worker.ts";

/** What stops work from outside. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The error of work that somebody stopped. */
export class Interruption extends Error {
  /** What errors of this class are called. */
  override readonly name = "Interruption";
  /** What stopped it. */
  readonly signal: StopSignal;

  /** Makes the error; the message is what the person reads who stopped the work. */
  constructor(message = "Interrupted", options: ErrorOptions & { signal?: StopSignal } = {}) {
    super(message, options);
    this.signal = options.signal ?? "SIGINT";
  }
}

/** Aborted by the next interruption, and then replaced: work that begins later is not concerned. */
let current = new AbortController();

/** Stops all work that is under way; what begins afterwards is not concerned. */
export function interrupt(signal: StopSignal = "SIGINT"): void {
  const stopped = current;
  current = new AbortController();
  stopped.abort(new Interruption("Interrupted", { signal }));
}

/**
 * The signal that the next interruption aborts, with an `Interruption` for its reason. Work takes it
 * when it begins and keeps it to its end.
 */
export function interruptionSignal(): AbortSignal {
  return current.signal;
}

/** Throws the reason of an aborted signal, even if nobody had time yet to abort it. */
export function throwIfStopped(signal: AbortSignal): void {
  hearSignals();
  signal.throwIfAborted();
}

/** Milliseconds of computing after which the rest of the process gets a turn. */
const turn = 50;

/**
 * Begins work that computes for long without waiting: called between its parts, the checkpoint lets
 * the rest of the process have its turn now and then, which is when signals arrive, and throws an
 * `Interruption` once the work was stopped.
 */
export function createCheckpoint(signal = interruptionSignal()): () => Promise<void> {
  let last = performance.now();
  return async () => {
    throwIfStopped(signal);
    if (performance.now() - last < turn) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
    throwIfStopped(signal);
  };
}

/** Makes every progress that is started throw an `Interruption` once its work was stopped. */
export function stoppable(startProgress: StartProgress): StartProgress {
  return (label) => {
    const signal = interruptionSignal();
    const progress = startProgress(label);
    return {
      report: (share, stage) => {
        throwIfStopped(signal);
        progress.report(share, stage);
      },
      finish: (stage) => progress.finish(stage),
    };
  };
}

/** Milliseconds that stopped work has to tidy up before nobody waits for it any longer. */
const tidying = 1200;

/**
 * Waits for work no longer than a moment after it was stopped. What it still computes then, such as
 * one batch of a large network, ends by itself and is dropped.
 *
 * @param work Work that ends by itself when the signal is aborted.
 * @param options How many milliseconds it may take for that; default 1200.
 * @returns Its result.
 * @throws {Interruption} If it was stopped and did not end in time, else whatever it throws.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { grace = tidying }: { readonly grace?: number } = {},
): Promise<Result> {
  const signal = interruptionSignal();
  const running = work(signal);
  running.catch(() => undefined); // met in the race, or of no interest to anybody any longer
  const overdue = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (): void => {
    if (grace === 0) overdue.reject(signal.reason);
    else timer = setTimeout(() => overdue.reject(signal.reason), grace);
  };
  signal.addEventListener("abort", wait, { once: true });
  try {
    return await Promise.race([running, overdue.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", wait);
  }
}

/** What hears signals at present. */
interface Listening {
  /** How many want to be interrupted. */
  count: number;
  /** How often each signal has come, counted by the thread. */
  readonly heard: Int32Array;
  /** How many of them have interrupted something. */
  readonly seen: number[];
  readonly signals: readonly StopSignal[];
  /** Fulfilled once the thread hears signals, or is given up. */
  readonly ready: Promise<void>;
  readonly stop: () => void;
}

/** Milliseconds that a thread may take to begin to hear. */
const starting = 5000;

let listening: Listening | null = null;

/**
 * Turns signals into interruptions until the returned function is called. Who listens while somebody
 * else does shares that one's signals.
 *
 * They are heard by a thread of its own, because a main thread that computes may hear of them seconds
 * later, and one that never waits does not hear of them at all; whoever asks whether to stop looks at
 * what the thread has counted.
 */
export function listenForSignals(wanted: readonly StopSignal[]): () => void {
  listening ??= startListening(wanted);
  const own = listening;
  own.count++;
  return () => {
    if (--own.count > 0) return;
    own.stop();
    if (listening === own) listening = null;
  };
}

function startListening(wanted: readonly StopSignal[]): Listening {
  // Windows knows no SIGTERM.
  const signals = wanted.filter((name) => name === "SIGINT" || Deno.build.os !== "windows");
  const heard = new Int32Array(new SharedArrayBuffer(4 * signals.length));
  const worker = new Worker(new URL("./signal_worker.ts", import.meta.url), { type: "module" });
  let isReady = false;
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const giveUp = setTimeout(resolve, starting);
  worker.onmessage = () => {
    isReady = true;
    clearTimeout(giveUp);
    resolve();
    hearSignals();
  };
  worker.postMessage({ signals, heard } satisfies SignalWatch);
  const direct = signals.map((name) => {
    const hear = (): void => isReady ? hearSignals() : interrupt(name);
    Deno.addSignalListener(name, hear);
    return { name, hear };
  });
  const stop = (): void => {
    clearTimeout(giveUp);
    resolve();
    worker.terminate();
    for (const { name, hear } of direct) Deno.removeSignalListener(name, hear);
  };
  return { count: 0, heard, seen: signals.map(() => 0), signals, ready, stop };
}

/** Interrupts for every signal that has come since this was last called. */
function hearSignals(): void {
  if (listening === null) return;
  const { heard, seen, signals } = listening;
  for (const [i, name] of signals.entries()) {
    const count = Atomics.load(heard, i);
    if (count === seen[i]) continue;
    seen[i] = count;
    interrupt(name);
  }
}

/**
 * Runs work that Ctrl-C and SIGTERM stop: its signal is aborted, and it has a moment to tidy up. The
 * work begins when signals are heard, since one that came before would be lost on a busy thread.
 *
 * @param work Work that ends by itself when the signal is aborted.
 * @param options What to say when it was stopped: what is kept, and how to go on.
 * @returns Its result.
 * @throws {Interruption} With that message, if it was stopped; else whatever it throws.
 */
export async function untilInterrupted<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { message }: { readonly message: string },
): Promise<Result> {
  const stopListening = listenForSignals(["SIGINT", "SIGTERM"]);
  const stopped = interruptionSignal();
  try {
    await listening?.ready;
    stopped.throwIfAborted();
    return await interruptible(work);
  } catch (error) {
    if (!stopped.aborted) throw error;
    // Whatever fails after the signal fails because of it; a message that says more stays.
    const isExplained = error instanceof Interruption && error.message !== "Interrupted";
    if (isExplained) throw error;
    const { signal } = stopped.reason as Interruption;
    throw new Interruption(message, { signal, cause: error });
  } finally {
    stopListening();
  }
}
