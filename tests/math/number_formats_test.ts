import assert from "node:assert/strict";
import {
  bfloat16ToFloat32,
  bytesOf,
  float16ToFloat32,
  readNumbers,
  sizeOfNumber,
  toRowMajor,
} from "@/math/number_formats.ts";
import { createRandom } from "@/math/random.ts";

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

Deno.test("bytesOf() shares the memory of a part alone", () => {
  const all = Float32Array.of(0, 1, 2);
  const bytes = bytesOf(all.subarray(1, 2));
  assert.deepEqual([...bytes], [0, 0, 0x80, 0x3f]); // 1.0 is 0x3f800000
  bytes[3] = 0xbf;
  assert.deepEqual([...all], [0, -1, 2]);
});

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

const source = "a.npy";

/** Writes numbers with DataView, little-endian or big-endian. */
function write(
  values: readonly number[],
  { size, set }: { size: number; set: (view: DataView, at: number, value: number) => void },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (const [i, value] of values.entries()) set(view, i * size, value);
  return new Uint8Array(view.buffer);
}

Deno.test("readNumbers() reads every type in both orders of bytes", () => {
  const signed = [0, 1, -2, 100];
  const unsigned = [0, 1, 2, 200];
  for (const [order, little] of [["<", true], [">", false]] as const) {
    const cases: [string, readonly number[], number, keyof DataView][] = [
      ["f8", [0.1, ...signed], 8, "setFloat64"],
      ["f4", [0.5, ...signed], 4, "setFloat32"],
      ["f2", [0.5, ...signed], 2, "setFloat16"],
      ["i4", [-(2 ** 31), ...signed], 4, "setInt32"],
      ["u4", [2 ** 32 - 1, ...unsigned], 4, "setUint32"],
      ["i2", [-(2 ** 15), ...signed], 2, "setInt16"],
      ["u2", [2 ** 16 - 1, ...unsigned], 2, "setUint16"],
      ["i1", [-128, ...signed], 1, "setInt8"],
      ["u1", [255, ...unsigned], 1, "setUint8"],
      ["b1", [0, 1], 1, "setUint8"],
    ];
    for (const [type, values, size, method] of cases) {
      const set = (view: DataView, at: number, value: number): void =>
        (view[method] as (at: number, value: number, little: boolean) => void)
          .call(view, at, value, little);
      const dtype = order + type;
      const numbers = readNumbers(write(values, { size, set }), { dtype, source });
      assert.deepEqual([...numbers], values, dtype);
      assert.equal(numbers instanceof Float32Array, ["f4", "f2"].includes(type), dtype);
      assert.equal(sizeOfNumber(dtype), size);
    }
    const wide = write([-3, 2 ** 52], {
      size: 8,
      set: (view, at, value) => view.setBigInt64(at, BigInt(value), little),
    });
    assert.deepEqual([...readNumbers(wide, { dtype: `${order}i8`, source })], [-3, 2 ** 52]);
    const positive = wide.slice(8);
    assert.deepEqual([...readNumbers(positive, { dtype: `${order}u8`, source })], [2 ** 52]);
  }
});

Deno.test("readNumbers() reads bfloat16 as the upper half of a 32-bit float", () => {
  // 1.5 is 0x3fc00000, so that its upper half is 0x3fc0.
  const numbers = readNumbers(Uint8Array.of(0xc0, 0x3f), { dtype: "<V2", source });
  assert.deepEqual(numbers, Float32Array.of(1.5));
});

Deno.test("readNumbers() leaves the bytes as they are and needs no alignment", () => {
  const bytes = Uint8Array.of(9, 0x3f, 0x80, 0, 0);
  assert.deepEqual([...readNumbers(bytes.subarray(1), { dtype: ">f4", source })], [1]);
  assert.deepEqual([...bytes], [9, 0x3f, 0x80, 0, 0]);
});

Deno.test("readNumbers() refuses what is no number", () => {
  for (const dtype of ["|O", "<U8", "|S4", "<c8", "<M8", "|V2x", "f4", "=f4", "<toString", ""]) {
    assert.equal(sizeOfNumber(dtype), null, dtype);
    assert.throws(() => readNumbers(new Uint8Array(8), { dtype, source }), {
      name: "SyntaxError",
      message: `Cannot read "a.npy": its values must be numbers or booleans, got type "${dtype}"`,
    });
  }
});

Deno.test("readNumbers() refuses bytes that are left over", () => {
  assert.throws(() => readNumbers(new Uint8Array(7), { dtype: "<f4", source }), {
    name: "SyntaxError",
    message: 'Cannot read "a.npy": its values must take 4 bytes each, got 7 bytes',
  });
});

Deno.test("readNumbers() refuses integers that a 64-bit float does not hold", () => {
  const bytes = new Uint8Array(8).fill(255);
  assert.deepEqual([...readNumbers(bytes, { dtype: "<i8", source })], [-1]);
  assert.throws(() => readNumbers(bytes, { dtype: "<u8", source }), {
    name: "RangeError",
    message: 'Cannot read "a.npy": integers must be between -2^53 and 2^53, ' +
      "got 18446744073709551615",
  });
});

Deno.test("toRowMajor() agrees with counting indices out, whatever the strides", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = createRandom(seed);
    const shape = Array.from({ length: random.integer(4) }, () => random.integer(4));
    const strides = shape.map(() => random.integer(5));
    const offset = random.integer(3);
    const data = Float64Array.from({ length: 64 }, () => random.next());
    const expected: number[] = [];
    const visit = (axis: number, position: number): void => {
      if (axis === shape.length) expected.push(data[position]!);
      else for (let i = 0; i < shape[axis]!; i++) visit(axis + 1, position + i * strides[axis]!);
    };
    visit(0, offset);
    const ordered = toRowMajor(data, { shape, strides, offset });
    assert.deepEqual([...ordered.data], expected, `seed ${seed}`);
    assert.deepEqual(ordered.shape, shape);
  }
});
