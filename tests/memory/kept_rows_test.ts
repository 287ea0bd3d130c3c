import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { loadRows, residentRows } from "@/memory/memory_bank.ts";

Deno.test("residentRows() and loadRows() never copy", async () => {
  const matrix = matrixOf([[1, 2], [3, 4], [5, 6]]);
  const kept = residentRows(matrix);
  assert.deepEqual([kept.rows, kept.columns], [3, 2]);
  for (const rows of [matrix, kept]) assert.equal(await loadRows(rows), matrix);
});
