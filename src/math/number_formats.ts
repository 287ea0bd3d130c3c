/**
 * Numbers as files of weights and arrays store them: any of NumPy's and PyTorch's types, in any
 * layout.
 *
 * Two of the types are 16-bit floats: IEEE 754 half precision (binary16: 5 bits of exponent, 10
 * of fraction) and bfloat16, the upper half of a 32-bit float. Every value of either is a 32-bit
 * float.
 *
 * @module
 */

/** Numbers as they lie in memory: little-endian on every machine that Deno runs on. */
export function bytesOf(
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/**
 * Reads numbers from their bytes in O(values) time: floats of up to 32 bits as 32-bit floats,
 * all others as 64-bit floats.
 */
export function readNumbers(
  bytes: Uint8Array,
  options: { dtype: string; source: string },
): Float32Array | Float64Array {
  const { dtype, source } = options;
  const size = sizeOfNumber(dtype);
  if (size === null) {
    throw new SyntaxError(
      `Cannot read "${source}": its values must be numbers or booleans, got type "${dtype}"`,
    );
  }
  if (bytes.length % size !== 0) {
    throw new SyntaxError(
      `Cannot read "${source}": its values must take ${size} bytes each, got ${bytes.length} bytes`,
    );
  }
  // A copy begins at a multiple of eight and may be turned round.
  const copy = bytes.slice();
  if (dtype.startsWith(">")) swapBytes(copy, size);
  const { buffer } = copy;
  switch (dtype.slice(1)) {
    case "f4":
      return new Float32Array(buffer);
    case "f8":
      return new Float64Array(buffer);
    case "f2":
      return float16ToFloat32(new Uint16Array(buffer));
    case "V2":
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case "i8":
      return toSafeNumbers(new BigInt64Array(buffer), source);
    case "u8":
      return toSafeNumbers(new BigUint64Array(buffer), source);
    case "i4":
      return new Float64Array(new Int32Array(buffer));
    case "u4":
      return new Float64Array(new Uint32Array(buffer));
    case "i2":
      return new Float64Array(new Int16Array(buffer));
    case "u2":
      return new Float64Array(new Uint16Array(buffer));
    case "i1":
      return new Float64Array(new Int8Array(buffer));
    default:
      return new Float64Array(copy);
  }
}

/** Bytes of one value by its type, as NumPy writes types; `V2` is bfloat16. */
const sizes: Readonly<Record<string, number>> = {
  f8: 8,
  f4: 4,
  f2: 2,
  V2: 2,
  i8: 8,
  i4: 4,
  i2: 2,
  i1: 1,
  u8: 8,
  u4: 4,
  u2: 2,
  u1: 1,
  b1: 1,
};

/** Says how many bytes a value of a type takes; `null` for a type that is no number. */
export function sizeOfNumber(dtype: string): number | null {
  const type = dtype.slice(1);
  return /^[<>|]/.test(dtype) && Object.hasOwn(sizes, type) ? sizes[type]! : null;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let begin = 0; begin < bytes.length; begin += size) {
    bytes.subarray(begin, begin + size).reverse();
  }
}

function toSafeNumbers(values: BigInt64Array | BigUint64Array, source: string): Float64Array {
  return Float64Array.from(values as BigInt64Array, (value: bigint) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new RangeError(
        `Cannot read "${source}": integers must be between -2^53 and 2^53, got ${value}`,
      );
    }
    return number;
  });
}

/**
 * Converts IEEE 754 half floats exactly, with subnormal numbers, infinities and the sign of
 * zero; a NaN stays a NaN, whatever its payload.
 */
export function float16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}

/** Converts bfloat16 exactly: the 16 bits followed by 16 zeros are the 32-bit float. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** An array of numbers in row-major order. */
export interface NumericArray {
  /** Extent of every axis; none for a single number. */
  readonly shape: readonly number[];
  /** Its numbers, the last axis running fastest. */
  readonly data: Float32Array | Float64Array;
}

/** How values lie in memory. */
export interface MemoryLayout {
  /** Extent of every axis. */
  readonly shape: readonly number[];
  /** Steps in values from one index of an axis to the next. */
  readonly strides: readonly number[];
  /** Position of the first value. */
  readonly offset: number;
}

/** Lays values out in row-major order. */
export function toRowMajor(
  data: Float32Array | Float64Array,
  layout: MemoryLayout,
): NumericArray {
  const { shape, strides, offset } = layout;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const ordered = data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let i = 0; i < count; i++) {
    ordered[i] = data[position]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { shape, data: ordered };
}
