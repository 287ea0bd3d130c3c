/**
 * Connections that are not waited for without end.
 *
 * @module
 */
import { formatDuration } from "@/files/progress.ts";

/** A connection failed; the message says why. Whatever else is thrown is no fault of a connection. */
export class ConnectionFailure extends Error {
  /** Name of the class. */
  override readonly name = "ConnectionFailure";
}

/** When to give a connection up. */
export interface WatchConnectionOptions {
  /** Milliseconds that one piece of work may take. */
  readonly patience: number;
  /** Interrupts; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** Watches over one connection. */
export interface ConnectionWatch {
  /** To be given to `fetch`: ends the connection when it is given up, interrupted or done with. */
  readonly signal: AbortSignal;
  /** Waits for one piece of work, such as an answer or more bytes; an error becomes a reason. */
  within<T>(work: Promise<T>, describe: (error: unknown) => string): Promise<T>;
  /** Ends the connection if it is still open. */
  end(): void;
}

/**
 * Watches over a connection that is about to be opened.
 *
 * Time counts only while something is waited for, not while the caller writes what came.
 *
 * @param options When to give up.
 * @returns The watch. Its `within` throws the reason of `signal` if that interrupts, and otherwise a
 *   `ConnectionFailure` whose message is `no byte for …` or what `describe` makes of the error.
 *
 * @example A server that says nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { watchConnection } from "@/files/connection.ts";
 *
 * const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const watch = watchConnection({ patience: 50 });
 * const answer = fetch(`http://127.0.0.1:${listener.addr.port}`, { signal: watch.signal });
 * await assert.rejects(watch.within(answer, String), { message: "no byte for 0.1 s" });
 * listener.close();
 * ```
 */
export function watchConnection(options: WatchConnectionOptions): ConnectionWatch {
  const { patience, signal } = options;
  const ended = new AbortController();
  let isStalled = false;
  return {
    signal: signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]),
    within: async (work, describe) => {
      const timer = setTimeout(() => {
        isStalled = true;
        ended.abort();
      }, patience);
      try {
        return await work;
      } catch (error) {
        signal?.throwIfAborted();
        const reason = isStalled ? `no byte for ${formatDuration(patience)}` : describe(error);
        throw new ConnectionFailure(reason, { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
    end: () => ended.abort(),
  };
}
