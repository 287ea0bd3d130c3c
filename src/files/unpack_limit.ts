/**
 * How many bytes may come out of an archive.
 *
 * @module
 */

/** A limit for unpacked bytes. */
export interface UnpackLimit {
  /** How many bytes there may be. */
  readonly bytes: number;
  /** Whether that is what the disk has free; else somebody set it. */
  readonly isDiskSpace: boolean;
}

/** What is about to be written. */
export interface UnpackDemand {
  /** Name of the archive, for messages. */
  readonly archive: string;
  /** The entry that is being unpacked; `null`: all of them. */
  readonly entry: string | null;
  /** The limit. */
  readonly limit: UnpackLimit;
}

/**
 * Checks that unpacked bytes stay within a limit.
 *
 * @param bytes How many there would be with what is about to be written.
 * @param demand Whose they are, and the limit.
 * @throws {RangeError} If there are more than were allowed.
 * @throws {Error} If there are more than the disk has free.
 *
 * @example A small archive of a very large file
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkUnpackedBytes } from "@/files/unpack_limit.ts";
 *
 * const limit = { bytes: 1000, isDiskSpace: true };
 * assert.throws(() => checkUnpackedBytes(2 ** 40, { archive: "a.zip", entry: null, limit }), {
 *   message: 'Cannot extract "a.zip": its files need 1,099,511,627,776 bytes, ' +
 *     "got 1,000 bytes free on the disk",
 * });
 * ```
 */
export function checkUnpackedBytes(bytes: number, { archive, entry, limit }: UnpackDemand): void {
  if (bytes <= limit.bytes) return;
  const files = entry === null ? "its files need" : `its files up to ${JSON.stringify(entry)} need`;
  const room = limit.isDiskSpace ? "free on the disk" : "allowed";
  const message = `Cannot extract "${archive}": ${files} ${formatCount(bytes)}, ` +
    `got ${formatCount(limit.bytes)} ${room}`;
  throw limit.isDiskSpace ? new Error(message) : new RangeError(message);
}

function formatCount(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} ${bytes === 1 ? "byte" : "bytes"}`;
}
