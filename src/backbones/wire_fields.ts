/**
 * Protocol buffers cut into their fields, without knowing what the fields mean.
 *
 * A message is a row of fields, and a field says how long it is. So a part of a file can be looked
 * up, left out or put elsewhere while every other byte stays as it was.
 *
 * @module
 */

/** One field of a message. */
export interface WireField {
  /** Number of the field. */
  readonly number: number;
  /** The whole field, which begins with its number and its kind. */
  readonly whole: Uint8Array;
  /** Content of a text, of bytes or of a message; `null` for a number. */
  readonly body: Uint8Array | null;
  /** Value of an integer, which is exact up to 2⁵³; `null` for anything else. */
  readonly value: number | null;
}

/** What to put in the place of a field's content. */
export type FieldEdits = Readonly<Record<number, (body: Uint8Array) => readonly Uint8Array[]>>;

/** Goes through the fields of a message. Nothing is copied. */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  for (let begin = 0; begin < bytes.length;) {
    const tag = readVarint(bytes, begin);
    const number = Math.floor(tag.value / 8);
    const kind = tag.value % 8;
    if (number < 1 || number >= 2 ** 29 || ![0, 1, 2, 5].includes(kind)) {
      throw broken(bytes, `no field begins at byte ${begin}`);
    }
    let end = tag.end, value: number | null = null, body: Uint8Array | null = null;
    if (kind === 0 || kind === 2) ({ value, end } = readVarint(bytes, tag.end));
    if (kind === 2) {
      body = bytes.subarray(end, end + value!);
      end += value!;
      value = null;
    }
    if (kind === 1) end += 8;
    if (kind === 5) end += 4;
    if (end > bytes.length) throw broken(bytes, `field ${number} must end within, not at ${end}`);
    yield { number, whole: bytes.subarray(begin, end), body, value };
    begin = end;
  }
}

/** Replaces the content of some fields of a message and leaves all else as it is. */
export function editFields(bytes: Uint8Array, edits: FieldEdits): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let kept = 0, position = 0;
  for (const { number, whole, body } of readFields(bytes)) {
    const edit = edits[number];
    if (edit !== undefined && body !== null) {
      if (kept < position) pieces.push(bytes.subarray(kept, position));
      pieces.push(...wrapField(number, edit(body)));
      kept = position + whole.length;
    }
    position += whole.length;
  }
  if (kept < position) pieces.push(bytes.subarray(kept, position));
  return pieces;
}

/** Makes a field of its content. */
export function wrapField(number: number, content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...toVarint(number * 8 + 2), ...toVarint(length)]), ...content];
}

/** Puts pieces one after the other. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    joined.set(piece, position);
    position += piece.length;
  }
  return joined;
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function readVarint(bytes: Uint8Array, begin: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[begin + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: begin + i + 1 };
  }
  throw broken(bytes, `the number at byte ${begin} does not end`);
}

function toVarint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push(value % 0x80 + 0x80);
  return [...bytes, value];
}

function broken(bytes: Uint8Array, what: string): SyntaxError {
  return new SyntaxError(
    `Cannot read a protocol buffer: its ${bytes.length} bytes must be whole fields, but ${what}`,
  );
}
