/**
 * Tells the format of an archive by its first bytes, whatever its name says.
 *
 * @module
 */

/** How an archive is packed. */
export type ArchiveFormat = "tar" | "tar.xz" | "tar.gz" | "zip";

/** Bytes that suffice to tell the format: one block of tar. */
export const formatBytes = 512;

const marks: readonly { format: ArchiveFormat; offset: number; bytes: readonly number[] }[] = [
  { format: "tar.xz", offset: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { format: "tar.gz", offset: 0, bytes: [0x1f, 0x8b, 0x08] },
  { format: "zip", offset: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { format: "zip", offset: 0, bytes: [0x50, 0x4b, 0x05, 0x06] },
  { format: "tar", offset: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] },
];

/**
 * Tells the format of an archive.
 *
 * The marks are those of the .xz file format 1.2.1 (section 2.1.1.1), of RFC 1952 (gzip), of zip's
 * APPNOTE 6.3 (4.3.7, 4.3.16: no entries), and of POSIX.1-1988 (tar, "ustar" at byte 257). Whether a
 * compressed file holds a tar shows when it is read.
 *
 * @param start The first 512 bytes, or all there are.
 * @returns The format; `null` if it is none of these.
 *
 * @example A web page that came instead
 * ```ts
 * import assert from "node:assert/strict";
 * import { tellArchiveFormat } from "@/files/archive_format.ts";
 *
 * assert.equal(tellArchiveFormat(new TextEncoder().encode("PK\x03\x04…")), "zip");
 * assert.equal(tellArchiveFormat(new TextEncoder().encode("<!DOCTYPE html>")), null);
 * ```
 */
export function tellArchiveFormat(start: Uint8Array): ArchiveFormat | null {
  const match = marks.find(({ offset, bytes }) =>
    bytes.every((byte, i) => start[offset + i] === byte)
  );
  return match?.format ?? null;
}
