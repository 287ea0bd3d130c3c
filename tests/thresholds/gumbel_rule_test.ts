import assert from "node:assert/strict";
import { createRandom } from "@/math/random.ts";
import { promiseOf, thresholdFrom, type ThresholdRule } from "@/thresholds/rules.ts";
import { assertClose } from "../helpers/mod.ts";

const gumbel = (alpha: number) => ({ name: "gumbel", alpha }) as const;

Deno.test("thresholdFrom() by gumbel agrees with the definition's test vector", () => {
  const scores = [
    ...[3, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8, 9.7, 9.3, 2.3, 8.4, 6.2, 6.4, 3.3, 8.3, 2.7, 9.5, 2.8],
    8.8,
  ];
  const expected = [[0.01, 53.344438], [0.05, 18.779145], [0.1, 12.106149]] as const;
  for (const [alpha, limit] of expected) {
    const { value, count } = thresholdFrom(scores, gumbel(alpha));
    assert.equal(count, 21);
    assert.ok(Math.abs(value - limit) < 1e-6, `α ${alpha}: ${value}`);
  }
});

Deno.test("thresholdFrom() by gumbel agrees with a second program", () => {
  // NumPy 2.1.3: the same rule written in Python, on (−ln u)^−0.2 for u = x / (2^31 − 1), where
  // x begins with n and each next one is 48271 x modulo 2^31 − 1. Per line n, then one limit per
  // alpha, before the step to the next float.
  const alphas = [0.0005, 0.005, 0.03, 0.05, 0.1, 0.25];
  // deno-fmt-ignore
  const golden = [
    [3, 1764361.7786988104, 422.2013273799678, 9.765326151621622, 5.161907126496732, 2.6268323471683264, 1.5563791393942936],
    [4, 77.86519079507102, 10.709994816632651, 2.869092478110052, 2.1994103030293295, 1.6088394829122967, 1.2287018004473274],
    [5, 51.610000479059124, 10.713806592215356, 3.212213661082962, 2.458138297301842, 1.7631816305825405, 1.3057483958163771],
    [7, 7.998202880075905, 3.974142366267953, 2.1139833624594067, 1.8144618641863466, 1.4862531443944262, 1.230393082733848],
    [9, 6.6613353307479395, 3.716309430901841, 2.124752995473476, 1.8471341319276164, 1.5321687155061292, 1.2785478753664137],
    [10, 19.176664198937967, 8.205105838607277, 3.5569603536146355, 2.876339926009211, 2.1603899979159213, 1.633470510080085],
    [12, 6.380595936809604, 3.6923428415939266, 2.1311677768777737, 1.8500913954304719, 1.5265031779028397, 1.2628437570120536],
    [19, 8.206253793813005, 4.751037466557028, 2.9097414375264417, 2.9097414375264417, 1.866767668566393, 1.512517848823377],
    [20, 5.433135940507543, 3.492669607000651, 2.192564229287107, 1.9384412833135174, 1.6343149211280086, 1.376288249547208],
    [31, 5.638706191299097, 3.5923695548416217, 2.2102256465388335, 1.940222812541204, 1.6168915344756754, 1.3430246315028675],
    [50, 3.784752078262258, 2.7213123707875324, 2.0840556402286596, 1.7190264615319213, 1.4972503339148011, 1.2880457155171308],
    [64, 4.6437974407796325, 3.204790099704919, 2.1290790446963053, 1.9048406510949376, 1.627466668108667, 1.3839273314433909],
    [100, 4.001048699603707, 2.8749171702208938, 1.9906888485429242, 1.8095769839292826, 1.5608828316725294, 1.3467121779120685],
    [150, 3.8909761838215573, 2.8278941129313147, 1.9792420175883338, 1.7946203618455827, 1.561219916247925, 1.3511946383847644],
    [200, 4.474361628426072, 3.1492708558075995, 2.1242277731340495, 1.9063121267769831, 1.6339100323168274, 1.3639418784382698],
    [300, 3.9295861880652727, 2.9416906344555587, 1.9955084697708154, 1.807868647082462, 1.570346799560766, 1.3062101930775083],
  ];
  for (const [count, ...limits] of golden) {
    let x = count!;
    const scores = Array.from({ length: count! }, () => {
      x = Number(BigInt(x) * 48271n % 2147483647n);
      return (-Math.log(x / 2147483647)) ** -0.2;
    });
    for (const [column, alpha] of alphas.entries()) {
      const { value } = thresholdFrom(scores, gumbel(alpha));
      assertClose(value / limits[column]!, 1, 1e-12, `n ${count}, α ${alpha}`);
    }
  }
});

const alphas = [0.002, 0.01, 0.03, 0.05, 0.08, 0.1, 0.2, 0.3, 0.5, 0.7];

/** Heavy-tailed scores. */
function drawScores(count: number): number[] {
  const random = createRandom(count, "gumbel");
  return Array.from({ length: count }, () => Math.exp(random.gaussian()));
}

Deno.test("thresholdFrom() by gumbel lies between conformal at alpha ± δ", () => {
  for (let count = 3; count <= 120; count++) {
    const scores = drawScores(count);
    for (const alpha of alphas) {
      const delta = Math.min(alpha, Math.sqrt(alpha * (1 - alpha) / (count + 1)));
      const { value } = thresholdFrom(scores, gumbel(alpha));
      const conformal = (level: number): number =>
        thresholdFrom(scores, { name: "conformal", alpha: level }).value;
      const low = alpha + delta < 1 ? conformal(alpha + delta) : -Infinity;
      assert.ok(value >= low || low === Infinity, `n ${count}, α ${alpha}`);
      if (alpha > delta) assert.ok(value <= conformal(alpha - delta), `n ${count}, α ${alpha}`);
    }
  }
});

Deno.test("thresholdFrom() by gumbel falls as alpha rises, and follows the scale of scores", () => {
  for (const count of [3, 4, 9, 20, 31, 77, 200]) {
    const scores = drawScores(count);
    let before = Infinity;
    for (const alpha of alphas) {
      const { value } = thresholdFrom(scores, gumbel(alpha));
      assert.ok(value <= before, `n ${count}, α ${alpha}: ${value} above ${before}`);
      before = value;
      const louder = thresholdFrom(scores.map((score) => 1000 * score), gumbel(alpha));
      assertClose(louder.value / value, 1000, 1e-9);
    }
  }
});

Deno.test("thresholdFrom() by gumbel meets conformal as n grows", () => {
  const scores = drawScores(20000);
  const { value } = thresholdFrom(scores, { name: "conformal", alpha: 0.05 });
  assertClose(thresholdFrom(scores, gumbel(0.05)).value / value, 1, 0.02);
});

Deno.test("thresholdFrom() by gumbel alarms above equal scores, zero included", () => {
  assert.equal(thresholdFrom([0.5, 0.5, 0.5], gumbel(0.05)).value, 0.5 + 2 ** -24);
  assert.equal(thresholdFrom([0.1, 0.1, 0.1], gumbel(0.05)).value, 0.1 + 2 ** -56);
  assert.equal(thresholdFrom([0, 0, 0], gumbel(0.05)).value, Math.fround(2 ** -149));
  const { value } = thresholdFrom([0, 1, 1, 1, 1, 1, 1, 1, 1, 1], gumbel(0.05));
  assert.ok(value > 1 && value < 1000, `${value}`);
});

Deno.test("thresholdFrom() by gumbel says why it never alarms", () => {
  assert.deepEqual(thresholdFrom([1, 2], gumbel(0.05)), {
    value: Infinity,
    count: 2,
    reason: "gumbel thresholds need at least 3 calibration scores, got 2",
  });
  assert.deepEqual(thresholdFrom([1e-30, 1, 1e300], gumbel(0.05)), {
    value: Infinity,
    count: 3,
    reason: "gumbel thresholds at alpha 0.05 from 3 calibration scores that differ so much lie " +
      "beyond all numbers",
  });
  assert.throws(() => thresholdFrom([1, 2, 3], gumbel(0)), {
    name: "RangeError",
    message: "Cannot set a threshold: alpha must be above 0 and below 1, got 0",
  });
});

Deno.test("promiseOf() promises exactly what ranks allow", () => {
  const promise = (rule: ThresholdRule, count: number) => {
    const { bound, needed, sentence } = promiseOf(rule, { count });
    return [bound === null ? null : Math.round(1e6 * bound) / 1e6, needed, sentence];
  };
  // δ = √(0.05 · 0.95 / (n + 1)), or 0.05.
  assert.deepEqual(promise(gumbel(0.05), 9), [
    0.1,
    9,
    "at most 10 % false alarms for images like these; no guarantee below 9 images",
  ]);
  assert.deepEqual(promise(gumbel(0.05), 84), [
    0.073639,
    9,
    "at most 7.4 % false alarms for images like these; no guarantee below 9 images",
  ]);
  assert.deepEqual(promise(gumbel(0.05), 8), [
    null,
    9,
    "no guarantee below 9 images, there are 8; aims at 5 % false alarms",
  ]);
  assert.deepEqual(promise(gumbel(0.01), 2), [0, 49, "never alarms below 3 images, there are 2"]);
  const conformal = { name: "conformal", alpha: 0.05 } as const;
  assert.deepEqual(promise(conformal, 31), [
    0.05,
    19,
    "at most 5 % false alarms for images like these; never alarms below 19 images",
  ]);
  assert.deepEqual(promise(conformal, 18), [0, 19, "never alarms below 19 images, there are 18"]);
  // The largest of 19 is exceeded with probability 1/20; rounded up, 1/21 is 4.8 %.
  assert.deepEqual(promise({ name: "max" }, 20), [
    0.047619,
    1,
    "at most 4.8 % false alarms for images like these",
  ]);
  // Position 0.9 · 20 = 18 is the 19th of 21: 1 − 19/22.
  assert.deepEqual(promise({ name: "quantile", quantile: 0.9 }, 21), [
    0.136364,
    1,
    "at most 13.7 % false alarms for images like these",
  ]);
  assert.deepEqual(promise({ name: "max" }, 0), [0, 1, "never alarms without calibration images"]);
  assert.deepEqual(promise({ name: "mean_std", factor: 3 }, 50), [
    null,
    null,
    "no guarantee: it depends on how scores are distributed",
  ]);
  assert.deepEqual(promise({ name: "oracle_f1" }, 50), [
    null,
    null,
    "no guarantee: labels of the test images were seen",
  ]);
  assert.equal(
    promiseOf(conformal, { count: 31, isApproximate: true }).sentence,
    "at most about 5 % false alarms for images like these; never alarms below 19 images",
  );
  assert.throws(() => promiseOf({ name: "max" }, { count: -1 }), {
    message: "Cannot state a promise: count must be an integer from 0, got -1",
  });
});

Deno.test("promiseOf() names the fewest images from which gumbel has a conformal floor", () => {
  for (let percent = 1; percent <= 60; percent++) {
    const alpha = percent / 100;
    const { needed } = promiseOf(gumbel(alpha), { count: 100 });
    for (let count = 3; count <= 120; count++) {
      const delta = Math.min(alpha, Math.sqrt(alpha * (1 - alpha) / (count + 1)));
      const hasFloor = (count + 1) * (alpha + delta) >= 1 - 1e-9;
      assert.equal(count >= needed!, hasFloor, `n ${count}, α ${alpha}`);
    }
  }
});
