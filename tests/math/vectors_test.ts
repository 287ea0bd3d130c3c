import assert from "node:assert/strict";
import { matrixOf, normalizeRows, rowOf, toMatrix } from "@/math/matrix.ts";
import {
  checkVectors,
  dotProduct,
  dotProduct64,
  squaredDistance,
  unitVectors,
} from "@/math/vectors.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("squaredDistance() sums every column at any width", () => {
  for (let columns = 1; columns <= 13; columns++) {
    // Differences 1, 2, …, n: n(n + 1)(2n + 1) / 6.
    const a = Float32Array.from({ length: columns }, (_, i) => i + 1);
    const expected = columns * (columns + 1) * (2 * columns + 1) / 6;
    assert.equal(squaredDistance(a, new Float32Array(columns)), expected);
  }
});

Deno.test("squaredDistance() is symmetric and expands into inner products", () => {
  const rows = randomMatrix({ rows: 20, columns: 33, seed: 1 });
  for (let i = 1; i < rows.rows; i++) {
    const a = rowOf(rows, i - 1), b = rowOf(rows, i);
    assert.equal(squaredDistance(a, b), squaredDistance(b, a));
    const expanded = dotProduct(a, a) + dotProduct(b, b) - 2 * dotProduct(a, b);
    assertClose(squaredDistance(a, b), expanded, 1e-12);
  }
});

Deno.test("dotProduct() and dotProduct64() sum every column at any width", () => {
  for (let columns = 1; columns <= 13; columns++) {
    // 1 · 1 + 2 · 2 + … + n · n, halved: n(n + 1)(2n + 1) / 12.
    const a = Float32Array.from({ length: columns }, (_, i) => i + 1);
    const b = a.map((value) => value / 2);
    const expected = columns * (columns + 1) * (2 * columns + 1) / 12;
    assert.equal(dotProduct(a, b), expected);
    assert.equal(dotProduct64(Float64Array.from(a), Float64Array.from(b)), expected);
  }
});

Deno.test("squaredDistance() and the inner products refuse vectors of different length", () => {
  const message = "Cannot compare vectors: both must have the same length, got 1 and 2";
  const a = Float32Array.of(1), b = Float32Array.of(1, 2);
  assert.throws(() => squaredDistance(a, b), { name: "TypeError", message });
  assert.throws(() => dotProduct(a, b), { name: "TypeError", message });
  const longer = () => dotProduct64(Float64Array.from(a), Float64Array.from(b));
  assert.throws(longer, { name: "TypeError", message });
});

Deno.test("unitVectors() scales as normalizeRows() does", () => {
  const vectors = randomMatrix({ rows: 20, columns: 5, seed: 1 });
  assert.deepEqual(unitVectors(vectors), normalizeRows(vectors));
  // The smallest 32-bit float still has a direction.
  assert.deepEqual([...unitVectors(matrixOf([[0, 2 ** -149]])).data], [0, 1]);
});

Deno.test("unitVectors() names the row that has no direction", () => {
  assert.throws(() => unitVectors(matrixOf([[1, 0], [0, -0], [0, 0]])), {
    name: "RangeError",
    message: "Cannot cluster vectors: each must have a direction, got only zeros in row 1",
  });
  assert.doesNotThrow(() => checkVectors(matrixOf([[0, 0]])));
});

Deno.test("unitVectors() and checkVectors() refuse no vector and values that are not finite", () => {
  for (const check of [unitVectors, checkVectors]) {
    assert.throws(() => check(toMatrix(new Float32Array(0), { rows: 0, columns: 2 })), {
      name: "RangeError",
      message: "Cannot cluster vectors: at least one is needed, got none",
    });
    assert.throws(() => check(matrixOf([[1, 2], [3, 4], [5, NaN]])), {
      name: "RangeError",
      message: "Cannot cluster vectors: values must be finite, got NaN in row 2",
    });
  }
});
