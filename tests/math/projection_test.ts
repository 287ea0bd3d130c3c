import assert from "node:assert/strict";
import { matrixOf, rowOf, toMatrix } from "@/math/matrix.ts";
import { principalComponents, randomProjection } from "@/math/projection.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("principalComponents() finds the long and the short axis of a cross", () => {
  // Centred rows are ±3 along (1, 1)/√2 and ±1 along (1, −1)/√2: sums of squares 18 and 2, so the
  // shares are 0.9 and 0.1.
  const h = Math.SQRT1_2;
  const { directions, explained, scores } = principalComponents(
    matrixOf([[3 * h, 3 * h], [-3 * h, -3 * h], [h, -h], [-h, h]]),
  );
  assertClose(explained[0]!, 0.9, 1e-6);
  assertClose(explained[1]!, 0.1, 1e-6);
  assertClose(Math.abs(directions.data[0]!), h, 1e-6);
  assertClose(Math.abs(scores.data[0]!), 3, 1e-6);
});

Deno.test("principalComponents() gives perpendicular directions and falling shares", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { directions, explained } = principalComponents(
      randomMatrix({ rows: 40, columns: 6, seed }),
      { count: 3, iterations: 2000 },
    );
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b <= a; b++) {
        let dot = 0;
        for (let i = 0; i < 6; i++) {
          dot += directions.data[a * 6 + i]! * directions.data[b * 6 + i]!;
        }
        assertClose(dot, a === b ? 1 : 0, 1e-5, `seed ${seed}`);
      }
      if (a > 0) assert.ok(explained[a]! <= explained[a - 1]! + 1e-6, `seed ${seed}`);
    }
  }
});

Deno.test("principalComponents() does not depend on where the rows lie", () => {
  const rows = [[1, 2, 3], [4, 1, 0], [2, 2, 9], [7, 5, 1]];
  const here = principalComponents(matrixOf(rows)).scores.data;
  const there =
    principalComponents(matrixOf(rows.map((row) => row.map((v) => v + 64)))).scores.data;
  here.forEach((value, i) => assertClose(there[i]!, value, 1e-4));
});

Deno.test("principalComponents() explains nothing when all rows are equal", () => {
  const { explained, scores } = principalComponents(matrixOf([[1, 2], [1, 2]]));
  assert.deepEqual([...explained], [0, 0]);
  assert.deepEqual([...scores.data], [0, 0, 0, 0]);
});

Deno.test("principalComponents() refuses a single row and too many components", () => {
  assert.throws(() => principalComponents(matrixOf([[1, 2]])), {
    name: "TypeError",
    message: "Cannot find principal components: at least two rows are needed, got 1",
  });
  assert.throws(() => principalComponents(matrixOf([[1, 2], [3, 4]]), { count: 3 }), {
    name: "RangeError",
    message: "Cannot find principal components: count must be an integer from 1 to 2, got 3",
  });
});

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
