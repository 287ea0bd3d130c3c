import assert from "node:assert/strict";
import { matrixOf, normalizeRows, rowOf, toMatrix } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";
import { loadRows, residentRows, routeImages, semanticKey } from "@/memory/memory_bank.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("semanticKey() weighs every image alike whatever its strength", () => {
  // Unit vectors (1, 0), (1, 0), (0, 1): mean (2/3, 1/3), direction (2, 1) / √5.
  const key = semanticKey(matrixOf([[1, 0], [100, 0], [0, 7]]));
  assertClose(key[0]!, 2 / Math.sqrt(5), 1e-7);
  assertClose(key[1]!, 1 / Math.sqrt(5), 1e-7);
});

Deno.test("semanticKey() has length one and maximises the mean cosine similarity", () => {
  const semantics = randomMatrix({ rows: 12, columns: 5, seed: 3 });
  const key = semanticKey(semantics);
  assertClose(dotProduct(key, key), 1, 1e-6);
  const unit = normalizeRows(semantics);
  const mean = (direction: Float32Array): number => {
    let sum = 0;
    for (let row = 0; row < unit.rows; row++) sum += dotProduct(rowOf(unit, row), direction);
    return sum;
  };
  for (let seed = 1; seed <= 20; seed++) {
    const other = normalizeRows(randomMatrix({ rows: 1, columns: 5, seed })).data;
    assert.ok(mean(other) <= mean(key) + 1e-6);
  }
});

Deno.test("semanticKey() refuses vectors without a common direction", () => {
  const message = "Cannot form a semantic key: the mean of the normalised semantic vectors must " +
    "be finite and not zero, got a vector without direction";
  assert.throws(() => semanticKey(matrixOf([[0, 0]])), { name: "RangeError", message });
  assert.throws(() => semanticKey(matrixOf([[1, 0], [-1, 0]])), { name: "RangeError", message });
  assert.throws(() => semanticKey(matrixOf([[NaN, 0]])), { name: "RangeError", message });
  assert.throws(() => semanticKey(toMatrix(new Float32Array(0), { rows: 0, columns: 2 })), {
    message: "Cannot form a semantic key: at least one image is needed, got none",
  });
});

Deno.test("routeImages() is blind to the strength of a semantic vector", () => {
  const semantics = randomMatrix({ rows: 30, columns: 6, seed: 4 });
  const keys = normalizeRows(randomMatrix({ rows: 4, columns: 6, seed: 5 }));
  const doubled = toMatrix(semantics.data.map((value) => 2 * value), semantics);
  assert.deepEqual(routeImages(doubled, keys), routeImages(semantics, keys));
});

Deno.test("routeImages() gives ties to the lower group", () => {
  const keys = matrixOf([[1, 0], [0, 1], [1, 0]]);
  assert.deepEqual([...routeImages(matrixOf([[1, 1], [2, 0], [0, 0]]), keys)], [0, 0, 0]);
});

Deno.test("routeImages() says what does not fit", () => {
  const keys = matrixOf([[1, 0]]);
  assert.throws(() => routeImages(matrixOf([[1, 2, 3]]), keys), {
    name: "TypeError",
    message: "Cannot route images: semantic vectors must have 2 values like the keys, got 3",
  });
  assert.throws(() => routeImages(matrixOf([[1, 0], [NaN, 0]]), keys), {
    name: "RangeError",
    message: "Cannot route images: semantic vectors must be finite, got NaN for image 1",
  });
  assert.throws(
    () => routeImages(keys, toMatrix(new Float32Array(0), { rows: 0, columns: 2 })),
    { message: "Cannot route images: at least one key is needed, got none" },
  );
});

Deno.test("residentRows() and loadRows() never copy", async () => {
  const matrix = matrixOf([[1, 2], [3, 4], [5, 6]]);
  const kept = residentRows(matrix);
  assert.deepEqual([kept.rows, kept.columns], [3, 2]);
  for (const rows of [matrix, kept]) assert.equal(await loadRows(rows), matrix);
});
