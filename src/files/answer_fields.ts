/**
 * What the header of an answer says about a file: its size, its version, and which part follows.
 *
 * @module
 */

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
 * A version is named by a strong entity tag or, where there is no tag at all, by a date of change at
 * least a second before the date of the answer (RFC 9110, sections 8.8.2.2 and 13.1.5).
 *
 * @param headers The header of an answer.
 * @returns What it says.
 *
 * @example The second half of ten bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnswerFields } from "@/files/answer_fields.ts";
 *
 * const headers = new Headers({
 *   "content-length": "5",
 *   "content-range": "bytes 5-9/10",
 *   etag: '"v1"',
 * });
 * assert.deepEqual(readAnswerFields(headers), {
 *   length: 5,
 *   first: 5,
 *   total: 10,
 *   validator: '"v1"',
 * });
 * ```
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
