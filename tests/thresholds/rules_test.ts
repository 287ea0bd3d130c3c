import assert from "node:assert/strict";
import { createRandom } from "@/math/random.ts";
import { describeRule, thresholdFrom, type ThresholdRule } from "@/thresholds/rules.ts";
import { assertClose } from "../helpers/mod.ts";

const alarms = (scores: readonly number[], threshold: number): number =>
  scores.filter((score) => Math.fround(score) >= threshold).length;

Deno.test("thresholdFrom() keeps the conformal promise on exchangeable scores", () => {
  for (const [count, alpha] of [[19, 0.05], [40, 0.05], [99, 0.1]] as const) {
    const random = createRandom(count);
    let total = 0;
    const trials = 4000;
    for (let trial = 0; trial < trials; trial++) {
      const scores = Array.from({ length: count }, () => Math.fround(random.gaussian() ** 2));
      const { value } = thresholdFrom(scores, { name: "conformal", alpha });
      total += alarms([random.gaussian() ** 2], value);
    }
    // The rate is 1 − ⌈(n + 1)(1 − α)⌉ / (n + 1) exactly; four standard deviations either way.
    const rate = 1 - Math.ceil((count + 1) * (1 - alpha) - 1e-9) / (count + 1);
    const band = 4 * Math.sqrt(rate * (1 - rate) / trials);
    assert.ok(rate <= alpha + 1e-12);
    assert.ok(Math.abs(total / trials - rate) < band, `n ${count}: ${total / trials}, not ${rate}`);
  }
});

Deno.test("thresholdFrom() takes the conformal rank of exact arithmetic", () => {
  for (let percent = 1; percent <= 50; percent++) {
    for (let count = 1; count <= 300; count++) {
      const scores = Array.from({ length: count }, (_, i) => i + 1);
      const { value } = thresholdFrom(scores, { name: "conformal", alpha: percent / 100 });
      // ⌈(n + 1)(100 − p) / 100⌉ in whole numbers.
      const rank = Math.floor(((count + 1) * (100 - percent) + 99) / 100);
      if (rank > count) assert.equal(value, Infinity);
      else assert.equal(alarms(scores, value), count - rank, `n ${count}, α ${percent} %`);
    }
  }
});

Deno.test("thresholdFrom() never alarms with too few scores, and says why", () => {
  const scores = Array.from({ length: 18 }, (_, i) => i);
  assert.deepEqual(thresholdFrom(scores, { name: "conformal", alpha: 0.05 }), {
    value: Infinity,
    count: 18,
    reason: "conformal thresholds at alpha 0.05 need at least 19 calibration scores, got 18",
  });
  assert.ok(
    thresholdFrom([...scores, 18], { name: "conformal", alpha: 0.05 }).value < Infinity,
  );
  assert.deepEqual(thresholdFrom([], { name: "max" }), {
    value: Infinity,
    count: 0,
    reason: "no calibration score",
  });
});

Deno.test("thresholdFrom() alarms only above the scores it rests on", () => {
  for (const scores of [[1, 5, 5], [-3, -1], [0, 0], [1e-45, 2e-45], [-1e-45], [16777217]]) {
    const { value } = thresholdFrom(scores, { name: "max" });
    assert.equal(alarms(scores, value), 0, scores.join());
    const next = new Float32Array([Math.max(...scores.map(Math.fround))]);
    const bits = new Int32Array(next.buffer);
    if (next[0]! > 0) bits[0]! += 1;
    else if (next[0]! < 0) bits[0]! -= 1;
    else bits[0] = 1;
    assert.equal(alarms([next[0]!], value), 1, `above ${scores.join()}`);
  }
});

Deno.test("thresholdFrom() follows its formulas", () => {
  const scores = [4, 1, 3, 2];
  const value = (rule: ThresholdRule) => thresholdFrom(scores, rule).value;
  // Linear interpolation: position 0.25 · 3 = 0.75 between 1 and 2.
  assertClose(value({ name: "quantile", quantile: 0.25 }), 1.75, 1e-6);
  assertClose(value({ name: "quantile", quantile: 1 }), 4, 1e-6);
  // Mean 2.5, population variance (1.5² + 0.5²) / 2 = 1.25.
  assertClose(value({ name: "mean_std", factor: 2 }), 2.5 + 2 * Math.sqrt(1.25), 1e-6);
});

Deno.test("thresholdFrom() refuses scores and parameters that decide nothing", () => {
  const refused = (scores: number[], rule: ThresholdRule, message: string) =>
    assert.throws(() => thresholdFrom(scores, rule), { name: "RangeError", message });
  refused(
    [1, NaN],
    { name: "max" },
    "Cannot set a threshold: calibration scores must be finite, got NaN",
  );
  refused(
    [1],
    { name: "conformal", alpha: 1 },
    "Cannot set a threshold: alpha must be above 0 and below 1, got 1",
  );
  refused(
    [1],
    { name: "quantile", quantile: 2 },
    "Cannot set a threshold: the quantile must be from 0 to 1, got 2",
  );
  refused(
    [1],
    { name: "mean_std", factor: NaN },
    "Cannot set a threshold: the factor must be finite, got NaN",
  );
  refused(
    [1],
    { name: "oracle_f1" },
    "Cannot set a threshold: the oracle needs labelled test scores",
  );
});

Deno.test("thresholdFrom() steps over 64-bit scores by the next 64-bit number", () => {
  // 0.1 is no 32-bit number: 2^-4 ≤ 0.1 < 2^-3, so the next one is 2^-56 larger.
  assert.equal(thresholdFrom([0.1], { name: "max" }).value, 0.1 + 2 ** -56);
  assert.equal(thresholdFrom([-0.1], { name: "max" }).value, -0.1 + 2 ** -56);
  // 32-bit scores keep their step: 1 + 2^-23.
  assert.equal(thresholdFrom([1], { name: "max" }).value, 1 + 2 ** -23);
});

Deno.test("describeRule() says what each rule rests on, and that the oracle is one", () => {
  assert.equal(
    describeRule({ name: "conformal", alpha: 0.05 }),
    "conformal, at most 5 % false alarms among exchangeable normal images",
  );
  assert.equal(
    describeRule({ name: "quantile", quantile: 0.99 }),
    "0.99 quantile of the calibration scores",
  );
  assert.equal(
    describeRule({ name: "mean_std", factor: 3 }),
    "mean + 3 standard deviations of the calibration scores",
  );
  assert.equal(
    describeRule({ name: "gumbel", alpha: 0.05 }),
    "gumbel, about 5 % and at most 10 % false alarms among exchangeable normal images",
  );
  assert.equal(describeRule({ name: "max" }), "largest calibration score");
  assert.match(describeRule({ name: "oracle_f1" }), /^oracle: .* on the test images themselves$/);
});
