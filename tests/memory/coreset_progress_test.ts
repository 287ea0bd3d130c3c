import assert from "node:assert/strict";
import { estimateShare } from "@/memory/coreset_rows.ts";

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
