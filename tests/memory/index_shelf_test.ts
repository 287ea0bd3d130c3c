import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { createIndexShelf } from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { type NeighborIndex, type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";

const banks = [1, 2, 3].map((rows) =>
  residentRows(matrixOf(Array.from({ length: rows }, (_, i) => [i])))
);

/** Notes which index is opened and closed, by its number of rows. */
function noting(log: string[]): NeighborSearch {
  return {
    name: "noting",
    build: async (rows) => {
      log.push(`open ${rows.rows}`);
      const index = await plainSearch.build(rows);
      return {
        ...index,
        close: async () => {
          log.push(`close ${rows.rows}`);
          await index.close();
        },
      };
    },
  };
}

const rowsOf = ({ rows }: NeighborIndex): Promise<number> => Promise.resolve(rows);

Deno.test("createIndexShelf() opens each index once, when it is needed, and keeps all open", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log) });
  assert.deepEqual(log, []);
  for (const group of [2, 0, 2, 0]) assert.equal(await shelf.use(group, rowsOf), group + 1);
  await shelf.close();
  assert.deepEqual(log, ["open 3", "open 1", "close 3", "close 1"]);
});

Deno.test("createIndexShelf() closes what was not used for longest", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log), most: 2 });
  for (const group of [0, 1, 0, 2, 1]) await shelf.use(group, rowsOf);
  await shelf.close();
  assert.deepEqual(log, [
    ...["open 1", "open 2", "open 3", "close 2", "open 2", "close 1"],
    ...["close 3", "close 2"],
  ]);
});

Deno.test("createIndexShelf() closes nothing that is being used", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log), most: 1 });
  await shelf.use(0, async (outer) => {
    assert.equal(await shelf.use(1, rowsOf), 2);
    log.push("inside");
    assert.equal(await rowsOf(outer), 1);
  });
  assert.deepEqual(log, ["open 1", "open 2", "close 2", "inside"]);
  await shelf.close();
  assert.deepEqual(log.slice(4), ["close 1"]);
});

Deno.test("createIndexShelf() opens an index once for two who ask at the same time", async () => {
  const log: string[] = [];
  const shelf = createIndexShelf(banks, { search: noting(log) });
  assert.deepEqual(await Promise.all([shelf.use(1, rowsOf), shelf.use(1, rowsOf)]), [2, 2]);
  assert.deepEqual(log, ["open 2"]);
  await shelf.close();
});

Deno.test("createIndexShelf() tries again to open what could not be opened", async () => {
  let attempts = 0;
  const search: NeighborSearch = {
    name: "flaky",
    build: (rows) =>
      attempts++ === 0 ? Promise.reject(new Error("no memory")) : plainSearch.build(rows),
  };
  const shelf = createIndexShelf(banks, { search });
  await assert.rejects(shelf.use(0, rowsOf), { message: "no memory" });
  assert.equal(await shelf.use(0, rowsOf), 1);
  await shelf.close();
});
