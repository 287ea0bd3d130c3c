/**
 * NumPy's arrays and numbers in a pickle.
 *
 * How NumPy stores them: an array as `_reconstruct` with a state of version, shape, type, order and
 * bytes, or from protocol 5 on as `_frombuffer` of bytes, type, shape and order; a number as `scalar`
 * of type and bytes. A type is its kind and size, with the order of its bytes as its state. Up to
 * protocol 2 bytes are text, to be encoded in Latin-1.
 *
 * @module
 */
import { type NumericArray, readNumbers, sizeOfNumber, toRowMajor } from "@/numeric_array.ts";
import { isPickleObject, itemsOf, kindOfPickle, type PickleValue } from "@/pickle_data.ts";

/** The parts of an array as they were stored. */
interface StoredArray {
  readonly bytes: PickleValue | undefined;
  readonly type: PickleValue | undefined;
  readonly shape: PickleValue | undefined;
  readonly isFortran: boolean;
}

/**
 * Reads an array or number of NumPy.
 *
 * @param value Any value of a pickle.
 * @param options What to call it in errors.
 * @returns The array, in row-major order, a number as an array without axes; `null` if the value is
 *   neither.
 * @throws {SyntaxError} If it holds anything but numbers or booleans, or not as many as its shape
 *   says.
 *
 * @example A 32-bit float, as protocol 4 stores it
 * ```ts
 * import assert from "node:assert/strict";
 * import { numpyArrayOf } from "@/numpy_pickle.ts";
 *
 * const kind = "object" as const;
 * const entries = new Map();
 * const state = [3, "<", null, null, null, -1, -1, 0];
 * const type = { kind, name: "numpy.dtype", args: ["f4", false, true], state, entries };
 * const args = [type, Uint8Array.of(0, 0, 0xc0, 0x3f)];
 * const name = "numpy.core.multiarray.scalar";
 * const number = numpyArrayOf({ kind, name, args, state: undefined, entries }, { source: "score" });
 * assert.deepEqual(number, { shape: [], data: Float32Array.of(1.5) });
 * ```
 */
export function numpyArrayOf(
  value: PickleValue | undefined,
  options: { source: string },
): NumericArray | null {
  const stored = findParts(value);
  if (stored === null) return null;
  const { source } = options;
  const refuse = (what: string): SyntaxError => new SyntaxError(`Cannot read "${source}": ${what}`);
  const dtype = dtypeOf(stored.type);
  const size = dtype === null ? null : sizeOfNumber(dtype);
  if (dtype === null || size === null) {
    throw refuse(
      `its values must be numbers or booleans, got type ${dtype ?? kindOfPickle(stored.type)}`,
    );
  }
  const shape = itemsOf(stored.shape);
  const bytes = bytesOf(stored.bytes);
  if (shape === null || !shape.every(isExtent) || bytes === null) {
    throw refuse(
      "it must have a shape and bytes, " +
        `got ${kindOfPickle(stored.shape)} and ${kindOfPickle(stored.bytes)}`,
    );
  }
  const length = shape.reduce((product, extent) => product * extent, size);
  if (bytes.length !== length) {
    throw refuse(
      `it must have ${length} bytes for shape [${shape.join(", ")}] and type ${dtype}, ` +
        `got ${bytes.length}`,
    );
  }
  const data = readNumbers(bytes, { dtype, source });
  if (!stored.isFortran) return { shape, data };
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return toRowMajor(data, { shape, strides, offset: 0 });
}

function findParts(value: PickleValue | undefined): StoredArray | null {
  if (!isPickleObject(value)) return null;
  switch (value.name) {
    case "numpy.core.multiarray.scalar": {
      const [type, bytes] = value.args;
      return { bytes, type, shape: [], isFortran: false };
    }
    case "numpy.core.numeric._frombuffer": {
      const [bytes, type, shape, order] = value.args;
      return { bytes, type, shape, isFortran: order === "F" };
    }
    case "numpy.core.multiarray._reconstruct": {
      const [, shape, type, isFortran, bytes] = itemsOf(value.state) ?? [];
      return { bytes, type, shape, isFortran: isFortran === true };
    }
    default:
      return null;
  }
}

/** Type as in `readNumbers`, such as `<f4`. */
function dtypeOf(value: PickleValue | undefined): string | null {
  if (!isPickleObject(value, ["numpy.dtype"])) return null;
  const [kind] = value.args;
  const [, order] = itemsOf(value.state) ?? [];
  return typeof kind === "string" && typeof order === "string" ? `${order}${kind}` : null;
}

function bytesOf(value: PickleValue | undefined): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (!isPickleObject(value, ["_codecs.encode"])) return null;
  const [text, encoding] = value.args;
  if (typeof text !== "string" || encoding !== "latin1") return null;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) return null;
    bytes[i] = code;
  }
  return bytes;
}

function isExtent(value: PickleValue): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
