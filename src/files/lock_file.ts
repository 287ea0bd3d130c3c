/**
 * Files that one process at a time may write.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { statIfExists } from "@/files/stat_if_exists.ts";

/** What may be wanted while a lock is waited for. */
export interface LockFileOptions {
  /** Interrupts the waiting; default: nothing does. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at a file that another one has locked; default: 100. */
  readonly pause?: number;
}

/**
 * Opens a file, made where missing, and waits until nobody else holds it.
 *
 * Everybody who opens the file with this function excludes everybody else, within one process and
 * across processes, until the file is closed or the process ends. A holder may rename or remove the
 * file: who waits then gets the file that bears the name afterwards, never the one that is gone.
 *
 * @param path The file; its folder must exist.
 * @param options What interrupts, and how often to look.
 * @returns The locked file, open for reading and writing at its beginning.
 * @throws The reason of `signal` if that interrupts.
 *
 * @example The second waits for the first
 * ```ts
 * import assert from "node:assert/strict";
 * import { openLocked } from "@/files/lock_file.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const order: string[] = [];
 * const first = await openLocked(`${folder}/numbers`);
 * const second = openLocked(`${folder}/numbers`, { pause: 1 }).then((file) => {
 *   order.push("second opens");
 *   file.close();
 * });
 * order.push("first closes");
 * first.close();
 * await second;
 * await Deno.remove(folder, { recursive: true });
 *
 * assert.deepEqual(order, ["first closes", "second opens"]);
 * ```
 */
export async function openLocked(
  path: string,
  options: LockFileOptions = {},
): Promise<Deno.FsFile> {
  const { signal = new AbortController().signal, pause = 100 } = options;
  for (;;) {
    signal.throwIfAborted();
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      if (await file.tryLock(true) && await bearsName(file, path)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    await sleep(pause, undefined, { signal }).catch((error) => {
      signal.throwIfAborted();
      throw error;
    });
  }
}

/** Whether a file is still the one that is found under a name. */
async function bearsName(file: Deno.FsFile, path: string): Promise<boolean> {
  const [own, found] = await Promise.all([file.stat(), statIfExists(path)]);
  return found !== null && own.ino === found.ino && own.dev === found.dev;
}
