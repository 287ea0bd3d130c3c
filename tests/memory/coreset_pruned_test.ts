import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { countPruning, pruningFactor, selectPruned } from "@/memory/coreset_pruned.ts";
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

Deno.test("countPruning() counts distances worked by hand", () => {
  // First 0: all four rows. Then 91: the center 0, and of its rows 90 and 91; rows 0 and 1 lie so
  // near their center that 91 cannot be nearer. Then 1, which ties with 90: the center 0 and of its
  // rows only row 1; the center 91, whose rows all lie too near it.
  const steps = countPruning(matrixOf([[0], [1], [90], [91]]), { size: 3 });
  assert.deepEqual(steps, [
    { picks: 1, plain: 4, computed: 4 },
    { picks: 2, plain: 8, computed: 4 + 3 },
    { picks: 3, plain: 12, computed: 7 + 3 },
  ]);
});

Deno.test("countPruning() reports doublings and the last choice, once", () => {
  const features = randomMatrix({ rows: 40, columns: 3, seed: 1 });
  const picks = (size: number) => countPruning(features, { size }).map((step) => step.picks);
  assert.deepEqual(picks(1), [1]);
  assert.deepEqual(picks(8), [1, 2, 4, 8]);
  assert.deepEqual(picks(40), [1, 2, 4, 8, 16, 32, 40]);
});

Deno.test("countPruning() spares most distances among far groups, and hardly any in one blob of many columns", () => {
  const blob = randomMatrix({ rows: 400, columns: 64, seed: 2 });
  const groups = randomMatrix({ rows: 400, columns: 64, seed: 2 });
  groups.data.forEach((value, i) => {
    groups.data[i] = value + 1000 * (Math.floor(i / 64) % 20);
  });
  const shareOf = (features: typeof blob) => {
    const { computed, plain } = countPruning(features, { size: 40 }).at(-1)!;
    return computed / plain;
  };
  assert.ok(shareOf(groups) < 0.3);
  assert.ok(shareOf(blob) > 0.9);
});

Deno.test("countPruning() refuses a size out of range", () => {
  for (const size of [0, 3, 1.5]) {
    assert.throws(() => countPruning(matrixOf([[0], [1]]), { size }), {
      name: "RangeError",
      message: `Cannot count pruning: size must be an integer from 1 to 2, got ${size}`,
    });
  }
});
