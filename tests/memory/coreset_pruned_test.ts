import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { pruningFactor, selectPruned } from "@/memory/coreset_pruned.ts";
import { selectPlain, toCoresetRows } from "@/memory/coreset_rows.ts";
import { randomMatrix } from "../helpers/mod.ts";

Deno.test("pruningFactor() exceeds what rounding can do to four", () => {
  // Both squared distances are off by a relative (stride / 8 + 8) · 2^-24 at most, and so is the
  // third that they bound: four roundings' worth is more than enough.
  for (const stride of [8, 128, 1024, 8192]) {
    assert.ok(pruningFactor(stride) / 4 - 1 > 4 * (stride / 8 + 8) * 2 ** -24);
    assert.ok(pruningFactor(stride) < 4.02);
  }
});

Deno.test("selectPruned() chooses as selectPlain() does on wide rows that nearly coincide", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const features = randomMatrix({ rows: 120, columns: 600, seed });
    features.data.forEach((value, i) => features.data[i] = 1000 + 1e-3 * value);
    const rows = toCoresetRows(features);
    const request = { size: 120, opening: new Float32Array(120).fill(3e38) };
    const { distances: _, ...chosen } = selectPruned(rows, request);
    assert.deepEqual(chosen, selectPlain(rows, request), `seed ${seed}`);
  }
});

Deno.test("selectPruned() counts the distances it begins, worked by hand on a simplex", () => {
  // All five corners are equally far apart, so no bound rules one out, and no row leaves the first
  // center before it is chosen itself. The first choice meets all five rows. Choice k + 1 meets the
  // first center and those of its rows that are not at distance 0: the 5 - k not chosen before.
  const corners = Array.from({ length: 5 }, (_, i) => [0, 1, 2, 3, 4].map((j) => +(i === j)));
  const opening = new Float32Array(5).fill(3e38);
  const { distances } = selectPruned(toCoresetRows(matrixOf(corners)), { size: 5, opening });
  assert.deepEqual([...distances], [5, 5 + 5, 10 + 4, 14 + 3, 17 + 2]);
});
