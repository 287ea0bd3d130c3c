import assert from "node:assert/strict";
import {
  decodeFeatureHeader,
  encodeFeatureHeader,
  featureHeaderBytes,
  featurePayloadBytes,
  toFloat16,
} from "@/features/feature_file.ts";
import { createRandom } from "@/math/random.ts";

const shape = { grid: { rows: 3, columns: 4 }, dimension: 5, semanticDimension: 6 };

Deno.test("encodeFeatureHeader() writes the fields at their places, little-endian", () => {
  const bytes = encodeFeatureHeader({ ...shape, precision: "float32", checksum: 0xfedcba98 });
  assert.equal(bytes.length, featureHeaderBytes);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "HCFT");
  const view = new DataView(bytes.buffer);
  const fields = [1, 2, 3, 4, 5, 6, 7].map((i) => view.getUint32(4 * i, true));
  assert.deepEqual(fields, [2, 32, 3, 4, 5, 6, 0xfedcba98]);
  assert.ok(bytes.subarray(32).every((byte) => byte === 0));
});

Deno.test("decodeFeatureHeader() refuses other files, versions, precisions and reserves", () => {
  const bytes = encodeFeatureHeader({ ...shape, precision: "float16", checksum: 1 });
  assert.equal(decodeFeatureHeader(bytes)?.precision, "float16");
  assert.equal(decodeFeatureHeader(bytes.subarray(0, 63)), null);
  for (const at of [0, 4, 8, 32, 63]) {
    const other = bytes.slice();
    other[at]!++;
    assert.equal(decodeFeatureHeader(other), null, `byte ${at}`);
  }
  // A header in the middle of a buffer is read from where it begins.
  const shifted = new Uint8Array(100);
  shifted.set(bytes, 7);
  assert.deepEqual(decodeFeatureHeader(shifted.subarray(7)), decodeFeatureHeader(bytes));
});

Deno.test("featurePayloadBytes() halves the embeddings and not the semantics", () => {
  assert.deepEqual(featurePayloadBytes({ ...shape, precision: "float32" }), {
    semantics: 24,
    embeddings: 240,
  });
  assert.deepEqual(featurePayloadBytes({ ...shape, precision: "float16" }), {
    semantics: 24,
    embeddings: 120,
  });
});

Deno.test("toFloat16() errs by at most 2^-11 of a value", () => {
  const random = createRandom(1, "values");
  const values = Float32Array.from({ length: 10_000 }, () => 100 * random.gaussian());
  const rounded = toFloat16(values);
  values.forEach((value, i) => {
    assert.ok(Math.abs(rounded[i]! - value) <= Math.max(Math.abs(value), 2 ** -14) * 2 ** -11);
  });
  assert.deepEqual([...toFloat16(Float32Array.of(0, -1, 65504))], [0, -1, 65504]);
});

Deno.test("toFloat16() refuses what it cannot hold", () => {
  for (const value of [65520, -1e9, Infinity, NaN]) {
    assert.throws(() => toFloat16(Float32Array.of(1, value)), {
      name: "RangeError",
      message: "Cannot keep features as 16-bit floats: values must be at most 65504 in size, " +
        `got ${Math.fround(value)}; RUNTIME.feature_cache=float32 keeps them`,
    });
  }
});
