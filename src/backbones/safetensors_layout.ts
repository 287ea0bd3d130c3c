/**
 * Which tensors a safetensors file holds, and where.
 *
 * The format: eight bytes that say how long the header is, as a little-endian integer; the header,
 * JSON of the form `{name: {dtype, shape, data_offsets: [begin, end]}}`, where `__metadata__` may
 * map strings to strings; then the data, which the tensors fill without gap or overlap. Damaged and
 * cut-off files are recognised from the header and the size of the file, before any data is read.
 *
 * @module
 */

/** Type of a tensor's values. */
export type TensorDtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U8"
  | "BOOL";

/** One tensor of a file. */
export interface TensorEntry {
  /** Type of its values. */
  readonly dtype: TensorDtype;
  /** Extent of every axis; none for a single value. */
  readonly shape: readonly number[];
  /** Its first byte, counted from the beginning of the data. */
  readonly begin: number;
  /** The byte after its last. */
  readonly end: number;
}

/** What is known of a file before its header is. */
export interface HeaderLengthOptions {
  /** The file's name, for errors. */
  readonly source: string;
  /** Size of the file in bytes. */
  readonly fileSize: number;
}

/** What is known of a file besides its header. */
export interface SafetensorsLayoutOptions {
  /** The file's name, for errors. */
  readonly source: string;
  /** Number of bytes that follow the header. */
  readonly dataLength: number;
}

/** Bytes per value. */
const sizes: Readonly<Record<TensorDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The format's own limit, so that nobody has to parse gigabytes of JSON. */
const longestHeader = 100_000_000;

/**
 * Reads how long the header of a safetensors file is.
 *
 * @param start The first eight bytes of the file, or all of a shorter one.
 * @param options Name and size of the file.
 * @returns Number of bytes of the header, which begins at byte 8.
 * @throws {SyntaxError} If there are no eight bytes, or the header would not fit into the file or
 *   would exceed the format's limit of 100 MB.
 *
 * @example A header of two bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { readHeaderLength } from "@/backbones/safetensors_layout.ts";
 *
 * const start = Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0);
 * assert.equal(readHeaderLength(start, { source: "none.safetensors", fileSize: 10 }), 2);
 * ```
 */
export function readHeaderLength(start: Uint8Array, options: HeaderLengthOptions): number {
  const { source, fileSize } = options;
  if (start.length < 8) {
    throw layoutRefusal(
      source,
      `it must begin with 8 bytes that say how long its header is, got ${start.length}`,
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(fileSize - 8)) {
    throw layoutRefusal(
      source,
      `its header must end within the file's ${fileSize} bytes, got a length of ${length}; ` +
        "is it a complete safetensors file?",
    );
  }
  if (length > BigInt(longestHeader)) {
    throw layoutRefusal(
      source,
      `its header must have at most ${longestHeader} bytes, got ${length}`,
    );
  }
  return Number(length);
}

/**
 * Reads the header of a safetensors file.
 *
 * Types that are only listed here, not decoded, are known by their size. Of two tensors with one
 * name `JSON.parse` keeps the later: the bytes of the earlier then belong to nobody, which is
 * refused like any other gap. Takes O(n log n) time for n tensors.
 *
 * @param header The header, without the eight bytes before it.
 * @param options The file's name, and how much data follows.
 * @returns The tensors by name, in the order of their bytes.
 * @throws {SyntaxError} If the header breaks the format, or does not fit the data.
 *
 * @example One tensor of two rows
 * ```ts
 * import assert from "node:assert/strict";
 * import { readSafetensorsLayout } from "@/backbones/safetensors_layout.ts";
 *
 * const header = '{"weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}';
 * const layout = readSafetensorsLayout(header, { source: "one.safetensors", dataLength: 24 });
 * assert.deepEqual([...layout], [["weight", { dtype: "F32", shape: [2, 3], begin: 0, end: 24 }]]);
 * ```
 */
export function readSafetensorsLayout(
  header: Uint8Array | string,
  options: SafetensorsLayoutOptions,
): ReadonlyMap<string, TensorEntry> {
  const { source } = options;
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(header, source);
  if (!isMap(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw layoutRefusal(
      source,
      `its "__metadata__" must map strings to strings, got ${show(metadata)}`,
    );
  }
  const entries = Object.entries(tensors)
    .map(([name, stored]) => [name, readEntry(stored, { name, source })] as const)
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, options);
  return new Map(entries);
}

function parseHeader(header: Uint8Array | string, source: string): Record<string, unknown> {
  const text = typeof header === "string" ? header : decode(header, source);
  if (!text.startsWith("{")) {
    throw layoutRefusal(source, `its header must be a JSON object, got ${show(text.slice(0, 80))}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw layoutRefusal(source, `its header must be a JSON object, got ${error.message}`, error);
  }
}

function decode(header: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw layoutRefusal(source, "its header must be UTF-8 text, got other bytes", error);
  }
}

function readEntry(
  stored: unknown,
  { name, source }: { name: string; source: string },
): TensorEntry {
  const refuse = (what: string): SyntaxError =>
    layoutRefusal(source, `${tensor(name)} must ${what}`);
  const keys = isMap(stored) ? Object.keys(stored) : [];
  const fields = ["dtype", "shape", "data_offsets"];
  if (!isMap(stored) || keys.length !== 3 || !fields.every((field) => keys.includes(field))) {
    throw refuse(
      `have the fields ${fields.join(", ")}, got ${isMap(stored) ? show(keys) : show(stored)}`,
    );
  }
  const { dtype, shape, data_offsets: offsets } = stored;
  if (!isDtype(dtype)) {
    throw refuse(`be one of ${Object.keys(sizes).join(", ")}, got ${show(dtype)}`);
  }
  if (!isCounts(shape)) {
    throw refuse(`have a shape of integers that are not negative, got ${show(shape)}`);
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (!Number.isSafeInteger(count)) {
    throw refuse(`have fewer than 2^53 values, got shape ${show(shape)}`);
  }
  const [begin = 0, end = 0] = isCounts(offsets) ? offsets : [];
  if (!isCounts(offsets) || offsets.length !== 2 || begin > end) {
    throw refuse(`have data_offsets of two integers, 0 ≤ begin ≤ end, got ${show(offsets)}`);
  }
  const length = count * sizes[dtype];
  if (end - begin !== length) {
    throw refuse(`take ${length} bytes as ${dtype} of shape ${show(shape)}, got ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

/** Checks that every byte of the data belongs to exactly one tensor. */
function checkCoverage(
  entries: readonly (readonly [string, TensorEntry])[],
  { source, dataLength }: SafetensorsLayoutOptions,
): void {
  let position = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== position) {
      throw layoutRefusal(
        source,
        `${tensor(name)} must begin at byte ${position} of the data, ` +
          `for no byte is left out or used twice, got ${begin}`,
      );
    }
    if (end > dataLength) {
      throw layoutRefusal(
        source,
        `${tensor(name)} must end within the ${dataLength} bytes of data, got ${end}; ` +
          "is the file complete?",
      );
    }
    position = end;
  }
  if (position !== dataLength) {
    throw layoutRefusal(
      source,
      `its tensors must fill the ${dataLength} bytes of data, got ${position} bytes of tensors`,
    );
  }
}

function isDtype(value: unknown): value is TensorDtype {
  return typeof value === "string" && Object.hasOwn(sizes, value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tensor(name: string): string {
  return `tensor ${show(name)}`;
}

/** JSON of a value from a file, at most one level deep and not too long to be read. */
function show(value: unknown): string {
  const text = JSON.stringify(
    value,
    (key, part) => key !== "" && typeof part === "object" && part !== null ? "…" : part,
  );
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function layoutRefusal(source: string, what: string, cause?: Error): SyntaxError {
  return new SyntaxError(`Cannot read "${source}": ${what}`, { cause });
}
