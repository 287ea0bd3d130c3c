import assert from "node:assert/strict";
import { measureClassSeparation } from "@/features/layers.ts";
import { matrixOf } from "@/math/matrix.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("measureClassSeparation() counts every pair once and every image once", () => {
  // Directions at 0°, 60° (a) and 90° (b). a: cos 60° = 0.5. Between: cos 90° = 0 and cos 30°.
  // Nearest: 0° goes to 60° (a, right), 60° to 90° (b, wrong), 90° to 60° (a, wrong): 1 of 3.
  const root = Math.sqrt(3) / 2;
  const vectors = matrixOf([[1, 0], [0.5, root], [0, 1]]);
  const { within, between, silhouette, nearest } = measureClassSeparation(vectors, ["a", "a", "b"]);
  assertClose(within, 0.5, 1e-6);
  assertClose(between, root / 2, 1e-6);
  assertClose(nearest, 1 / 3, 1e-12);
  // Silhouettes by distance 1 − cos. 0°: own 0.5, other 1: 0.5. 60°: own 0.5, other 1 − root:
  // (1 − root − 0.5) ÷ 0.5 = 1 − 2 root. 90°: alone, 0.
  assertClose(silhouette, (0.5 + 1 - 2 * root) / 3, 1e-6);
});

Deno.test("measureClassSeparation() finds nothing in vectors that know nothing of classes", () => {
  const vectors = randomMatrix({ rows: 120, columns: 32, seed: 2 });
  const names = Array.from({ length: 120 }, (_, row) => row % 2 === 0 ? "a" : "b");
  const { within, between, silhouette, nearest } = measureClassSeparation(vectors, names);
  assert.ok(Math.abs(within - between) < 0.01);
  assert.ok(Math.abs(silhouette) < 0.02);
  assert.ok(Math.abs(nearest - 0.5) < 0.15);
});

Deno.test("measureClassSeparation() does not depend on the order of images", () => {
  const vectors = randomMatrix({ rows: 12, columns: 5, seed: 3 });
  const names = [..."aabbbccabcab"];
  const turned = { ...vectors, data: Float32Array.from(vectors.data) };
  for (let row = 0; row < 12; row++) {
    turned.data.set(vectors.data.subarray(5 * row, 5 * row + 5), 5 * (11 - row));
  }
  const expected = measureClassSeparation(vectors, names);
  const found = measureClassSeparation(turned, names.toReversed());
  for (const key of ["within", "between", "silhouette", "nearest"] as const) {
    assertClose(found[key], expected[key], 1e-9, key);
  }
});

Deno.test("measureClassSeparation() needs something to separate", () => {
  assert.throws(() => measureClassSeparation(matrixOf([[1], [2]]), ["a", "a"]), {
    name: "RangeError",
    message: "Cannot measure class separation: at least two classes and two images of one are " +
      "needed, got 1 classes and 2 images",
  });
});
