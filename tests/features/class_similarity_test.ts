import assert from "node:assert/strict";
import { classSimilarities } from "@/features/layers.ts";
import { matrixOf, normalizeRows, rowOf } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

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
