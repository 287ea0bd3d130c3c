import assert from "node:assert/strict";
import {
  matrixOf,
  meanRow,
  normalizeRows,
  rowOf,
  sampleRows,
  selectRows,
  stackRows,
  toMatrix,
} from "@/math/matrix.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("toMatrix() shares the array and refuses a shape that does not fit", () => {
  const data = Float32Array.of(1, 2, 3, 4);
  assert.equal(toMatrix(data, { rows: 2, columns: 2 }).data, data);
  assert.throws(() => toMatrix(data, { rows: 3, columns: 2 }), {
    name: "TypeError",
    message:
      "Cannot form a matrix: rows × columns must equal the number of values, got 3 × 2 for 4 values",
  });
  assert.throws(() => toMatrix(data, { rows: -2, columns: -2 }), { name: "TypeError" });
});

Deno.test("matrixOf() refuses ragged rows", () => {
  assert.throws(() => matrixOf([[1, 2], [3]]), {
    message: "Cannot form a matrix: every row must have 2 values like row 0, got 1 in row 1",
  });
});

Deno.test("rowOf() looks into the matrix without copying", () => {
  const matrix = matrixOf([[1, 2], [3, 4]]);
  rowOf(matrix, 1)[0] = 9;
  assert.deepEqual([...matrix.data], [1, 2, 9, 4]);
  assert.throws(() => rowOf(matrix, 2), {
    message: "Cannot read a row: index must be an integer from 0 to 1, got 2",
  });
});

Deno.test("stackRows() undoes a selection of consecutive rows", () => {
  const matrix = randomMatrix({ rows: 7, columns: 3, seed: 1 });
  const parts = [selectRows(matrix, [0, 1, 2]), selectRows(matrix, [3, 4, 5, 6])];
  assert.deepEqual(stackRows(parts), matrix);
  assert.throws(() => stackRows([]), {
    message: "Cannot stack matrices: at least one matrix is needed, got none",
  });
  assert.throws(() => stackRows([matrix, matrixOf([[1]])]), {
    message: "Cannot stack matrices: every part must have 3 columns, got 1",
  });
});

Deno.test("normalizeRows() gives length one and keeps zeros", () => {
  const { data } = normalizeRows(randomMatrix({ rows: 5, columns: 40, seed: 2 }));
  for (let row = 0; row < 5; row++) {
    const length = Math.hypot(...data.subarray(row * 40, row * 40 + 40));
    assertClose(length, 1, 1e-6);
  }
  assert.deepEqual([...normalizeRows(matrixOf([[0, 0]])).data], [0, 0]);
});

Deno.test("meanRow() does not depend on the order of the rows", () => {
  const matrix = randomMatrix({ rows: 9, columns: 4, seed: 3 });
  const reversed = selectRows(matrix, [8, 7, 6, 5, 4, 3, 2, 1, 0]);
  const mean = meanRow(matrix), other = meanRow(reversed);
  mean.forEach((value, column) => assertClose(other[column]!, value, 1e-7));
  assert.throws(() => meanRow(toMatrix(new Float32Array(0), { rows: 0, columns: 3 })), {
    message: "Cannot average rows: at least one row is needed, got none",
  });
});

Deno.test("sampleRows() takes rows at even distances, all where there are no more than wanted", () => {
  const rows = randomMatrix({ rows: 5, columns: 2, seed: 4 });
  assert.deepEqual(sampleRows(rows, 9), rows);
  assert.deepEqual(sampleRows(rows, 3), selectRows(rows, [0, 1, 3])); // ⌊5/3⌋ and ⌊10/3⌋
});
