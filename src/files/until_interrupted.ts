/**
 * Lets Ctrl-C end long work in an orderly way.
 *
 * @module
 */

/**
 * Runs work that can be interrupted: Ctrl-C aborts its signal, a second one ends the process.
 *
 * @param work What to do; it must heed the signal.
 * @param options What the error says.
 * @returns What the work returns.
 * @throws {Error} With the given message if it was interrupted; otherwise whatever the work throws.
 *
 * @example Not interrupted
 * ```ts
 * import assert from "node:assert/strict";
 * import { untilInterrupted } from "@/files/until_interrupted.ts";
 *
 * const work = ({ aborted }: AbortSignal) => Promise.resolve(aborted);
 * assert.equal(await untilInterrupted(work, { message: "Cannot finish: interrupted" }), false);
 * ```
 */
export async function untilInterrupted<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { message }: { readonly message: string },
): Promise<Result> {
  const controller = new AbortController();
  const interrupt = (): void => {
    Deno.removeSignalListener("SIGINT", interrupt);
    controller.abort(new Error(message));
  };
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
}
