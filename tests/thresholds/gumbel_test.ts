import assert from "node:assert/strict";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { createRandom } from "@/math/random.ts";
import { gumbelFactor, predictionLimit } from "@/thresholds/gumbel.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("gumbelFactor() interpolates the table as its source does, constant beyond it", () => {
  // NumPy 2.1: linear in 1 / n and ln(alpha) on ln(c + 3), clamped; (n, alpha, c).
  const expected = [
    [2, 0.05, 10.257437697181317],
    [7, 0.03, 3.326946567431274],
    [31, 0.05, 2.032578598203334],
    [80, 0.01, 3.278668939992188],
    [400, 0.0001, 4.992208361985712],
    [5000, 0.5, 0.7199539599242151],
  ] as const;
  for (const [count, alpha, factor] of expected) {
    assertClose(gumbelFactor(count, alpha), factor, 1e-12, `n ${count}, α ${alpha}`);
  }
});

Deno.test("gumbelFactor() leaves the share alpha above, as drawn anew", () => {
  const random = createRandom(11);
  const alphas = [0.005, 0.01, 0.05, 0.1, 0.2];
  for (const count of [3, 5, 7, 10, 20, 31, 60]) {
    const samples = Array.from({ length: 6000 }, () => {
      const values = Array.from({ length: count }, () => -Math.log(-Math.log(random.next())));
      return { at: mean(values), deviation: sampleStandardDeviation(values) };
    });
    for (const alpha of alphas) {
      const factor = gumbelFactor(count, alpha);
      // 1 − exp(−exp(−x)) of Gumbel values lie above x.
      const above = samples.map(({ at, deviation }) =>
        -Math.expm1(-Math.exp(-(at + factor * deviation)))
      );
      // Four standard errors of these draws, and what the table's own draws and its
      // interpolation are off by: 3 %.
      const error = 4 * sampleStandardDeviation(above) / Math.sqrt(above.length) + 0.03 * alpha;
      const share = mean(above);
      assert.ok(Math.abs(share - alpha) < error, `n ${count}, α ${alpha}: ${share} ± ${error}`);
    }
  }
});

Deno.test("predictionLimit() is exp(mean + c · deviation) of logarithms", () => {
  // Logarithms 0, 1, 2: mean 1, sample deviation 1.
  const scores = [1, Math.E, Math.E ** 2];
  assertClose(predictionLimit(scores, 0.05), Math.exp(1 + gumbelFactor(3, 0.05)), 1e-12);
});

Deno.test("predictionLimit() takes negative scores as they are", () => {
  // −1, 0, 1: mean 0, sample deviation 1.
  assertClose(predictionLimit([-1, 0, 1], 0.05), gumbelFactor(3, 0.05), 1e-12);
});

Deno.test("predictionLimit() stays sane with scores of zero and with equal scores", () => {
  assert.equal(predictionLimit([0, 0, 0], 0.05), 0);
  assert.equal(predictionLimit([0.3, 0.3, 0.3, 0.3], 0.05), 0.3);
  // Zero counts as a thousandth of the median, the smallest score where the median is zero.
  assert.equal(predictionLimit([0, 1, 1, 2], 0.1), predictionLimit([1e-3, 1, 1, 2], 0.1));
  assert.equal(predictionLimit([0, 0, 0, 2, 8], 0.1), predictionLimit([2, 2, 2, 2, 8], 0.1));
});
