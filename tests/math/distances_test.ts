import assert from "node:assert/strict";
import { rowOf } from "@/math/matrix.ts";
import { dotProduct, squaredDistance } from "@/math/vectors.ts";
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

Deno.test("squaredDistance() and dotProduct() refuse vectors of different length", () => {
  const message = "Cannot compare vectors: both must have the same length, got 1 and 2";
  const a = Float32Array.of(1), b = Float32Array.of(1, 2);
  assert.throws(() => squaredDistance(a, b), { name: "TypeError", message });
  assert.throws(() => dotProduct(a, b), { name: "TypeError", message });
});
