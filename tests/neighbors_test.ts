import assert from "node:assert/strict";
import { onnxSearch } from "@/io/neighbors.ts";
import { matrixOf, rowOf, selectRows, toMatrix } from "@/matrix.ts";
import { plainSearch } from "@/neighbor_search.ts";
import { assertClose, randomMatrix } from "./helpers.ts";

/** Rows far from the origin and close to each other, where rounded products lose most. */
function shiftedMatrix(options: { rows: number; columns: number; seed: number }) {
  const matrix = randomMatrix(options);
  return toMatrix(matrix.data.map((value) => 50 + value), matrix);
}

Deno.test("onnxSearch finds what the plain search finds", async () => {
  for (const make of [randomMatrix, shiftedMatrix]) {
    for (const [rows, columns, k] of [[1, 1, 1], [7, 3, 7], [300, 33, 1], [300, 120, 5]] as const) {
      const bank = make({ rows, columns, seed: rows + columns });
      const queries = make({ rows: 40, columns, seed: 5 });
      const expected = await (await plainSearch.build(bank)).search(queries, k);
      const index = await onnxSearch().build(bank);
      const found = await index.search(queries, k);
      await index.close();
      assert.deepEqual(found.indices, expected.indices, `${rows} × ${columns}, k ${k}`);
      found.squaredDistances.forEach((distance, i) =>
        assertClose(distance, expected.squaredDistances[i]!, 1e-6)
      );
    }
  }
});

Deno.test("onnxSearch gives the same rows whatever the block size", async () => {
  const bank = randomMatrix({ rows: 100, columns: 8, seed: 1 });
  const queries = randomMatrix({ rows: 1500, columns: 8, seed: 2 });
  const whole = await (await onnxSearch().build(bank)).search(queries, 3);
  // 1,024 queries at once: a block of 8,192 distances holds tiles of 8 rows, one of 1 a single row.
  for (const block of [1, 8192]) {
    const tiled = await (await onnxSearch({ block }).build(bank)).search(queries, 3);
    assert.deepEqual(tiled, whole);
  }
});

Deno.test("onnxSearch puts a kept row at distance zero from itself", async () => {
  const bank = shiftedMatrix({ rows: 200, columns: 64, seed: 3 });
  const index = await onnxSearch().build(bank);
  const { squaredDistances } = await index.search(bank, 1);
  assert.ok(squaredDistances.every((distance) => distance === 0));
});

Deno.test("onnxSearch puts a kept row at distance zero from itself among rows almost the same", async () => {
  // A flat background: rows apart by 1e-4 whose rounded distances to each other are all alike.
  const far = randomMatrix({ rows: 50, columns: 60, seed: 8 });
  const flat = randomMatrix({ rows: 50, columns: 60, seed: 9 }).data.map((value) =>
    2 + 1e-4 * value
  );
  const bank = toMatrix(Float32Array.of(...far.data, ...flat), { rows: 100, columns: 60 });
  const index = await onnxSearch().build(bank);
  for (const k of [1, 3]) {
    const { squaredDistances, indices } = await index.search(bank, k);
    for (let row = 0; row < bank.rows; row++) {
      assert.deepEqual([indices[row * k], squaredDistances[row * k]], [row, 0]);
    }
  }
});

Deno.test("onnxSearch gives exact ties to the lower row", async () => {
  const row = [...rowOf(randomMatrix({ rows: 1, columns: 9, seed: 4 }), 0)];
  const bank = matrixOf([row.map((value) => value + 9), row, row, row]);
  const index = await onnxSearch({ threads: 1 }).build(bank);
  assert.deepEqual([...(await index.search(matrixOf([row]), 1)).indices], [1]);
  assert.deepEqual([...(await index.search(matrixOf([row]), 4)).indices], [1, 2, 3, 0]);
});

Deno.test("onnxSearch leaves rows and queries as they are", async () => {
  const bank = randomMatrix({ rows: 9, columns: 4, seed: 6 });
  const queries = randomMatrix({ rows: 3, columns: 4, seed: 7 });
  const before = [selectRows(bank, [0, 1, 2, 3, 4, 5, 6, 7, 8]), selectRows(queries, [0, 1, 2])];
  await (await onnxSearch().build(bank)).search(queries, 2);
  assert.deepEqual([bank, queries], before);
});

Deno.test("onnxSearch says what cannot be searched", async () => {
  const empty = toMatrix(new Float32Array(0), { rows: 0, columns: 3 });
  await assert.rejects(onnxSearch().build(empty), {
    message: "Cannot build a neighbor index: at least one row and one column are needed, got 0 × 3",
  });
  await assert.rejects(onnxSearch().build(matrixOf([[1, 2], [3, NaN]])), {
    message: "Cannot build a neighbor index: values must be finite, got NaN in row 1",
  });
  const index = await onnxSearch().build(matrixOf([[1, 2]]));
  await assert.rejects(index.search(matrixOf([[1]]), 1), {
    message: "Cannot search neighbors: queries must have 2 columns, got 1",
  });
  await assert.rejects(index.search(matrixOf([[1, 2]]), 2), {
    message: "Cannot search neighbors: k must be an integer from 1 to 1, got 2",
  });
  await assert.rejects(index.search(matrixOf([[1, NaN]]), 1), {
    message: "Cannot search neighbors: queries must be finite, got query 0 at distance NaN",
  });
  await index.close();
  await assert.rejects(index.search(matrixOf([[1, 2]]), 1), {
    message: "Cannot search neighbors: the index is closed",
  });
  assert.throws(() => onnxSearch({ threads: -1 }), {
    message: "Cannot make a neighbor search: threads must be an integer from 0, got -1",
  });
});
