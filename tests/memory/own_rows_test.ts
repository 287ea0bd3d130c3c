import assert from "node:assert/strict";
import { type Matrix, matrixOf, selectRows } from "@/math/matrix.ts";
import { onnxSearch } from "@/memory/engines/onnx_search.ts";
import { type NeighborIndex, type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import { type OwnRowsRequest, searchOtherRows } from "@/memory/own_rows.ts";
import { randomMatrix } from "../helpers/mod.ts";

/** Searches other rows, and tells how often and for how many neighbours the bank was asked. */
async function searchCounted(
  { rows, queries, own, numNeighbors = 1, search = plainSearch }: {
    rows: Matrix;
    queries: Matrix;
    own: readonly number[];
    numNeighbors?: number;
    search?: NeighborSearch;
  },
) {
  const asked: [queries: number, k: number][] = [];
  const inner = await search.build(rows);
  const index: NeighborIndex = {
    ...inner,
    search: (some, k) => {
      asked.push([some.rows, k]);
      return inner.search(some, k);
    },
  };
  const request: OwnRowsRequest = { index, rows, search, numNeighbors, own: new Set(own) };
  const found = await searchOtherRows(queries, request);
  await index.close();
  return { found, asked };
}

Deno.test("searchOtherRows() finds what a search of the other rows alone finds", async () => {
  const rows = randomMatrix({ rows: 600, columns: 4, seed: 1 });
  const queries = randomMatrix({ rows: 40, columns: 4, seed: 2 });
  for (const search of [plainSearch, onnxSearch({ threads: 1 })]) {
    for (const share of [0, 0.3, 0.9, 0.99]) {
      for (const numNeighbors of [1, 3]) {
        const own = [...Array(600).keys()].filter((row) => (row * 37 % 600) < 600 * share);
        const others = [...Array(600).keys()].filter((row) => !own.includes(row));
        const alone = await plainSearch.build(selectRows(rows, others));
        const expected = await alone.search(queries, numNeighbors);
        const { found } = await searchCounted({ rows, queries, own, numNeighbors, search });
        assert.deepEqual(found!.squaredDistances, expected.squaredDistances);
        assert.deepEqual([...found!.indices], [...expected.indices].map((row) => others[row]!));
      }
    }
  }
});

Deno.test("searchOtherRows() asks for more neighbors only where the nearest are own rows", async () => {
  // Rows 0 to 9 are own; the query at 0 meets nine of them first, that at 20 none.
  const rows = matrixOf(Array.from({ length: 30 }, (_, i) => [i]));
  const queries = matrixOf([[0], [20]]);
  const own = [...Array(10).keys()];
  const { found, asked } = await searchCounted({ rows, queries, own });
  assert.deepEqual([...found!.indices], [10, 20]);
  assert.deepEqual([...found!.squaredDistances], [100, 0]);
  assert.deepEqual(asked, [[2, 8], [1, 11]]);
});

Deno.test("searchOtherRows() gives a tie to the lower row", async () => {
  const rows = matrixOf([[5], [1], [1], [0]]);
  const { found } = await searchCounted({ rows, queries: matrixOf([[0]]), own: [3] });
  assert.deepEqual([...found!.indices], [1]);
});

Deno.test("searchOtherRows() finds nothing where all rows are own, fewer where few are not", async () => {
  const rows = matrixOf([[0], [1], [2]]);
  const queries = matrixOf([[0]]);
  const none = await searchCounted({ rows, queries, own: [0, 1, 2] });
  assert.equal(none.found, null);
  const { found } = await searchCounted({ rows, queries, own: [0, 1], numNeighbors: 5 });
  assert.deepEqual([found!.k, ...found!.indices], [1, 2]);
});
