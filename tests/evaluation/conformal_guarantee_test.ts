import assert from "node:assert/strict";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { decideImages } from "@/evaluation/decisions.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import { createRandom, type Random } from "@/math/random.ts";

type Draw = (random: Random) => { group: number; className?: string; score: number };

/** Mean of many trials' false-alarm rates, and its standard error. */
interface AlarmRate {
  readonly rate: number;
  readonly error: number;
}

const trials = 1000;
const testCount = 20;

/** Scores are 32-bit numbers, as in the rest of the project. */
const continuous: Draw = (random) => ({ group: 0, score: Math.fround(random.gaussian()) });
const skewed: Draw = (random) => ({ group: 0, score: Math.fround(-Math.log(1 - random.next())) });
const heavyTailed: Draw = (random) => ({
  group: 0,
  score: Math.fround(random.gaussian() / random.gaussian()),
});
const heavilyTied: Draw = (random) => ({ group: 0, score: random.integer(6) });

/** Each group or class is normal around its own level, far from the others; all equally likely. */
const levels = [0, 100, 200];
const grouped: Draw = (random) => {
  const group = random.integer(levels.length);
  const score = Math.fround(levels[group]! + random.gaussian());
  return { group, className: `class ${group}`, score };
};

/** The share that is called anomalous among normal images drawn like the calibration images. */
function falseAlarmRate(
  draw: Draw,
  options: { count: number; alpha: number; scope?: ThresholdScope; onlyGroup?: number },
): AlarmRate {
  const { count, alpha, scope = "global", onlyGroup } = options;
  const rates: number[] = [];
  for (let seed = 1; seed <= trials; seed++) {
    const random = createRandom(seed, "conformal guarantee");
    const calibration = Array.from({ length: count }, () => draw(random));
    const samples = Array.from({ length: testCount }, () => draw(random))
      .filter(({ group }) => onlyGroup === undefined || group === onlyGroup);
    if (samples.length === 0) continue;
    const { anomalous } = decideImages(samples, {
      calibration,
      rule: { name: "conformal", alpha },
      scope,
    });
    rates.push(anomalous.filter(Boolean).length / anomalous.length);
  }
  return { rate: mean(rates), error: sampleStandardDeviation(rates) / Math.sqrt(rates.length) };
}

Deno.test("decideImages() alarms at the conformal rate on exchangeable scores without ties", () => {
  // The rank is ⌈(n + 1)(1 − α)⌉, written out to leave floating point aside; a new score is
  // equally likely to take each of the n + 1 places, of which n + 1 − rank lie above.
  for (
    const [draw, alpha, count, rank] of [
      [continuous, 0.01, 99, 99], // 100 · 0.99 = 99
      [skewed, 0.01, 150, 150], // 151 · 0.99 = 149.49
      [heavyTailed, 0.05, 19, 19], // 20 · 0.95 = 19
      [continuous, 0.05, 50, 49], // 51 · 0.95 = 48.45
      [skewed, 0.1, 25, 24], // 26 · 0.9 = 23.4
      [heavyTailed, 0.1, 99, 90], // 100 · 0.9 = 90
      [continuous, 0.2, 4, 4], // 5 · 0.8 = 4
      [skewed, 0.2, 33, 28], // 34 · 0.8 = 27.2
    ] as const
  ) {
    const expected = (count + 1 - rank) / (count + 1);
    assert.ok(expected <= alpha + 1e-12 && expected > alpha - 1 / (count + 1));
    const { rate, error } = falseAlarmRate(draw, { count, alpha });
    const what = `α ${alpha}, n ${count}: ${rate}, error ${error}`;
    assert.ok(Math.abs(rate - expected) <= 4 * error, `${what}, not ${expected}`);
  }
});

Deno.test("decideImages() stays within alpha when most scores are tied", () => {
  for (const alpha of [0.05, 0.1, 0.2]) {
    for (const count of [19, 50]) {
      const { rate, error } = falseAlarmRate(heavilyTied, { count, alpha });
      assert.ok(rate <= alpha + 4 * error, `α ${alpha}, n ${count}: ${rate}, error ${error}`);
    }
  }
});

Deno.test("decideImages() never alarms when alpha asks for more scores than there are", () => {
  for (const [alpha, needed] of [[0.05, 19], [0.1, 9], [0.2, 4]] as const) {
    const { rate } = falseAlarmRate(continuous, { count: needed - 1, alpha });
    assert.equal(rate, 0);
    const calibration = Array.from({ length: needed - 1 }, (_, i) => ({ group: 0, score: i }));
    const options = { rule: { name: "conformal", alpha }, scope: "group" } as const;
    const highest = [{ group: 0, score: 3e38 }];
    const few = decideImages(highest, { calibration, ...options });
    assert.equal(few.thresholds.get("group 0")!.value, Infinity);
    assert.deepEqual(few.anomalous, [false]);
    const enough = [...calibration, { group: 0, score: needed }];
    assert.deepEqual(decideImages(highest, { calibration: enough, ...options }).anomalous, [true]);
  }
});

Deno.test("decideImages() stays within alpha in every group, or class, that has its own threshold", () => {
  for (const [alpha, scope] of [[0.05, "group"], [0.1, "class"], [0.2, "group"]] as const) {
    for (const onlyGroup of levels.keys()) {
      const { rate, error } = falseAlarmRate(grouped, { count: 120, alpha, scope, onlyGroup });
      const what = `${scope} ${onlyGroup}: ${rate}, error ${error}`;
      assert.ok(rate <= alpha + 4 * error, what);
      // About 40 calibration scores each: rounding up costs at most 1 ÷ 41 of the rate on average.
      assert.ok(rate >= alpha - 0.03 - 4 * error, `${what}, alarms too rarely`);
    }
  }
});

Deno.test("decideImages() with one global threshold keeps alpha over all, not in each group", () => {
  const alpha = 0.1;
  const pooled = falseAlarmRate(grouped, { count: 99, alpha });
  assert.ok(Math.abs(pooled.rate - alpha) <= 4 * pooled.error, `${pooled.rate}`);
  const rates = [...levels.keys()].map((onlyGroup) =>
    falseAlarmRate(grouped, { count: 99, alpha, onlyGroup })
  );
  // Levels are 100 standard deviations apart: the group on top, a third of all, has every alarm.
  assert.deepEqual(rates.map(({ rate }) => rate > 2 * alpha), [false, false, true]);
  assert.deepEqual(rates.slice(0, 2).map(({ rate }) => rate), [0, 0]);
  assert.ok(Math.abs(rates[2]!.rate - 3 * alpha) <= 4 * rates[2]!.error, `${rates[2]!.rate}`);
});
