import assert from "node:assert/strict";
import { type Matrix, matrixOf, rowOf, toMatrix } from "@/math/matrix.ts";
import { orthonormalRows, stretchOf } from "@/math/orthonormal_rows.ts";
import { dotProduct } from "@/math/vectors.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("orthonormalRows() does what can be done by hand", () => {
  // (3, 4) has length 5; of (7, 1) the part along (0.6, 0.8) is 5, which leaves (4, -3).
  const { data } = orthonormalRows(matrixOf([[3, 4], [7, 1]]));
  assert.deepEqual([...data], [0.6, 0.8, 0.8, -0.6].map(Math.fround));
});

Deno.test("orthonormalRows() makes rows perpendicular and 1 long, whatever their lengths", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const matrix = randomMatrix({ rows: 20, columns: 33, seed });
    matrix.data.forEach((value, i) => matrix.data[i] = value * 10 ** (Math.floor(i / 33) % 7 - 3));
    const basis = orthonormalRows(matrix);
    for (let a = 0; a < 20; a++) {
      for (let b = 0; b < 20; b++) {
        assertClose(dotProduct(rowOf(basis, a), rowOf(basis, b)), a === b ? 1 : 0, 1e-6);
      }
    }
    // The last row given is a sum of those returned.
    const last = rowOf(matrix, 19);
    const rest = Float64Array.from(last);
    for (let a = 0; a < 20; a++) {
      const along = dotProduct(rowOf(basis, a), last);
      rowOf(basis, a).forEach((value, i) => rest[i]! -= along * value);
    }
    assert.ok(Math.hypot(...rest) < 1e-5 * Math.hypot(...last), `seed ${seed}`);
  }
});

Deno.test("orthonormalRows() leaves zeros for rows that depend on others", () => {
  const { data } = orthonormalRows(matrixOf([[0, 0, 0], [1, 1, 0], [2, 2, 0], [1, 0, 0]]));
  assert.deepEqual([...data.subarray(0, 3)], [0, 0, 0]);
  assert.deepEqual([...data.subarray(6, 9)], [0, 0, 0]);
  assertClose(Math.hypot(...data.subarray(9, 12)), 1, 1e-6);
});

Deno.test("stretchOf() is never below what a map does to a vector", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const map = randomMatrix({ rows: 6, columns: 9, seed });
    const vector = rowOf(randomMatrix({ rows: 1, columns: 9, seed: 100 + seed }), 0);
    const result = apply(map, vector);
    const stretch = stretchOf(map);
    assert.ok(squares(result) <= stretch * squares(vector), `seed ${seed}`);
    // The direction that the map itself prefers, found by applying it again and again.
    let best = vector;
    for (let i = 0; i < 50; i++) {
      const next = applyTurned(map, apply(map, best));
      const length = Math.sqrt(squares(next));
      best = next.map((value) => value / length);
    }
    assert.ok(squares(apply(map, best)) <= stretch, `seed ${seed}`);
  }
});

Deno.test("stretchOf() is nearly 1 for perpendicular rows of length 1", () => {
  const basis = orthonormalRows(randomMatrix({ rows: 30, columns: 64, seed: 1 }));
  const stretch = stretchOf(basis);
  assert.ok(stretch > 1 - 1e-6 && stretch < 1 + 1e-5, `${stretch}`);
  assert.equal(stretchOf(toMatrix(new Float32Array(0), { rows: 0, columns: 4 })), 0);
});

function apply(map: Matrix, vector: ArrayLike<number>): Float64Array {
  return Float64Array.from(
    { length: map.rows },
    (_, row) => rowOf(map, row).reduce((sum, value, i) => sum + value * vector[i]!, 0),
  ) as Float64Array;
}

function applyTurned(map: Matrix, vector: Float64Array): Float32Array {
  const result = new Float32Array(map.columns);
  for (let row = 0; row < map.rows; row++) {
    rowOf(map, row).forEach((value, i) => result[i]! += value * vector[row]!);
  }
  return result;
}

function squares(vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return sum;
}
