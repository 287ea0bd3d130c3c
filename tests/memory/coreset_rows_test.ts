import assert from "node:assert/strict";
import { matrixOf, rowOf } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import { squaredDistanceWithin, toCoresetRows } from "@/memory/coreset_rows.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

Deno.test("toCoresetRows() shares the features where nothing is padded", () => {
  const features = randomMatrix({ rows: 3, columns: 16, seed: 1 });
  assert.equal(toCoresetRows(features).data, features.data);
});

Deno.test("toCoresetRows() says which value it refuses", () => {
  const refuses = (value: number, shown: string) =>
    assert.throws(() => toCoresetRows(matrixOf([[1, 2], [3, value]])), {
      name: "RangeError",
      message: "Cannot select a coreset: features must be numbers from -1e15 to 1e15, " +
        `got ${shown} in row 1, column 1`,
    });
  refuses(NaN, "NaN");
  refuses(-Infinity, "-Infinity");
  refuses(2 ** 50, "1125899906842624");
});

Deno.test("squaredDistanceWithin() agrees with the distance in 64-bit floats", () => {
  for (const columns of [1, 7, 8, 31, 32, 33, 120, 128, 1000]) {
    const features = randomMatrix({ rows: 2, columns, seed: columns });
    const actual = squaredDistanceWithin(toCoresetRows(features), { a: 0, b: 1, limit: Infinity });
    const expected = squaredDistance(rowOf(features, 0), rowOf(features, 1));
    assertClose(actual / expected, 1, 1e-6);
  }
});

Deno.test("squaredDistanceWithin() gives up only where the whole distance exceeds the limit", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const rows = toCoresetRows(randomMatrix({ rows: 2, columns: 100, seed }));
    const whole = squaredDistanceWithin(rows, { a: 0, b: 1, limit: Infinity });
    for (let share = 0; share <= 2; share += 0.125) {
      const limit = share * whole;
      const actual = squaredDistanceWithin(rows, { a: 0, b: 1, limit });
      if (share >= 1) assert.equal(actual, whole);
      else assert.ok(actual > limit && actual <= whole);
    }
  }
});
