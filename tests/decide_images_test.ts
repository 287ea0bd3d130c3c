import assert from "node:assert/strict";
import { decideImages } from "@/decide_images.ts";

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
