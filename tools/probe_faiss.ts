/**
 * Uses faiss-node once, in a process of its own: a binary that does not fit ends the whole process.
 *
 * @module
 */
import faiss from "faiss-node";
import assert from "node:assert/strict";

const { IndexFlatL2 } = faiss as unknown as typeof import("faiss-node");
const folder = await Deno.makeTempDir();
try {
  const index = new IndexFlatL2(2);
  index.add([0, 0, 3, 4]);
  assert.deepEqual(index.search([3, 3], 2), { distances: [1, 18], labels: [1, 0] });
  index.write(`${folder}/two.faiss`);
  const read = IndexFlatL2.read(`${folder}/two.faiss`);
  assert.equal(read.ntotal(), 2);
  assert.deepEqual(read.search([1, 0], 1), { distances: [1], labels: [0] });
} finally {
  await Deno.remove(folder, { recursive: true });
}
