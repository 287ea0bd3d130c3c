import assert from "node:assert/strict";
import { indexEqualRows } from "@/equal_rows.ts";
import { matrixOf, rowOf, toMatrix } from "@/matrix.ts";
import { createRandom } from "@/random.ts";
import { randomMatrix } from "./helpers.ts";

Deno.test("indexEqualRows() finds the lowest equal row and none for other vectors", () => {
  const findEqual = indexEqualRows(matrixOf([[1, 2], [2, 1], [1, 2], [0, 0], [2, 1]]));
  const found = [[1, 2], [2, 1], [0, 0], [1, 1], [0, 2]]
    .map((values) => findEqual(Float32Array.from(values)));
  assert.deepEqual(found, [0, 1, 3, -1, -1]);
});

Deno.test("indexEqualRows() takes minus zero for zero and NaN for nothing", () => {
  const findEqual = indexEqualRows(matrixOf([[NaN, 0], [0, -0], [5, -0]]));
  assert.equal(findEqual(Float32Array.of(-0, 0)), 1);
  assert.equal(findEqual(Float32Array.of(5, 0)), 2);
  assert.equal(findEqual(Float32Array.of(NaN, 0)), -1);
});

Deno.test("indexEqualRows() agrees with comparing every row when few values make many equal rows", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed);
    const draw = (rows: number) =>
      toMatrix(Float32Array.from({ length: rows * 3 }, () => random.integer(4) - 2), {
        rows,
        columns: 3,
      });
    const matrix = draw(40), vectors = draw(40);
    const findEqual = indexEqualRows(matrix);
    for (let i = 0; i < vectors.rows; i++) {
      const vector = rowOf(vectors, i);
      let expected = -1;
      for (let row = matrix.rows - 1; row >= 0; row--) {
        if (rowOf(matrix, row).every((value, j) => value === vector[j])) expected = row;
      }
      assert.equal(findEqual(vector), expected, `seed ${seed}, vector ${i}`);
    }
  }
});

Deno.test("indexEqualRows() finds every row of a matrix of different rows", () => {
  const matrix = randomMatrix({ rows: 500, columns: 7, seed: 1 });
  const findEqual = indexEqualRows(matrix);
  for (let row = 0; row < matrix.rows; row++) {
    assert.equal(findEqual(rowOf(matrix, row)), row);
    const other = rowOf(matrix, row).slice();
    other[row % 7]! += 1;
    assert.equal(findEqual(other), -1);
  }
});

Deno.test("indexEqualRows() finds nothing where there is nothing", () => {
  assert.equal(
    indexEqualRows({ rows: 0, columns: 1, data: new Float32Array(0) })(Float32Array.of(1)),
    -1,
  );
});

Deno.test("indexEqualRows() refuses vectors of another width", () => {
  assert.throws(() => indexEqualRows(matrixOf([[1, 2]]))(Float32Array.of(1)), {
    name: "TypeError",
    message: "Cannot look a vector up: it must have 2 values like the rows, got 1",
  });
});
