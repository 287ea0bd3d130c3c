import assert from "node:assert/strict";
import { hnswSearch, ivfSearch } from "@/memory/engines/faiss.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { randomMatrix } from "../../helpers/mod.ts";

const isBuilt = await import("faiss-node").then(() => true, () => false);
if (!isBuilt) {
  await Deno.stderr.write(
    new TextEncoder().encode("SKIPPED searches through faiss-node: it has not been built here\n"),
  );
}

for (const search of [ivfSearch, hnswSearch]) {
  const name = `${search.name}Search`;

  Deno.test(`${name} finds most of the nearest rows, at their own distances`, async () => {
    if (!isBuilt) return;
    const bank = randomMatrix({ rows: 2000, columns: 6, seed: 1 });
    const queries = randomMatrix({ rows: 1100, columns: 6, seed: 2 });
    const expected = await (await plainSearch.build(bank)).search(queries, 1);
    const index = await search.build(bank);
    const found = await index.search(queries, 1);
    let same = 0;
    for (let query = 0; query < queries.rows; query++) {
      if (found.indices[query] === expected.indices[query]) {
        same++;
        assert.equal(found.squaredDistances[query], expected.squaredDistances[query]);
      } else {
        assert.ok(found.squaredDistances[query]! >= expected.squaredDistances[query]!);
      }
    }
    assert.ok(same > 0.8 * queries.rows, `${same} of ${queries.rows}`);
    await index.close();
    await assert.rejects(index.search(queries, 1), {
      message: "Cannot search neighbors: the index is closed",
    });
  });

  Deno.test(`${name} finds as many rows as wanted, down to a single row`, async () => {
    if (!isBuilt) return;
    for (const [rows, k] of [[1, 1], [100, 100], [2000, 900]] as const) {
      const bank = randomMatrix({ rows, columns: 3, seed: 3 });
      const queries = randomMatrix({ rows: 2, columns: 3, seed: 4 });
      const { indices } = await (await search.build(bank)).search(queries, k);
      for (const query of [0, 1]) {
        const own = indices.subarray(query * k, (query + 1) * k);
        assert.equal(new Set(own).size, k);
        assert.ok(own.every((row) => row >= 0 && row < rows));
      }
    }
  });

  Deno.test(`${name} refuses what native code would end the process for`, async () => {
    const empty = { rows: 0, columns: 4, data: new Float32Array(0) };
    await assert.rejects(search.build(empty), {
      message: "Cannot build a faiss index: at least one row and one column are needed, got 0 × 4",
    });
    if (!isBuilt) return;
    const bank = randomMatrix({ rows: 50, columns: 2, seed: 5 });
    const holed = { ...bank, data: bank.data.with(7, NaN) };
    await assert.rejects(search.build(holed), {
      message: "Cannot use faiss: values must be finite, got NaN in row 3",
    });
    await assert.rejects((await search.build(bank)).search(bank, 51), {
      message: "Cannot search neighbors: k must be an integer from 1 to 50, got 51",
    });
  });
}
