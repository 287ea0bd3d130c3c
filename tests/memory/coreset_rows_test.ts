import assert from "node:assert/strict";
import { matrixOf, rowOf } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import {
  estimateShare,
  selectPlain,
  squaredDistanceWithin,
  toCoresetRows,
} from "@/memory/coreset_rows.ts";
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

Deno.test("selectPlain() never values a row above its opening", () => {
  // Points 0, 10, 4. Openings 9, 1, 8: the first is 0. Then 10 counts as 1, not 100, and 4 as 8:
  // 4 is next, which leaves 10 at its opening of 1. Squared radii: 100, then (10 − 4)² = 36, then 0.
  const rows = toCoresetRows(matrixOf([[0], [10], [4]]));
  const { indices, squaredRadii } = selectPlain(rows, {
    size: 3,
    opening: Float32Array.of(9, 1, 8),
  });
  assert.deepEqual([...indices], [0, 2, 1]);
  assert.deepEqual([...squaredRadii], [100, 36, 0]);
});

/** Shares reported every 64 choices of a selection whose work grows by a law. */
function sharesOf(size: number, spent: (steps: number) => number): Map<number, number> {
  const shareOf = estimateShare(size);
  const shares = new Map<number, number>();
  for (let steps = 0; steps < size; steps += 64) shares.set(steps, shareOf(steps, spent(steps)));
  return shares;
}

Deno.test("estimateShare() is the share of the choices where each costs the same", () => {
  for (const [steps, share] of sharesOf(6400, (steps) => 3 * steps)) {
    assert.ok(Math.abs(share - steps / 6400) < 0.01, `${share} after ${steps}`);
  }
});

Deno.test("estimateShare() keeps pace with work that slows down", () => {
  // Work as a power of the number of choices after a beginning that costs a tenth of the whole, as
  // with 275,456 patch embeddings. Half of it is done after about a sixth of the choices where the
  // power is 0.4, and the share must not be far from a half then.
  const size = 27_545;
  for (const power of [0.4, 0.6, 0.8, 1]) {
    const spent = (steps: number) => 0.1 * size ** power + 0.9 * steps ** power;
    for (const [steps, share] of sharesOf(size, spent)) {
      const actual = spent(steps) / size ** power;
      if (actual < 0.5) continue;
      assert.ok(Math.abs(share - actual) < 0.15, `${share} for ${actual}, power ${power}`);
    }
  }
});

Deno.test("estimateShare() never falls, and stays between zero and one", () => {
  // By hand: work that comes in bursts, the worst case for a series.
  const shareOf = estimateShare(1000);
  let before = 0;
  for (let steps = 0; steps <= 1000; steps++) {
    const share = shareOf(steps, steps + 500 * Math.floor(steps / 300));
    assert.ok(share >= before && share <= 1);
    before = share;
  }
  assert.equal(before, 1);
});

Deno.test("estimateShare() counts choices until two doublings are known", () => {
  // Reports begin at choice 10: quarters of fewer than 40 are unknown. At 40 the last doubling added
  // 20 and the one before 10, a factor of 2; 400 choices are log2(10) doublings away, so what is
  // left is 20 · 2 · (10 − 1) / (2 − 1) = 360, and 40 of 400 is a tenth.
  const shareOf = estimateShare(400);
  assert.equal(shareOf(0, 0), 0);
  assert.equal(shareOf(10, 10), 10 / 400);
  assert.equal(shareOf(20, 20), 20 / 400);
  assert.ok(Math.abs(shareOf(40, 40) - 0.1) < 1e-12);
});
