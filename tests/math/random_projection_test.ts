import assert from "node:assert/strict";
import { matrixOf, rowOf, toMatrix } from "@/math/matrix.ts";
import { randomProjection } from "@/math/projection.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("randomProjection() is the multiplication by one matrix", () => {
  // The rows of the identity matrix become the rows of the random matrix; any row is then projected
  // to the sum of those, weighted with its values.
  const columns = 30, dimension = 7, seed = 3;
  const identity = new Float32Array(columns * columns).map((_, i) => i % (columns + 1) ? 0 : 1);
  const matrix = randomProjection(toMatrix(identity, { rows: columns, columns }), {
    dimension,
    seed,
  });
  const row = randomMatrix({ rows: 1, columns, seed: 4 });
  const projected = randomProjection(row, { dimension, seed });
  for (let i = 0; i < dimension; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += row.data[j]! * matrix.data[j * dimension + i]!;
    assertClose(projected.data[i]!, sum, 1e-6);
  }
  const magnitudes = new Set(matrix.data.map(Math.abs));
  assert.deepEqual(
    [...magnitudes].sort(),
    [0, Math.fround(Math.sqrt(Math.sqrt(columns) / dimension))],
  );
});

Deno.test("randomProjection() keeps squared distances on average", () => {
  // Over many pairs and seeds, the mean ratio has a standard error well below a per cent.
  let ratios = 0, count = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const features = randomMatrix({ rows: 40, columns: 300, seed });
    const projected = randomProjection(features, { dimension: 64, seed });
    for (let a = 0; a < 40; a += 2, count++) {
      ratios += squaredDistance(rowOf(projected, a), rowOf(projected, a + 1)) /
        squaredDistance(rowOf(features, a), rowOf(features, a + 1));
    }
  }
  assertClose(ratios / count, 1, 0.03);
});

Deno.test("randomProjection() repeats itself for a seed and differs between seeds", () => {
  const features = randomMatrix({ rows: 3, columns: 50, seed: 1 });
  const project = (seed: number) => randomProjection(features, { dimension: 10, seed }).data;
  assert.deepEqual(project(1), project(1));
  assert.notDeepEqual(project(1), project(2));
});

Deno.test("randomProjection() says which dimension it refuses", () => {
  assert.throws(() => randomProjection(matrixOf([[1]]), { dimension: 0, seed: 1 }), {
    name: "RangeError",
    message: "Cannot project rows: dimension must be a positive integer, got 0",
  });
});
