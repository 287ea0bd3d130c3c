/**
 * Anomaly maps from files: NumPy's `.npy`, and TIFF as the evaluation that comes with MVTec AD
 * takes it.
 *
 * A `.npy` file is `\x93NUMPY`, two bytes of version, the length of the header (16 bits in
 * version 1, 32 bits in 2 and 3), the header, which is a Python dictionary of `descr` (type),
 * `fortran_order` and `shape`; then the values.
 *
 * @module
 */
import sharp, { type OutputInfo } from "sharp";
import type { Matrix } from "@/math/matrix.ts";
import { type NumericArray, readNumbers, sizeOfNumber, toRowMajor } from "@/math/number_formats.ts";

/**
 * Reads an anomaly map from a file whose extension says how.
 *
 * @param path A `.npy` file, or a `.tiff` or `.tif` file of 32-bit floats.
 * @returns The map.
 * @throws {Error} If the extension is another, or the file cannot be read or holds no map.
 *
 * @example An extension that says nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnomalyMap } from "@/audit/mod.ts";
 *
 * await assert.rejects(readAnomalyMap("1.png"), {
 *   message: 'Cannot read map "1.png": it must be a .npy, .tiff or .tif file, got .png',
 * });
 * ```
 */
export async function readAnomalyMap(path: string): Promise<Matrix> {
  const extension = path.match(/\.[^./\\]*$/)?.[0].toLowerCase() ?? "no extension";
  if (extension === ".npy") return await readNpy(path);
  if (extension === ".tiff" || extension === ".tif") return await readFloatTiff(path);
  throw new RangeError(
    `Cannot read map "${path}": it must be a .npy, .tiff or .tif file, got ${extension}`,
  );
}

/** Reads an anomaly map from a `.npy` file. */
export async function readNpy(path: string): Promise<Matrix> {
  return parseNpy(await Deno.readFile(path), { source: path });
}

/**
 * Reads an anomaly map from the bytes of a `.npy` file of version 1 to 3: floats of 16, 32 and
 * 64 bits, integers and booleans, stored by rows or by columns.
 *
 * Arrays of objects are refused, for they are pickles.
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

/** What the header says. */
interface NpyHeader {
  readonly dtype: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** First byte of the values. */
  readonly dataBegin: number;
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

/** Reads an anomaly map from a TIFF file of 32-bit floats. */
export async function readFloatTiff(path: string): Promise<Matrix> {
  const { data, info } = await decode(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message.trim().replaceAll(/\s+/g, " ") : error;
    throw new Error(`Cannot read map "${path}": ${reason}`, { cause: error });
  });
  const values = new Float32Array(new Uint8Array(data).buffer);
  return toMap({ shape: [info.height, info.width], data: values }, { source: path });
}

async function decode(path: string): Promise<{ data: Uint8Array; info: OutputInfo }> {
  const image = sharp(path, { ignoreIcc: true });
  const { format, depth, bitsPerSample, channels, pages = 1 } = await image.metadata();
  if (
    format !== "tiff" || depth !== "float" || bitsPerSample !== 32 || channels !== 1 || pages !== 1
  ) {
    throw new Error(
      "it must be one page of one channel of 32-bit floats, " +
        `got ${pages} of ${channels} of ${bitsPerSample ?? "?"}-bit ${depth} (${format})`,
    );
  }
  return await image.toColourspace("b-w").raw({ depth: "float" })
    .toBuffer({ resolveWithObject: true });
}

/**
 * Takes an array for an anomaly map, with 64-bit values rounded to 32 bits.
 *
 * Axes of extent 1 before or after the two of the map are left out: 1 × height × width and
 * height × width × 1 are maps, too.
 */
export function toMap(array: NumericArray, options: { source: string }): Matrix {
  const { shape } = array;
  const [rows = 0, columns = 0] = squeeze(shape);
  if (squeeze(shape).length !== 2 || rows === 0 || columns === 0) {
    throw new TypeError(
      `Cannot use "${options.source}" as an anomaly map: it must be height × width, ` +
        `got shape [${shape.join(", ")}]`,
    );
  }
  const data = array.data instanceof Float32Array ? array.data : new Float32Array(array.data);
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot use "${options.source}" as an anomaly map: every value must be a finite 32-bit ` +
        `float, got ${array.data[wrong]} in row ${Math.floor(wrong / columns)}, ` +
        `column ${wrong % columns}`,
    );
  }
  return { rows, columns, data };
}

/** Leaves axes of extent 1 out, first those in front, until two are left. */
function squeeze(shape: readonly number[]): readonly number[] {
  if (shape.length > 2 && shape[0] === 1) return squeeze(shape.slice(1));
  if (shape.length > 2 && shape.at(-1) === 1) return squeeze(shape.slice(0, -1));
  return shape;
}
