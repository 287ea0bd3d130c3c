import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { faissSearch } from "@/memory/engines/faiss.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { assertClose, randomMatrix } from "../../helpers/mod.ts";

const isBuilt = await import("faiss-node").then(() => true, () => false);
if (!isBuilt) {
  await Deno.stderr.write(
    new TextEncoder().encode("SKIPPED searches through faiss-node: it has not been built here\n"),
  );
}

Deno.test("faissSearch finds what the plain search finds, or says how to build faiss-node", async () => {
  const bank = randomMatrix({ rows: 90, columns: 12, seed: 1 });
  if (!isBuilt) {
    await assert.rejects(faissSearch.build(bank), {
      message:
        'Cannot load faiss-node: its native part must have been built, run "deno task setup" for it, ' +
        "or set MODEL.neighbor_search=onnx",
    });
    return;
  }
  const queries = randomMatrix({ rows: 1500, columns: 12, seed: 2 });
  const expected = await (await plainSearch.build(bank)).search(queries, 3);
  const index = await faissSearch.build(bank);
  const found = await index.search(queries, 3);
  assert.deepEqual(found.indices, expected.indices);
  found.squaredDistances.forEach((distance, i) =>
    assertClose(distance, expected.squaredDistances[i]!, 1e-6)
  );
  await assert.rejects(index.search(matrixOf([[1]]), 1), {
    message: "Cannot search neighbors: queries must have 12 columns, got 1",
  });
  await index.close();
  await assert.rejects(index.search(queries, 1), {
    message: "Cannot search neighbors: the index is closed",
  });
});

Deno.test("faissSearch refuses rows before it touches native code", async () => {
  await assert.rejects(faissSearch.build({ rows: 0, columns: 4, data: new Float32Array(0) }), {
    message: "Cannot build a faiss index: at least one row and one column are needed, got 0 × 4",
  });
});
