/**
 * Reading a pickle byte by byte, and its literals.
 *
 * @module
 */

/** A position in a pickle. Every reading beyond the end throws a SyntaxError that names the file. */
export interface PickleCursor {
  /** The next byte to be read. */
  readonly position: number;
  /** Number of bytes in all. */
  readonly length: number;
  /** Reads one byte. */
  byte(): number;
  /** Reads bytes, without copying them. */
  take(length: number): Uint8Array;
  /** Reads a little-endian integer that is not negative. */
  unsigned(size: 1 | 2 | 4 | 8): number;
  /** Reads up to the end of a line, which is left out. */
  line(): Uint8Array;
  /** Makes the error of a pickle that is wrong before this position. */
  refusal(what: string): SyntaxError;
}

/**
 * Begins to read a pickle.
 *
 * @param bytes The pickle.
 * @param options The file's name, for errors.
 * @returns The cursor, at the first byte.
 *
 * @example A length and as many bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPickleCursor } from "@/pickle_cursor.ts";
 *
 * const cursor = createPickleCursor(Uint8Array.of(2, 0, 7, 8), { source: "a.pkl" });
 * assert.deepEqual([...cursor.take(cursor.unsigned(2))], [7, 8]);
 * assert.throws(() => cursor.byte(), {
 *   message: 'Cannot read "a.pkl": it must go on after byte 4, got its end; is the file complete?',
 * });
 * ```
 */
export function createPickleCursor(
  bytes: Uint8Array,
  options: { source: string },
): PickleCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let position = 0;
  const task = `Cannot read "${options.source}"`;
  const advance = (length: number): number => {
    if (length > bytes.length - position) {
      throw new SyntaxError(
        `${task}: it must go on after byte ${bytes.length}, got its end; is the file complete?`,
      );
    }
    position += length;
    return position - length;
  };
  return {
    get position() {
      return position;
    },
    length: bytes.length,
    byte: () => view.getUint8(advance(1)),
    take: (length) => {
      const begin = advance(length);
      return bytes.subarray(begin, begin + length);
    },
    unsigned: (size) => {
      const begin = advance(size);
      if (size === 1) return view.getUint8(begin);
      if (size === 2) return view.getUint16(begin, true);
      if (size === 4) return view.getUint32(begin, true);
      return Number(view.getBigUint64(begin, true));
    },
    line: () => {
      const end = bytes.indexOf(10, position);
      const begin = advance((end < 0 ? bytes.length : end) - position + 1);
      return bytes.subarray(begin, position - 1);
    },
    refusal: (what) => new SyntaxError(`${task}: before byte ${position}, ${what}`),
  };
}
