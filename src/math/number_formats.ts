/**
 * 16-bit floats as 32-bit floats.
 *
 * Two formats are in use for weights: IEEE 754 half precision (binary16: 5 bits of exponent, 10 of
 * fraction) and bfloat16, the upper half of a 32-bit float. Every value of either is a 32-bit float.
 *
 * @module
 */

/**
 * Converts IEEE 754 half floats.
 *
 * Exact, with subnormal numbers, infinities and the sign of zero; a NaN stays a NaN, whatever its
 * payload. The platform's `Float16Array` does the work. Takes O(values) time.
 *
 * @param bits The half floats' bits.
 * @returns The same values.
 *
 * @example One, the smallest half float, and minus infinity
 * ```ts
 * import assert from "node:assert/strict";
 * import { float16ToFloat32 } from "@/math/number_formats.ts";
 *
 * const values = float16ToFloat32(Uint16Array.of(0x3c00, 0x0001, 0xfc00));
 * assert.deepEqual([...values], [1, 2 ** -24, -Infinity]);
 * ```
 */
export function float16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}

/**
 * Converts bfloat16.
 *
 * Exact, as above: the 16 bits followed by 16 zeros are the 32-bit float. Takes O(values) time.
 *
 * @param bits The bits of the bfloat16 values.
 * @returns The same values.
 *
 * @example One, the smallest bfloat16, and minus infinity
 * ```ts
 * import assert from "node:assert/strict";
 * import { bfloat16ToFloat32 } from "@/math/number_formats.ts";
 *
 * const values = bfloat16ToFloat32(Uint16Array.of(0x3f80, 0x0001, 0xff80));
 * assert.deepEqual([...values], [1, 2 ** -133, -Infinity]);
 * ```
 */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}
