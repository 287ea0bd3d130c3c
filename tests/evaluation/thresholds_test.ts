import assert from "node:assert/strict";
import { auroc } from "@/evaluation/ranking.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import {
  alignScores,
  decideImages,
  describeRule,
  oracleThreshold,
  scopeName,
  thresholdFrom,
  type ThresholdRule,
  thresholdsByScope,
} from "@/evaluation/thresholds.ts";
import { createRandom } from "@/math/random.ts";
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

Deno.test("oracleThreshold() is no worse in F1 than any other threshold", () => {
  const random = createRandom(8);
  for (let trial = 0; trial < 50; trial++) {
    const labels = Array.from({ length: 20 }, (_, i) => i < 3 || random.next() < 0.4);
    labels[19] = false;
    const scores = labels.map((label) => Math.round(4 * (random.gaussian() + Number(label))) / 4);
    const f1 = (threshold: number): number => {
      const called = scores.map((score) => score >= threshold);
      const hits = called.filter((call, i) => call && labels[i]).length;
      return 2 * hits / (called.filter(Boolean).length + labels.filter(Boolean).length);
    };
    const best = f1(oracleThreshold(scores, labels).value);
    for (const threshold of scores) assert.ok(f1(threshold) <= best + 1e-12);
  }
});

Deno.test("oracleThreshold() takes the highest of several thresholds with the same F1", () => {
  // One anomalous image found of two without false alarm: 2/3. Both with two false alarms: 4/6.
  assert.deepEqual(oracleThreshold([5, 4, 3, 2], [true, false, false, true]), {
    value: 5,
    count: 4,
  });
  // Equal scores pass together: at 5 one hit and one false alarm, 2/4; at 2 both hits, 4/5.
  assert.equal(oracleThreshold([5, 5, 2, 1], [true, false, true, false]).value, 2);
});

Deno.test("thresholdsByScope() sees only its own scores, and lists every name it is told", () => {
  const calibration = [
    { group: 0, score: 1, className: "nut" },
    { group: 1, score: 7, className: "nut" },
    { group: 1, score: 9, className: "bolt" },
  ];
  const rule = { name: "max" } as const;
  const rounded = (scope: "class" | "group" | "global", names: string[] = []) =>
    Object.fromEntries(
      [...thresholdsByScope(calibration, { rule, scope, names })].map(([name, { value }]) => [
        name,
        Math.round(1000 * value) / 1000,
      ]),
    );
  assert.deepEqual(rounded("class"), { nut: 7, bolt: 9 });
  assert.deepEqual(rounded("group", ["group 2"]), {
    "group 2": Infinity,
    "group 0": 1,
    "group 1": 9,
  });
  assert.deepEqual(rounded("global"), { global: 9 });
});

Deno.test("scopeName() cannot name a class that is withheld", () => {
  assert.throws(() => scopeName({ group: 0, score: 1 }, "class"), {
    message: "Cannot choose a class-specific threshold: the class is withheld",
  });
});

Deno.test("thresholdFrom() steps over 64-bit scores by the next 64-bit number", () => {
  // 0.1 is no 32-bit number: 2^-4 ≤ 0.1 < 2^-3, so the next one is 2^-56 larger.
  assert.equal(thresholdFrom([0.1], { name: "max" }).value, 0.1 + 2 ** -56);
  assert.equal(thresholdFrom([-0.1], { name: "max" }).value, -0.1 + 2 ** -56);
  // 32-bit scores keep their step: 1 + 2^-23.
  assert.equal(thresholdFrom([1], { name: "max" }).value, 1 + 2 ** -23);
});

const scoresOf = (group: number, scores: number[]) => scores.map((score) => ({ group, score }));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

Deno.test("alignScores() divides by the 0.95 quantile of the own group", () => {
  // Linear interpolation at 0.95 · 20 = 19 of the 21 scores 1 to 21: 20.
  const calibration = [...scoresOf(0, upTo(21)), ...scoresOf(1, upTo(21).map((x) => 10 * x))];
  const aligned = alignScores([{ group: 0, score: 40 }, { group: 1, score: 40 }], calibration);
  assertClose(aligned[0]!, 2, 1e-12);
  assertClose(aligned[1]!, 0.2, 1e-12);
});

Deno.test("alignScores() lends small groups the scale of all", () => {
  const calibration = [...scoresOf(0, upTo(21)), ...scoresOf(1, [500])];
  // 22 scores: 0.95 · 21 = 19.95, between 20 and 21.
  const [small] = alignScores([{ group: 1, score: 100 }], calibration);
  assertClose(small!, 100 / 20.95, 1e-12);
  const nine = alignScores([{ group: 0, score: 1 }], scoresOf(0, upTo(9)));
  assertClose(nine[0]!, 1 / 8.6, 1e-12);
});

Deno.test("alignScores() is blind to the level that a group scores on", () => {
  const random = createRandom(4);
  const calibration = [0, 1].flatMap((group) =>
    scoresOf(group, Array.from({ length: 30 }, () => 1 + random.next()))
  );
  const samples = Array.from(
    { length: 60 },
    (_, i) => ({ group: i % 2, score: 1 + 2 * random.next() }),
  );
  const labels = samples.map(({ score }) => score > 2 && random.next() < 0.8);
  const louder = <Scored extends { group: number; score: number }>(all: Scored[]) =>
    all.map((each) => each.group === 1 ? { ...each, score: 64 * each.score } : each);
  const before = auroc(alignScores(samples, calibration), labels);
  assert.equal(auroc(alignScores(louder(samples), louder(calibration)), labels), before);
});

Deno.test("alignScores() says when there is no scale", () => {
  const two = [{ group: 0, score: 1 }, { group: 1, score: 2 }];
  assert.throws(() => alignScores(two, []), {
    name: "UndefinedMetricError",
    message: "Cannot align scores: calibration scores are needed, got none",
  });
  // One group alone needs no common scale.
  assert.deepEqual(alignScores(scoresOf(3, [1, 2]), []), [1, 2]);
  assert.throws(() => alignScores([{ group: 0, score: 1 }], scoresOf(0, Array(12).fill(0))), {
    name: "UndefinedMetricError",
    message: "Cannot align scores: the 0.95 quantile of all groups must be above zero, got 0",
  });
});

const samples = [
  { group: 0, score: 1 },
  { group: 0, score: 3 },
  { group: 1, score: 3 },
  { group: 1, score: 9 },
];
const calibration = [{ group: 0, score: 2 }, { group: 1, score: 5 }];
const rule = { name: "max" } as const;

Deno.test("decideImages() lets each image meet the threshold of its own group", () => {
  const { anomalous, perImage, thresholds } = decideImages(samples, {
    calibration,
    rule,
    scope: "group",
  });
  assert.deepEqual(anomalous, [false, true, false, true]);
  assert.deepEqual(perImage.map(Math.round), [2, 2, 5, 5]);
  assert.deepEqual([...thresholds.keys()], ["group 0", "group 1"]);
});

Deno.test("decideImages() changes nothing when classes it must not see are shuffled", () => {
  const classes = ["nut", "bolt", "gear", "nut"];
  for (const scope of ["group", "global"] as const) {
    const plain = decideImages(samples, { calibration, rule, scope });
    for (const order of [classes, classes.toReversed()]) {
      const labelled = decideImages(
        samples.map((sample, i) => ({ ...sample, className: order[i]! })),
        {
          calibration: calibration.map((each, i) => ({ ...each, className: order[i + 1]! })),
          rule,
          scope,
        },
      );
      assert.deepEqual(labelled, plain);
    }
  }
});

Deno.test("decideImages() never alarms in a group without calibration, and says so", () => {
  const { anomalous, thresholds } = decideImages([{ group: 7, score: 1e30 }], {
    calibration,
    rule,
    scope: "group",
  });
  assert.deepEqual(anomalous, [false]);
  assert.deepEqual(thresholds.get("group 7"), {
    value: Infinity,
    count: 0,
    reason: "no calibration score",
  });
});

Deno.test("decideImages() gives the oracle each scope's labels alone", () => {
  const oracleLabels = [false, true, false, true];
  const { perImage, anomalous } = decideImages(samples, {
    calibration: [],
    rule: { name: "oracle_f1" },
    scope: "group",
    oracleLabels,
  });
  assert.deepEqual(perImage, [3, 3, 9, 9]);
  assert.deepEqual(anomalous, oracleLabels);
  const oneLabel = decideImages(samples, {
    calibration: [],
    rule: { name: "oracle_f1" },
    scope: "global",
    oracleLabels: [true, true, true, true],
  });
  assert.equal(oneLabel.perImage[0], Infinity);
  assert.match(oneLabel.thresholds.get("global")!.reason!, /^Cannot compute F1-max/);
});

Deno.test("decideImages() needs classes for class scope and labels for the oracle", () => {
  assert.throws(() => decideImages(samples, { calibration, rule, scope: "class" }), {
    message: "Cannot choose a class-specific threshold: the class is withheld",
  });
  const options = { calibration, rule: { name: "oracle_f1" }, scope: "global" } as const;
  assert.throws(() => decideImages(samples, options), {
    message: "Cannot set oracle thresholds: the labels of the test images are needed",
  });
});

Deno.test("decideImages() follows every rule in every scope", () => {
  // Calibration scores: nut 1 2 6 8, bolt 3 5 10; group 0: 1 2 3 5, group 1: 6 8 10; in ascending
  // order over all 1 2 3 5 6 8 10.
  const normal = [
    { className: "nut", group: 0, score: 1 },
    { className: "nut", group: 0, score: 2 },
    { className: "nut", group: 1, score: 6 },
    { className: "nut", group: 1, score: 8 },
    { className: "bolt", group: 0, score: 3 },
    { className: "bolt", group: 0, score: 5 },
    { className: "bolt", group: 1, score: 10 },
  ];
  const images = [
    { className: "nut", group: 0, score: 2 },
    { className: "nut", group: 0, score: 6 },
    { className: "nut", group: 1, score: 7 },
    { className: "nut", group: 1, score: 9 },
    { className: "bolt", group: 0, score: 4 },
    { className: "bolt", group: 0, score: 5 },
    { className: "bolt", group: 1, score: 8 },
    { className: "bolt", group: 1, score: 10 },
  ];
  const oracleLabels = [false, true, false, true, true, false, false, true];
  const decide = (rule: ThresholdRule, scope: ThresholdScope) => {
    const options = { calibration: normal, rule, scope, oracleLabels };
    const { thresholds, anomalous } = decideImages(images, options);
    return {
      values: Object.fromEntries(
        [...thresholds].map(([name, { value }]) => [name, Math.round(1000 * value) / 1000]),
      ),
      alarms: images.filter((_, image) => anomalous[image]).map(({ score }) => score),
    };
  };

  // ⌈(n + 1) / 2⌉-th smallest: third of 4, second of 3, fourth of 7.
  const conformal = { name: "conformal", alpha: 0.5 } as const;
  assert.deepEqual(decide(conformal, "class"), {
    values: { bolt: 5, nut: 6 },
    alarms: [7, 9, 8, 10],
  });
  assert.deepEqual(decide(conformal, "group"), {
    values: { "group 0": 3, "group 1": 8 },
    alarms: [6, 9, 4, 5, 10],
  });
  assert.deepEqual(decide(conformal, "global"), {
    values: { global: 5 },
    alarms: [6, 7, 9, 8, 10],
  });

  // Position 0.75 · (n − 1), counted from 0: 2.25 of 4, 1.5 of 3, 4.5 of 7.
  const quantile = { name: "quantile", quantile: 0.75 } as const;
  assert.deepEqual(decide(quantile, "class"), {
    values: { bolt: 7.5, nut: 6.5 },
    alarms: [7, 9, 8, 10],
  });
  assert.deepEqual(decide(quantile, "group"), {
    values: { "group 0": 3.5, "group 1": 9 },
    alarms: [6, 4, 5, 10],
  });
  assert.deepEqual(decide(quantile, "global"), { values: { global: 7 }, alarms: [9, 8, 10] });

  const max = { name: "max" } as const;
  assert.deepEqual(decide(max, "class"), { values: { bolt: 10, nut: 8 }, alarms: [9] });
  assert.deepEqual(decide(max, "group"), {
    values: { "group 0": 5, "group 1": 10 },
    alarms: [6],
  });
  assert.deepEqual(decide(max, "global"), { values: { global: 10 }, alarms: [] });

  // Mean and population variance: nut 4.25 and 8.1875, bolt 6 and 26/3; group 0: 2.75 and 2.1875,
  // group 1: 8 and 8/3; all 5 and 64/7.
  const meanStd = { name: "mean_std", factor: 1 } as const;
  assert.deepEqual(decide(meanStd, "class"), {
    values: { bolt: 8.944, nut: 7.111 },
    alarms: [9, 10],
  });
  assert.deepEqual(decide(meanStd, "group"), {
    values: { "group 0": 4.229, "group 1": 9.633 },
    alarms: [6, 5, 10],
  });
  assert.deepEqual(decide(meanStd, "global"), { values: { global: 8.024 }, alarms: [9, 10] });

  // F1 at each anomalous score. Nut: 2/3 at 9, 4/5 at 6; bolt: 2/3 at 10 and at 4, the higher wins.
  // Group 0: 2/3 at 6, 4/5 at 4; group 1: 2/3 at 10, 1 at 9.
  // All: 2/5 at 10, 2/3 at 9 and at 6, 8/11 at 4.
  const oracle = { name: "oracle_f1" } as const;
  assert.deepEqual(decide(oracle, "class"), {
    values: { bolt: 10, nut: 6 },
    alarms: [6, 7, 9, 10],
  });
  assert.deepEqual(decide(oracle, "group"), {
    values: { "group 0": 4, "group 1": 9 },
    alarms: [6, 9, 4, 5, 10],
  });
  assert.deepEqual(decide(oracle, "global"), {
    values: { global: 4 },
    alarms: [6, 7, 9, 4, 5, 8, 10],
  });
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
  assert.equal(describeRule({ name: "max" }), "largest calibration score");
  assert.match(describeRule({ name: "oracle_f1" }), /^oracle: .* on the test images themselves$/);
});
