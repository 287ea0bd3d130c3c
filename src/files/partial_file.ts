/**
 * Files that are still being downloaded, which one process at a time may write, with a note of
 * where their bytes come from.
 *
 * The bytes lie in `<name>.partial` and the note in `<name>.partial.json`. Both outlive the
 * process, so that a later one can go on; the note is changed only while it says nothing wrong
 * about the bytes.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { hashOpenFile, statIfExists } from "@/files/read.ts";

/** Where the bytes of a partial file come from. */
export interface PartialOrigin {
  /** The address that was asked last. */
  readonly address: string;
  /** What the server calls this version: a strong entity tag or a date; null: nothing reliable. */
  readonly validator: string | null;
  /** Size of the whole file in bytes; null: unknown. */
  readonly total: number | null;
}

/** What a note says: where the bytes come from, and the hash that they are meant for. */
const noteSchema = z.object({
  address: z.string(),
  validator: z.string().nullable(),
  total: z.int().nullable(),
  sha256: z.string().nullable(),
});

/** How to open a partial file. */
export interface OpenPartialOptions {
  /**
   * SHA-256 that the whole file is to have; null: unknown. Bytes meant for another one are dropped.
   */
  readonly sha256: string | null;
  /**
   * Interrupts waiting for another process that is downloading the same file; default: nothing
   * does.
   */
  readonly signal?: AbortSignal;
}

/** A partial file that nobody else can touch while it is open. */
export class PartialFile {
  /** Where the bytes lie. */
  readonly path: string;
  /** Bytes in the file. */
  size: number;
  /** Bytes in the file that an earlier process fetched. */
  earlier: number;
  /** Bytes that were appended since the file was opened, also those that were dropped again. */
  received = 0;
  /** Where the bytes come from; null: unknown, or there are none. */
  origin: PartialOrigin | null = null;
  /** Whether the bytes may come from more than one version of the file. */
  isMixed: boolean;
  readonly #file: Deno.FsFile;
  readonly #sha256: string | null;
  #isMoved = false;

  private constructor(
    path: string,
    { file, sha256, size }: { file: Deno.FsFile; sha256: string | null; size: number },
  ) {
    this.path = path;
    this.#file = file;
    this.#sha256 = sha256;
    this.size = this.earlier = size;
    this.isMixed = size > 0;
  }

  /**
   * Opens a partial file, made where missing in a folder that exists, as soon as nobody else has it
   * open; bytes of an earlier process are kept unless they were meant for another hash.
   */
  static async open(path: string, options: OpenPartialOptions): Promise<PartialFile> {
    const { sha256 } = options;
    const file = await openLocked(path, options);
    try {
      const { size } = await file.stat();
      const partial = new PartialFile(path, { file, sha256, size });
      const note = size > 0 ? await readNote(partial.#note) : null;
      partial.origin = note?.origin ?? null;
      if (note !== null && note.sha256 !== sha256) await partial.restart();
      return partial;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Where the note lies. */
  get #note(): string {
    return `${this.path}.json`;
  }

  /** Drops all bytes. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.size = this.earlier = 0;
    this.origin = null;
    this.isMixed = false;
    await removeIfExists(this.#note);
  }

  /** Notes where the bytes come from that follow those in the file. */
  async goOn(origin: PartialOrigin): Promise<void> {
    const { address, validator } = origin;
    const isSame = validator !== null && this.origin?.address === address &&
      this.origin.validator === validator;
    if (this.size > 0 && !isSame) this.isMixed = true;
    this.origin = origin;
    const note = { ...origin, sha256: this.#sha256 };
    await Deno.writeTextFile(this.#note, `${JSON.stringify(note)}\n`);
    await this.#file.seek(this.size, Deno.SeekMode.Start);
  }

  /** Appends bytes; throws if they cannot be written, for instance because the disk is full. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const written = await this.#file.write(bytes.subarray(done));
        done += written;
        this.size += written;
        this.received += written;
      }
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Cannot write "${this.path}": it must take more than ` +
          `${this.size.toLocaleString("en-US")} bytes, got ${what}`,
        { cause: error },
      );
    }
  }

  /** Computes the SHA-256, in hex, of the bytes as they lie on disk. */
  async hash(options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    return await hashOpenFile(this.#file, options);
  }

  /**
   * Gives the file its final name, in the same folder, replaces what bore it, and removes the note.
   */
  async moveTo(path: string): Promise<void> {
    await this.#file.sync();
    await Deno.rename(this.path, path);
    this.#isMoved = true;
    await removeIfExists(this.#note);
  }

  /** Lets others open the file; one without bytes is removed first. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#isMoved || this.size > 0) return;
      await removeIfExists(this.#note);
      await removeIfExists(this.path);
    } finally {
      this.#file.close();
    }
  }
}

/** Reads a note; one that is missing or damaged says nothing. */
async function readNote(
  path: string,
): Promise<{ origin: PartialOrigin; sha256: string | null } | null> {
  try {
    const { data } = noteSchema.safeParse(JSON.parse(await Deno.readTextFile(path)));
    if (data === undefined) return null;
    const { sha256, ...origin } = data;
    return { origin, sha256 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function removeIfExists(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What may be wanted while a lock is waited for. */
export interface LockFileOptions {
  /** Interrupts the waiting; default: nothing does. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at a file that another one has locked; default: 100. */
  readonly pause?: number;
}

/**
 * Opens a file, made where missing, and waits until nobody else, in this process or another,
 * holds it; it is held until it is closed or the process ends.
 *
 * A holder may rename or remove the file: who waits then gets the file that bears the name
 * afterwards, never the one that is gone.
 */
export async function openLocked(
  path: string,
  { signal, pause = 100 }: LockFileOptions = {},
): Promise<Deno.FsFile> {
  for (;; await wait(pause, signal)) {
    signal?.throwIfAborted();
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      if (await file.tryLock(true) && await bearsName(file, path)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

/** Whether a file is still the one that is found under a name. */
async function bearsName(file: Deno.FsFile, path: string): Promise<boolean> {
  const [own, found] = await Promise.all([file.stat(), statIfExists(path)]);
  return found !== null && own.ino === found.ino && own.dev === found.dev;
}

/** Waits; an interruption throws its own reason. */
export async function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal && { signal }).catch((error) => {
    signal?.throwIfAborted();
    throw error;
  });
}
