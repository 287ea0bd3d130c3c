/**
 * One connection of a download: watched, so that it is not waited for without end, and what the
 * header of its answer says about a file: its size, its version, and which part follows.
 *
 * @module
 */
import { formatDuration } from "@/files/progress.ts";

/** A connection failed, as the message says; whatever else is thrown is no fault of one. */
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
 * Watches over a connection that is about to be opened; time counts only while something is
 * waited for, not while the caller writes what came.
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

/** What a header says; null where it says nothing, or nothing that can be relied on. */
export interface AnswerFields {
  /** Bytes that follow. */
  readonly length: number | null;
  /** Position in the file of the first byte that follows, where only a part does. */
  readonly first: number | null;
  /** Size of the whole file, where only a part follows, or nothing. */
  readonly total: number | null;
  /** What the server calls this version of the file, byte for byte. */
  readonly validator: string | null;
}

/**
 * Reads the fields of a header that matter to a download.
 *
 * A version is named by a strong entity tag or, where there is no tag at all, by a date of change
 * at least a second before the date of the answer (RFC 9110, sections 8.8.2.2 and 13.1.5).
 */
export function readAnswerFields(headers: Headers): AnswerFields {
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/i.exec(headers.get("content-range") ?? "");
  return {
    length: toCount(headers.get("content-length")),
    first: toCount(range?.[1]),
    total: toCount(range?.[2]),
    validator: validatorOf(headers),
  };
}

function toCount(digits: string | null | undefined): number | null {
  return /^\d+$/.test(digits ?? "") ? Number(digits) : null;
}

function validatorOf(headers: Headers): string | null {
  const tag = headers.get("etag");
  if (tag !== null) return /^"[^"]*"$/.test(tag) ? tag : null;
  const modified = headers.get("last-modified"), date = headers.get("date");
  if (modified === null || date === null) return null;
  return Date.parse(date) - Date.parse(modified) >= 1000 ? modified : null;
}
