/**
 * A thread that hears signals while the main one computes; see `listenForSignals`.
 *
 * @module
 */

/** What the thread listens for, and where it counts. */
export interface SignalWatch {
  /** Names of the signals. */
  readonly signals: readonly Deno.Signal[];
  /** Shared memory: how often each signal has come. */
  readonly heard: Int32Array;
}

// This file is also read outside a worker, where the global scope has neither of the two.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<SignalWatch>) => void;
  postMessage: (reply: "ready" | "heard") => void;
};

scope.onmessage = ({ data: { signals, heard } }) => {
  for (const [i, name] of signals.entries()) {
    Deno.addSignalListener(name, () => {
      Atomics.add(heard, i, 1);
      scope.postMessage("heard");
    });
  }
  scope.postMessage("ready");
};
