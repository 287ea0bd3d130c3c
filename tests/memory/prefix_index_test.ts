import assert from "node:assert/strict";
import { selectRows } from "@/math/matrix.ts";
import { type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import { openPrefixIndex } from "@/memory/prefix_bank.ts";
import { randomMatrix } from "../helpers/mod.ts";

const rows = randomMatrix({ rows: 30, columns: 5, seed: 1 });
const queries = randomMatrix({ rows: 12, columns: 5, seed: 2 });

Deno.test("openPrefixIndex() finds in every prefix what a search of that prefix finds", async () => {
  // A size that recurs adds no row.
  const sizes = [1, 4, 4, 17, 30];
  const index = await openPrefixIndex(rows, { sizes, search: plainSearch });
  const found = await index.nearest(queries);
  for (const [i, size] of sizes.entries()) {
    const prefix = selectRows(rows, Uint32Array.from(Array(size).keys()));
    const alone = await plainSearch.build(prefix);
    const { squaredDistances } = await alone.search(queries, 1);
    assert.deepEqual(found[i], squaredDistances, `${size} rows`);
  }
  assert.deepEqual(index.sizes, sizes);
  await index.close();
});

Deno.test("openPrefixIndex() gives every row to one search, and closes them all", async () => {
  const built: number[] = [];
  let closed = 0;
  const search: NeighborSearch = {
    name: "counting",
    build: async (part) => {
      built.push(part.rows);
      const index = await plainSearch.build(part);
      return { ...index, close: () => Promise.resolve(void closed++) };
    },
  };
  const index = await openPrefixIndex(rows, { sizes: [3, 3, 10, 25], search });
  await index.close();
  assert.deepEqual([built, closed], [[3, 7, 15], 3]);
});

Deno.test("openPrefixIndex() closes what it has opened when a search cannot be made", async () => {
  let closed = 0;
  const search: NeighborSearch = {
    name: "failing",
    build: async (part) => {
      if (part.rows > 5) throw new Error("no memory");
      const index = await plainSearch.build(part);
      return { ...index, close: () => Promise.resolve(void closed++) };
    },
  };
  await assert.rejects(openPrefixIndex(rows, { sizes: [2, 4, 20], search }), /no memory/);
  assert.equal(closed, 2);
});

Deno.test("openPrefixIndex() refuses sizes that fall, are out of range or are missing", async () => {
  const refusal = (sizes: number[], message: string) =>
    assert.rejects(openPrefixIndex(rows, { sizes, search: plainSearch }), {
      name: "RangeError",
      message: `Cannot index prefixes: ${message}`,
    });
  const range = "every size must be an integer from the one before,";
  await refusal([], "at least one size is needed, got none");
  await refusal([0], `${range} 1, to 30, got 0`);
  await refusal([5, 4], `${range} 5, to 30, got 4`);
  await refusal([5, 31], `${range} 5, to 30, got 31`);
  await refusal([1.5], `${range} 1, to 30, got 1.5`);
});
