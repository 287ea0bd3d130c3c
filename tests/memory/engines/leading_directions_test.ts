import assert from "node:assert/strict";
import { type Matrix, meanRow, rowOf, toMatrix } from "@/math/matrix.ts";
import { principalComponents } from "@/math/projection.ts";
import { dotProduct } from "@/math/vectors.ts";
import { findLeadingDirections } from "@/memory/engines/onnx_search.ts";
import { openSearchGraphs } from "@/memory/engines/search_graphs.ts";
import { assertClose, randomMatrix } from "../../helpers/mod.ts";

/** Rows whose variance falls from column to column, turned so that no axis is special. */
function fallingRows(options: { rows: number; columns: number; seed: number }): Matrix {
  const { rows, columns } = options;
  const straight = randomMatrix(options);
  const turns = randomMatrix({ rows: columns, columns, seed: 77 });
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const value = straight.data[row * columns + i]! / (1 + i) ** 1.5;
      for (let j = 0; j < columns; j++) {
        data[row * columns + j]! += value * turns.data[i * columns + j]!;
      }
    }
  }
  return toMatrix(data, { rows, columns });
}

Deno.test("findLeadingDirections() holds nearly as much variance as the principal components", async () => {
  const graphs = await openSearchGraphs(1);
  for (let seed = 1; seed <= 3; seed++) {
    const rows = fallingRows({ rows: 400, columns: 24, seed });
    const center = meanRow(rows);
    const found = await findLeadingDirections(rows, { count: 6, center, graphs });
    const best = principalComponents(rows, { count: 6 }).explained.reduce((a, b) => a + b);
    let along = 0, total = 0;
    for (let row = 0; row < rows.rows; row++) {
      const vector = rowOf(rows, row).map((value, i) => value - center[i]!);
      total += dotProduct(vector, vector);
      for (let i = 0; i < 6; i++) along += dotProduct(vector, rowOf(found, i)) ** 2;
    }
    assert.ok(along / total > 0.97 * best, `seed ${seed}: ${along / total} of ${best}`);
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        assertClose(dotProduct(rowOf(found, a), rowOf(found, b)), a === b ? 1 : 0, 1e-5);
      }
    }
  }
});

Deno.test("findLeadingDirections() leaves its rows as they are and finds nothing where nothing varies", async () => {
  const graphs = await openSearchGraphs(1);
  const rows = toMatrix(new Float32Array(40).fill(3), { rows: 10, columns: 4 });
  const center = Float32Array.of(3, 3, 3, 3);
  const { data } = await findLeadingDirections(rows, { count: 2, center, graphs });
  assert.ok(data.every((value) => value === 0));
  assert.ok(rows.data.every((value) => value === 3));
});
