import assert from "node:assert/strict";
import { keysOf, scoresOf, sortKeys } from "@/evaluation/pixel_ranking.ts";
import { createRandom } from "@/math/random.ts";

Deno.test("keysOf() orders every kind of finite float as its value", () => {
  const values = Float32Array.of(-3.4e38, -2, -1.5, -1e-42, 0, 1e-42, 1e-3, 1, 1.0000001, 3.4e38);
  const keys = keysOf(values);
  for (let i = 1; i < keys.length; i++) assert.ok(keys[i - 1]! < keys[i]!, `at ${values[i]}`);
  assert.deepEqual(scoresOf(keys), values);
});

Deno.test("keysOf() gives zero and minus zero one key", () => {
  const [zero, minusZero] = keysOf(Float32Array.of(0, -0));
  assert.equal(zero, minusZero);
});

Deno.test("keysOf() reads a view that begins inside its buffer", () => {
  const values = Float32Array.of(1, 2, 3);
  assert.deepEqual([...scoresOf(keysOf(values.subarray(1)))], [2, 3]);
});

Deno.test("sortKeys() agrees with the built-in sort over all digits", () => {
  const random = createRandom(1);
  for (const spread of [1, 100, 5000, 2 ** 24, 2 ** 32]) {
    const keys = Uint32Array.from({ length: 3000 }, () => random.integer(spread));
    assert.deepEqual(sortKeys(keys.slice()).keys, keys.slice().sort(), `spread ${spread}`);
  }
});

Deno.test("sortKeys() keeps companions with their keys and equal keys in order", () => {
  const random = createRandom(2);
  const keys = Uint32Array.from({ length: 500 }, () => random.integer(50) * 1e6);
  const positions = Uint32Array.from(keys, (_, i) => i);
  const sorted = sortKeys(keys.slice(), positions);
  sorted.companions.forEach((position, i) => {
    assert.equal(keys[position], sorted.keys[i]);
    if (i > 0 && sorted.keys[i - 1] === sorted.keys[i]) {
      assert.ok(sorted.companions[i - 1]! < position);
    }
  });
});

Deno.test("sortKeys() sorts nothing without complaint", () => {
  assert.equal(sortKeys(new Uint32Array(0)).keys.length, 0);
});

Deno.test("keysOf() and sortKeys() say what does not fit", () => {
  assert.throws(() => keysOf(Float32Array.of(1, -Infinity)), {
    message: "Cannot rank scores: every score must be finite, got -Infinity at index 1",
  });
  assert.throws(() => sortKeys(Uint32Array.of(1, 2), Uint32Array.of(1)), {
    message: "Cannot sort keys: one companion per key is needed, got 1 for 2 keys",
  });
});
