import assert from "node:assert/strict";
import {
  decideImages,
  oracleThreshold,
  scopeName,
  thresholdsByScope,
} from "@/evaluation/decisions.ts";
import type { ThresholdScope } from "@/evaluation/scenarios.ts";
import { createRandom } from "@/math/random.ts";
import type { ThresholdRule } from "@/thresholds/rules.ts";

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
