import assert from "node:assert/strict";
import { matrixOf, rowOf, selectRows } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { keepNeighbor, noNeighbors, plainSearch } from "@/memory/neighbor_search.ts";
import { randomMatrix } from "../helpers/mod.ts";

Deno.test("plainSearch agrees with sorting all distances", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const rows = randomMatrix({ rows: 15, columns: 3, seed });
    const queries = randomMatrix({ rows: 4, columns: 3, seed: seed + 100 });
    const found = await (await plainSearch.build(rows)).search(queries, 5);
    for (let query = 0; query < queries.rows; query++) {
      const distances = Array.from(Array(rows.rows).keys(), (row) => ({
        row,
        distance: Math.fround(squaredDistance(rowOf(queries, query), rowOf(rows, row))),
      }));
      distances.sort((a, b) => a.distance - b.distance || a.row - b.row);
      const nearest = distances.slice(0, 5);
      const begin = query * 5;
      assert.deepEqual(
        [...found.indices.subarray(begin, begin + 5)],
        nearest.map(({ row }) => row),
      );
      assert.deepEqual(
        [...found.squaredDistances.subarray(begin, begin + 5)],
        nearest.map(({ distance }) => distance),
      );
    }
  }
});

Deno.test("plainSearch gives ties to the lower row", async () => {
  const index = await plainSearch.build(matrixOf([[1], [-1], [1]]));
  assert.deepEqual([...(await index.search(matrixOf([[0]]), 3)).indices], [0, 1, 2]);
});

Deno.test("plainSearch never finds a larger distance among more rows", async () => {
  const rows = randomMatrix({ rows: 40, columns: 4, seed: 5 });
  const queries = randomMatrix({ rows: 10, columns: 4, seed: 6 });
  const some = await plainSearch.build(selectRows(rows, Array(20).keys().toArray()));
  const all = await plainSearch.build(rows);
  const before = (await some.search(queries, 1)).squaredDistances;
  const after = (await all.search(queries, 1)).squaredDistances;
  after.forEach((distance, query) => assert.ok(distance <= before[query]!));
});

Deno.test("plainSearch says what does not fit", async () => {
  const index = await plainSearch.build(matrixOf([[1, 2], [3, 4]]));
  await assert.rejects(index.search(matrixOf([[1]]), 1), {
    name: "TypeError",
    message: "Cannot search neighbors: queries must have 2 columns, got 1",
  });
  await assert.rejects(index.search(matrixOf([[1, 2]]), 3), {
    name: "RangeError",
    message: "Cannot search neighbors: k must be an integer from 1 to 2, got 3",
  });
});

Deno.test("keepNeighbor() keeps the nearest in order, ties by row, and refuses what is farther", () => {
  const found = noNeighbors(2, 2);
  const keep = (row: number, distance: number) => keepNeighbor(found, { query: 1, row, distance });
  assert.deepEqual([keep(7, 4), keep(5, 4), keep(9, 4), keep(3, 1)], [true, true, false, true]);
  assert.deepEqual([keep(1, NaN), keep(0, Infinity)], [false, false]);
  assert.deepEqual([...found.indices], [-1, -1, 3, 5]);
  assert.deepEqual([...found.squaredDistances], [Infinity, Infinity, 1, 4]);
});
