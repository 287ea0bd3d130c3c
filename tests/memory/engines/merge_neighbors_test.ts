import assert from "node:assert/strict";
import { selectRows } from "@/math/matrix.ts";
import { mergeNeighbors } from "@/memory/engines/onnx_search.ts";
import { type Neighbors, plainSearch } from "@/memory/neighbor_search.ts";
import { randomMatrix } from "../../helpers/mod.ts";

function noNeighbors(queries: number, k: number): Neighbors {
  return {
    k,
    squaredDistances: new Float32Array(queries * k).fill(Infinity),
    indices: new Int32Array(queries * k).fill(-1),
  };
}

Deno.test("mergeNeighbors() gives a tie to the lower number, copies included", () => {
  const found = noNeighbors(1, 4);
  const near = { k: 1, squaredDistances: Float32Array.of(2), indices: Int32Array.of(0) };
  mergeNeighbors(found, {
    near,
    firstQuery: 0,
    numbers: [3, 8, 9],
    copies: new Map([[0, [1, 2]]]),
  });
  mergeNeighbors(found, { near, firstQuery: 0, numbers: [5], copies: new Map() });
  assert.deepEqual([...found.indices], [3, 5, 8, 9]);
  assert.deepEqual([...found.squaredDistances], [2, 2, 2, 2]);
});

Deno.test("mergeNeighbors() leaves out what was not found", () => {
  const found = noNeighbors(2, 1);
  const near = { k: 1, squaredDistances: Float32Array.of(Infinity), indices: Int32Array.of(-1) };
  mergeNeighbors(found, { near, firstQuery: 1, numbers: [0], copies: new Map() });
  assert.deepEqual([...found.indices], [-1, -1]);
});

Deno.test("mergeNeighbors() finds in parts what a search finds in the whole", async () => {
  const rows = randomMatrix({ rows: 60, columns: 2, seed: 1 });
  rows.data.forEach((value, i) => rows.data[i] = Math.round(value)); // many ties
  const queries = randomMatrix({ rows: 20, columns: 2, seed: 2 });
  for (const k of [1, 4, 15]) {
    const found = noNeighbors(20, k);
    for (const rest of [2, 0, 1]) {
      const numbers = Array.from({ length: 20 }, (_, i) => 3 * i + rest);
      const near = await (await plainSearch.build(selectRows(rows, numbers))).search(queries, k);
      mergeNeighbors(found, { near, firstQuery: 0, numbers, copies: new Map() });
    }
    assert.deepEqual(found, await (await plainSearch.build(rows)).search(queries, k));
  }
});
