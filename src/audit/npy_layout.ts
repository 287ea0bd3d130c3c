/**
 * NumPy's `.npy` files.
 *
 * The format: `\x93NUMPY`, two bytes of version, the length of the header (16 bits in version 1,
 * 32 bits in 2 and 3), the header, which is a Python dictionary of `descr` (type), `fortran_order`
 * and `shape`; then the values.
 *
 * @module
 */
import { toMap } from "@/audit/map_of_array.ts";
import type { Matrix } from "@/math/matrix.ts";
import { type NumericArray, readNumbers, sizeOfNumber, toRowMajor } from "@/math/number_formats.ts";

/** What the header says. */
interface NpyHeader {
  readonly dtype: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** First byte of the values. */
  readonly dataBegin: number;
}

/**
 * Reads an anomaly map from the bytes of a `.npy` file.
 *
 * Versions 1 to 3; floats of 16, 32 and 64 bits, integers and booleans; stored by rows or by
 * columns. Arrays of objects are refused, for they are pickles.
 *
 * @param bytes The whole file; left unchanged.
 * @param options The file's name, for errors.
 * @returns The map, height × width; see `toMap`.
 * @throws {SyntaxError} If the file breaks the format or is cut off, or its values are no numbers.
 * @throws {TypeError} If it has not two axes.
 * @throws {RangeError} If a value is not finite; the message names its pixel.
 *
 * @example One row of two bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseNpy } from "@/audit/npy_layout.ts";
 *
 * const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }\n";
 * const bytes = Uint8Array.of(
 *   ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0],
 *   ...new TextEncoder().encode(header),
 *   ...[7, 9],
 * );
 * assert.deepEqual([...parseNpy(bytes, { source: "1.npy" }).data], [7, 9]);
 * ```
 */
export function parseNpy(bytes: Uint8Array, options: { source: string }): Matrix {
  return toMap(readArray(bytes, options), options);
}

function readArray(bytes: Uint8Array, options: { source: string }): NumericArray {
  const { source } = options;
  const { dtype, isFortran, shape, dataBegin } = readHeader(bytes, source);
  const size = sizeOfNumber(dtype);
  if (size === null) {
    const hint = /^[<>|]O/.test(dtype) ? ", an array of objects, which is a pickle" : "";
    throw refusal(source, `its values must be numbers or booleans, got type "${dtype}"${hint}`);
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length - dataBegin !== count * size) {
    throw refusal(
      source,
      `it must have ${count * size} bytes of values for shape [${shape.join(", ")}] and type ` +
        `"${dtype}", got ${bytes.length - dataBegin}; is the file complete?`,
    );
  }
  const data = readNumbers(bytes.subarray(dataBegin), { dtype, source });
  if (!isFortran) return { shape, data };
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return toRowMajor(data, { shape, strides, offset: 0 });
}

function readHeader(bytes: Uint8Array, source: string): NpyHeader {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw refusal(source, 'it must begin with "\\x93NUMPY", got other bytes');
  }
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    throw refusal(source, `it must be of version 1, 2 or 3, got ${version}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const begin = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataBegin = begin + length;
  if (dataBegin > bytes.length) {
    throw refusal(
      source,
      `its header must end within the file's ${bytes.length} bytes, got ${length} bytes of header; ` +
        "is the file complete?",
    );
  }
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1")
    .decode(bytes.subarray(begin, dataBegin));
  const dtype = text.match(/'descr':\s*'([^']*)'/)?.[1];
  const order = text.match(/'fortran_order':\s*(True|False)/)?.[1];
  const shape = text.match(/'shape':\s*\(([\d,\sL]*)\)/)?.[1];
  if (dtype === undefined || order === undefined || shape === undefined) {
    throw refusal(
      source,
      "its header must name a simple type, the order and the shape, " +
        `got ${JSON.stringify(text.trim().slice(0, 80))}`,
    );
  }
  const extents = shape.split(",").map((part) => part.replace("L", "").trim()).filter(Boolean);
  return { dtype, isFortran: order === "True", shape: extents.map(Number), dataBegin };
}

function refusal(source: string, what: string): SyntaxError {
  return new SyntaxError(`Cannot read "${source}": ${what}`);
}
