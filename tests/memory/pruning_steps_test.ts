import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { countPruning } from "@/memory/coreset_pruned.ts";
import { randomMatrix } from "../helpers/mod.ts";

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
