import assert from "node:assert/strict";
import { describeCount, shareInterval } from "@/thresholds/counts.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("shareInterval() agrees with the quantiles of the beta distribution", () => {
  // SciPy 1.14.1: beta.ppf(a, k, n - k + 1) and beta.ppf(1 - a, k + 1, n - k) for a = (1 - c) / 2;
  // count k, total n, confidence c, low, high.
  // deno-fmt-ignore
  const golden = [
    [0, 16, 0.95, 0.0, 0.2059072142078227],
    [1, 16, 0.95, 0.0015811117227658884, 0.3023207384345319],
    [16, 16, 0.95, 0.7940927857921773, 1.0],
    [3, 40, 0.9, 0.020753601475701204, 0.18258685001590122],
    [7, 21, 0.99, 0.10780986749803613, 0.6337323243830961],
    [50, 100, 0.95, 0.398321129503301, 0.601678870496699],
    [2, 5000, 0.95, 4.8445527118223515e-05, 0.0014441827958669],
    [4990, 5000, 0.999, 0.9949565897276686, 0.9994598529359522],
    [30000, 100000, 0.95, 0.29716057540056484, 0.302851028681074],
    [1, 1, 0.95, 0.025000000000000022, 1.0],
  ] as const;
  for (const [count, total, confidence, low, high] of golden) {
    const interval = shareInterval(count, { total, confidence });
    assert.ok(Math.abs(interval.low - low) < 1e-10, `${count} of ${total}: ${interval.low}`);
    assert.ok(Math.abs(interval.high - high) < 1e-10, `${count} of ${total}: ${interval.high}`);
  }
});

Deno.test("shareInterval() without any has a closed form, and mirrors", () => {
  for (const total of [1, 2, 16, 300]) {
    // (1 − p)^n = 0.025.
    const { low, high } = shareInterval(0, { total });
    assertClose(high, 1 - 0.025 ** (1 / total), 1e-12);
    assert.deepEqual(low, 0);
    const all = shareInterval(total, { total });
    assertClose(all.low, 1 - high, 1e-12);
    assert.equal(all.high, 1);
  }
});

Deno.test("shareInterval() rises with the count and widens with the confidence", () => {
  let before = { low: -1, high: -1 };
  for (let count = 0; count <= 40; count++) {
    const interval = shareInterval(count, { total: 40 });
    assert.ok(interval.low > before.low && interval.high > before.high);
    assert.ok(interval.low <= count / 40 && interval.high >= count / 40);
    const wider = shareInterval(count, { total: 40, confidence: 0.99 });
    assert.ok(wider.low <= interval.low && wider.high >= interval.high);
    before = interval;
  }
});

Deno.test("shareInterval() covers the true share at least as often as it says", () => {
  for (const share of [0.01, 0.05, 0.3, 0.77]) {
    let covered = 0, probability = (1 - share) ** 25;
    for (let count = 0; count <= 25; count++) {
      const { low, high } = shareInterval(count, { total: 25 });
      if (low <= share && share <= high) covered += probability;
      probability *= (25 - count) / (count + 1) * share / (1 - share);
    }
    assert.ok(covered >= 0.95 - 1e-9, `${share}: ${covered}`);
  }
});

Deno.test("describeCount() bounds the share one-sided", () => {
  // 1 − 0.05^(1/16) = 0.17075, 1 − 0.1^(1/16) = 0.13404.
  assert.equal(describeCount(0, { total: 16 }), "0 of 16, at most 17.1 % (95 % confidence)");
  assert.equal(
    describeCount(0, { total: 16, confidence: 0.9 }),
    "0 of 16, at most 13.5 % (90 % confidence)",
  );
  // SciPy 1.14.1: beta.ppf(0.2, 8, 3) = 0.61906; most of so low a confidence lies above the count.
  assert.equal(
    describeCount(7, { total: 10, confidence: 0.2 }),
    "7 of 10, at most 62 % (20 % confidence)",
  );
  assert.equal(describeCount(3, { total: 3 }), "3 of 3, at most 100 % (95 % confidence)");
});

Deno.test("shareInterval() refuses what is no count", () => {
  assert.throws(() => shareInterval(5, { total: 4 }), {
    name: "RangeError",
    message: "Cannot give an interval of a share: count must be an integer from 0 to 4, got 5",
  });
  assert.throws(() => shareInterval(0, { total: 0 }), {
    message: "Cannot give an interval of a share: total must be an integer from 1, got 0",
  });
  assert.throws(() => describeCount(0, { total: 4, confidence: 1 }), {
    message: "Cannot give an interval of a share: confidence must be above 0 and below 1, got 1",
  });
});
