import assert from "node:assert/strict";
import { matrixOf, selectRows, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { findCopies } from "@/memory/engines/neighbor_kernel.ts";
import { randomMatrix } from "../../helpers/mod.ts";

Deno.test("findCopies() lists higher equal rows in order, and zero equals minus zero", () => {
  const rows = matrixOf([[0, 1], [2, 2], [-0, 1], [2, 2], [0, 1], [1, 0]]);
  const keys = Float64Array.of(1, 8, 1, 8, 1, 1);
  assert.deepEqual([...findCopies(rows, keys)], [[0, [2, 4]], [1, [3]]]);
});

Deno.test("findCopies() agrees with comparing every pair", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = createRandom(seed, "picks");
    const few = randomMatrix({ rows: 7, columns: 3, seed });
    const rows = selectRows(few, Array.from({ length: 60 }, () => random.integer(7)));
    // A coarse key that different rows share.
    const keys = Float64Array.from({ length: 60 }, (_, row) => Math.sign(rows.data[3 * row]!));
    const expected = new Map<number, number[]>();
    for (let row = 0; row < 60; row++) {
      const text = (at: number) => rows.data.subarray(3 * at, 3 * at + 3).join();
      const original = Array.from({ length: row }, (_, i) => i).find((i) => text(i) === text(row));
      if (original === undefined) continue;
      expected.set(original, [...expected.get(original) ?? [], row]);
    }
    const sorted = (map: ReadonlyMap<number, number[]>) => [...map].sort(([a], [b]) => a - b);
    assert.deepEqual(sorted(findCopies(rows, keys)), sorted(expected), `seed ${seed}`);
  }
});

Deno.test("findCopies() takes no row with the key NaN for a copy", () => {
  assert.equal(findCopies(matrixOf([[1], [1]]), Float64Array.of(NaN, NaN)).size, 0);
});

Deno.test("findCopies() wants one key per row", () => {
  const rows = toMatrix(new Float32Array(4), { rows: 2, columns: 2 });
  assert.throws(() => findCopies(rows, Float64Array.of(1)), {
    message: "Cannot find copies of rows: one key per row is needed, got 1 for 2 rows",
  });
});
