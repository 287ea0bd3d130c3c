import assert from "node:assert/strict";
import { matrixOf, toMatrix } from "@/math/matrix.ts";
import { splitRows } from "@/memory/engines/onnx_search.ts";
import { randomMatrix } from "../../helpers/mod.ts";

Deno.test("splitRows() takes a tight cluster out of scattered rows", () => {
  const rows = randomMatrix({ rows: 900, columns: 40, seed: 1 });
  rows.data.forEach((value, i) => {
    if (Math.floor(i / 40) % 10 !== 0) rows.data[i] = 1 + 1e-3 * value;
  });
  const parts = splitRows(rows);
  assert.equal(parts.length, 2);
  for (const part of parts) {
    assert.deepEqual(part, part.toSorted());
    assert.equal(new Set(Array.from(part, (row) => row % 10 === 0)).size, 1);
  }
  assert.equal(parts[0]!.length + parts[1]!.length, 900);
});

Deno.test("splitRows() leaves equal rows and a single row together", () => {
  const equal = toMatrix(new Float32Array(30).fill(2), { rows: 10, columns: 3 });
  assert.deepEqual(splitRows(equal).map((part) => [...part]), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  assert.deepEqual(splitRows(matrixOf([[4, 4]])).map((part) => [...part]), [[0]]);
});
