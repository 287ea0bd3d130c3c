import assert from "node:assert/strict";
import {
  classSimilarities,
  listLayerChoices,
  meanFeatures,
  measureClassSeparation,
} from "@/features/layers.ts";
import { matrixOf, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";
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

Deno.test("classSimilarities() averages pairs, and leaves a vector's similarity to itself out", () => {
  // cup: (1, 0) and (0, 1), at right angles: 0. nut: (1, 1) twice: 1. Between: cos 45° for all four.
  const vectors = matrixOf([[1, 1], [1, 0], [0, 1], [2, 2]]);
  const { classes, counts, means } = classSimilarities(vectors, ["nut", "cup", "cup", "nut"]);
  assert.deepEqual(classes, ["cup", "nut"]);
  assert.deepEqual(counts, [2, 2]);
  assertClose(means[0]![0]!, 0, 1e-7);
  assertClose(means[1]![1]!, 1, 1e-7);
  assertClose(means[0]![1]!, Math.SQRT1_2, 1e-7);
});

Deno.test("classSimilarities() agrees with going through all pairs", () => {
  const vectors = randomMatrix({ rows: 20, columns: 6, seed: 4 });
  const names = Array.from({ length: 20 }, (_, row) => ["a", "b", "c"][(row * row) % 3]!);
  const unit = normalizeRows(vectors);
  const { classes, means } = classSimilarities(vectors, names);
  for (const [i, a] of classes.entries()) {
    for (const [j, b] of classes.entries()) {
      const pairs: number[] = [];
      for (let x = 0; x < 20; x++) {
        for (let y = 0; y < 20; y++) {
          if (x === y || names[x] !== a || names[y] !== b) continue;
          pairs.push(dotProduct(rowOf(unit, x), rowOf(unit, y)));
        }
      }
      const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
      assertClose(means[i]![j]!, mean, 1e-6, `${a} and ${b}`);
    }
  }
});

Deno.test("classSimilarities() does not depend on the lengths of vectors", () => {
  const vectors = randomMatrix({ rows: 9, columns: 4, seed: 6 });
  const names = [..."aabbbcaca"];
  const longer = {
    ...vectors,
    data: vectors.data.map((value, i) => value * (1 + Math.floor(i / 4))),
  };
  const { means } = classSimilarities(vectors, names);
  classSimilarities(longer, names).means.flat().forEach((value, i) =>
    assertClose(value!, means.flat()[i]!, 1e-6)
  );
});

Deno.test("classSimilarities() refuses vectors without classes", () => {
  assert.throws(() => classSimilarities(matrixOf([[1]]), []), {
    name: "TypeError",
    message: "Cannot average similarities: one class per vector is needed, " +
      "got 0 classes for 1 vectors",
  });
});

Deno.test("listLayerChoices() names no choice twice when semantics come from a patch layer", () => {
  const choices = listLayerChoices({ layers: ["layer2", "layer3"], semantic_layer: "layer3" });
  assert.deepEqual(choices, [["layer2"], ["layer3"], ["layer2", "layer3"]]);
});

Deno.test("listLayerChoices() leaves one choice where everything comes from one layer", () => {
  assert.deepEqual(listLayerChoices({ layers: ["a"], semantic_layer: "a" }), [["a"]]);
  assert.deepEqual(listLayerChoices({ layers: ["a"], semantic_layer: "b" }), [
    ["a"],
    ["b"],
    ["a", "b"],
  ]);
});

Deno.test("listLayerChoices() keeps layers apart whose names contain separators", () => {
  const choices = listLayerChoices({ layers: ["a", "b"], semantic_layer: "a,b" });
  assert.equal(choices.length, 5);
});

Deno.test("listLayerChoices() keeps the order of the patch embedding, which sets its grid", () => {
  const choices = listLayerChoices({ layers: ["deep", "fine"], semantic_layer: "deep" });
  assert.deepEqual(choices.at(-1), ["deep", "fine"]);
});

const map = {
  count: 2,
  channels: 2,
  height: 2,
  width: 1,
  data: Float32Array.of(1, 3, 0, -4, 5, 5, 2, 0),
};

Deno.test("meanFeatures() averages every channel of every image", () => {
  assert.deepEqual(meanFeatures(map), { rows: 2, columns: 2, data: Float32Array.of(2, -2, 5, 1) });
});

Deno.test("meanFeatures() does not see where something is", () => {
  const moved = { ...map, data: Float32Array.of(3, 1, -4, 0, 5, 5, 0, 2) };
  assert.deepEqual(meanFeatures(moved), meanFeatures(map));
});

Deno.test("meanFeatures() refuses a map that is not whole", () => {
  assert.throws(() => meanFeatures({ ...map, width: 2 }), {
    name: "TypeError",
    message: "Cannot average features: a map of 2 × 2 × 2 × 2 must have that many values and a " +
      "position, got 8 values",
  });
});
