/**
 * The opcodes of pickles that stand for one value: numbers, text, bytes, empty containers.
 *
 * Opcodes as in Python's `pickletools` (protocols 0 to 5). Text of Python 2, which may be bytes, is
 * left out.
 *
 * @module
 */
import type { PickleCursor } from "@/pickle_cursor.ts";
import type { PickleValue } from "@/pickle_data.ts";

/** Nothing that is counted in images or pixels needs longer integers. */
const longestInteger = { bytes: 16, digits: 40 };

const readers: Readonly<Record<string, (cursor: PickleCursor) => PickleValue>> = {
  "N": () => null,
  "\x88": () => true,
  "\x89": () => false,
  "I": (cursor) => integerOfLine(cursor),
  "J": (cursor) => cursor.unsigned(4) | 0,
  "K": (cursor) => cursor.unsigned(1),
  "M": (cursor) => cursor.unsigned(2),
  "L": (cursor) => integerOfLine(cursor),
  "\x8a": (cursor) => integerOfBytes(cursor, cursor.unsigned(1)),
  "\x8b": (cursor) => integerOfBytes(cursor, cursor.unsigned(4)),
  "F": (cursor) => floatOfLine(cursor),
  "G": (cursor) => {
    const bytes = cursor.take(8);
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
  },
  "V": (cursor) => rawUnicode(cursor.line()),
  "X": (cursor) => utf8(cursor, cursor.unsigned(4)),
  "\x8c": (cursor) => utf8(cursor, cursor.unsigned(1)),
  "\x8d": (cursor) => utf8(cursor, cursor.unsigned(8)),
  "B": (cursor) => cursor.take(cursor.unsigned(4)),
  "C": (cursor) => cursor.take(cursor.unsigned(1)),
  "\x8e": (cursor) => cursor.take(cursor.unsigned(8)),
  "\x96": (cursor) => cursor.take(cursor.unsigned(8)),
  "]": () => [],
  "}": () => new Map(),
  ")": () => Object.freeze([]),
};

/**
 * Reads the value of an opcode that stands for one.
 *
 * Integers beyond 2^53 become bigints. Bytes share the memory of the pickle.
 *
 * @param opcode The opcode, as one character.
 * @param cursor Behind the opcode; moves behind what belongs to it.
 * @returns The value; `undefined` if the opcode stands for something else.
 * @throws {SyntaxError} If the pickle ends too early, or what follows is no such value.
 *
 * @example A short integer
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPickleCursor } from "@/pickle_cursor.ts";
 * import { readPickleLiteral } from "@/pickle_literals.ts";
 *
 * const cursor = createPickleCursor(Uint8Array.of(7), { source: "a.pkl" });
 * assert.equal(readPickleLiteral("K", cursor), 7);
 * assert.equal(readPickleLiteral("R", cursor), undefined);
 * ```
 */
export function readPickleLiteral(opcode: string, cursor: PickleCursor): PickleValue | undefined {
  return Object.hasOwn(readers, opcode) ? readers[opcode]!(cursor) : undefined;
}

/** "I01" and "I00" are booleans in protocol 0; "L7L" is an integer with its mark. */
function integerOfLine(cursor: PickleCursor): boolean | number | bigint {
  const text = latin1(cursor.line());
  if (text === "01") return true;
  if (text === "00") return false;
  const digits = text.replace(/L$/, "");
  if (!/^[+-]?\d+$/.test(digits) || digits.length > longestInteger.digits) {
    throw cursor.refusal(`an integer must have at most 40 digits, got ${quote(text)}`);
  }
  return shortest(BigInt(digits));
}

/** Little-endian two's complement. */
function integerOfBytes(cursor: PickleCursor, length: number): number | bigint {
  if (length > longestInteger.bytes) {
    throw cursor.refusal(`an integer must have at most 16 bytes, got ${length}`);
  }
  const bytes = cursor.take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]!);
  return shortest(BigInt.asIntN(8 * length, value));
}

function shortest(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function floatOfLine(cursor: PickleCursor): number {
  const text = latin1(cursor.line());
  if (/^[+-]?inf$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  const value = /^[+-]?[\d.]+(?:e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value) && text !== "nan") {
    throw cursor.refusal(`a float must be decimal, got ${quote(text)}`);
  }
  return value;
}

/** Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX. */
function rawUnicode(bytes: Uint8Array): string {
  return latin1(bytes).replaceAll(
    /\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g,
    (whole, short: string | undefined, long: string | undefined) => {
      const point = parseInt(short ?? long!, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

/** Byte by byte: the decoder that is called "latin1" on the web knows 27 other characters. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let begin = 0; begin < bytes.length; begin += 4096) {
    text += String.fromCharCode(...bytes.subarray(begin, begin + 4096));
  }
  return text;
}

/** File names that are not UTF-8 are text with lone surrogates in Python, which is refused. */
function utf8(cursor: PickleCursor, length: number): string {
  const bytes = cursor.take(length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw cursor.refusal("text must be UTF-8, got other bytes");
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
