import assert from "node:assert/strict";
import { matrixOf, normalizeRows, toMatrix } from "@/math/matrix.ts";
import { checkVectors, unitVectors } from "@/math/vectors.ts";
import { randomMatrix } from "../helpers/mod.ts";

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
