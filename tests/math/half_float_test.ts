import assert from "node:assert/strict";
import { bfloat16ToFloat32, float16ToFloat32 } from "@/math/number_formats.ts";

const everyPattern = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);

/** The value that the standard gives to a sign, an exponent and a fraction (IEEE 754, 3.4). */
function valueOf(
  bits: number,
  { fractionBits, bias }: { fractionBits: number; bias: number },
): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> fractionBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

/** Compares all patterns; a NaN equals every NaN, and zero does not equal minus zero. */
function assertAllEqual(
  actual: Float32Array,
  format: { fractionBits: number; bias: number },
): void {
  assert.equal(actual.length, everyPattern.length);
  const wrong = everyPattern.filter((bits) => !Object.is(actual[bits], valueOf(bits, format)));
  assert.equal(wrong.length, 0, `first wrong pattern: ${wrong[0]?.toString(16)}`);
}

Deno.test("float16ToFloat32() gives all 65,536 half floats the value that the standard does", () => {
  const values = float16ToFloat32(everyPattern);
  assertAllEqual(values, { fractionBits: 10, bias: 15 });
  assert.equal(values.filter(Number.isNaN).length, 2 * (2 ** 10 - 1)); // every payload but zero
});

Deno.test("bfloat16ToFloat32() gives all 65,536 patterns the value that the formula does", () => {
  const values = bfloat16ToFloat32(everyPattern);
  assertAllEqual(values, { fractionBits: 7, bias: 127 });
  assert.equal(values.filter(Number.isNaN).length, 2 * (2 ** 7 - 1));
});

Deno.test("float16ToFloat32() and bfloat16ToFloat32() know the ends of their ranges", () => {
  // Largest, smallest normal, largest subnormal, smallest subnormal, minus zero.
  assert.deepEqual(
    float16ToFloat32(Uint16Array.of(0x7bff, 0x0400, 0x03ff, 0x0001, 0x8000)),
    Float32Array.of(65504, 2 ** -14, 2 ** -14 - 2 ** -24, 2 ** -24, -0),
  );
  assert.deepEqual(
    bfloat16ToFloat32(Uint16Array.of(0x7f7f, 0x0080, 0x007f, 0x0001, 0x8000)),
    Float32Array.of(2 ** 128 - 2 ** 120, 2 ** -126, 2 ** -126 - 2 ** -133, 2 ** -133, -0),
  );
});

Deno.test("float16ToFloat32() and bfloat16ToFloat32() read a part of an array and leave it alone", () => {
  const bits = Uint16Array.of(0xffff, 0x3c00, 0x3f80, 0xffff);
  assert.deepEqual([...float16ToFloat32(bits.subarray(1, 2))], [1]);
  assert.deepEqual([...bfloat16ToFloat32(bits.subarray(2, 3))], [1]);
  assert.deepEqual(bits, Uint16Array.of(0xffff, 0x3c00, 0x3f80, 0xffff));
  assert.equal(float16ToFloat32(bits.subarray(0, 0)).length, 0);
});

Deno.test("float16ToFloat32() undoes rounding a half float to itself", () => {
  const numbers = float16ToFloat32(everyPattern).filter((value) => !Number.isNaN(value));
  assert.deepEqual(numbers.map((value) => Math.f16round(value)), numbers);
});
