import assert from "node:assert/strict";
import { matrixOf } from "@/math/matrix.ts";
import { createRandom, type Random } from "@/math/random.ts";
import { leaveOneOutKeyDistances, refuseImages } from "@/thresholds/refusal.ts";
import { promiseOf, thresholdFrom } from "@/thresholds/rules.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

const draw = (random: Random, group: number) => ({
  group,
  patchMean: (1 + group) * Math.exp(0.1 * random.gaussian()),
  keyDistance: 0.02 * Math.exp(0.4 * random.gaussian()),
});

Deno.test("refuseImages() refuses at both limits of the own group, not at one", () => {
  const random = createRandom(5);
  const training = Array.from({ length: 60 }, (_, i) => draw(random, i % 2));
  const { limits } = refuseImages([], { training });
  const rule = { name: "gumbel", alpha: 0.05 } as const;
  for (const group of [0, 1]) {
    const own = training.filter((each) => each.group === group);
    assert.deepEqual(limits.get(group), {
      patchMean: thresholdFrom(own.map(({ patchMean }) => patchMean), rule),
      keyDistance: thresholdFrom(own.map(({ keyDistance }) => keyDistance), rule),
    });
  }
  const patchMean = limits.get(0)!.patchMean.value, keyDistance = limits.get(0)!.keyDistance.value;
  const { refused } = refuseImages([
    { group: 0, patchMean, keyDistance },
    { group: 0, patchMean: patchMean * 0.999, keyDistance: 1 },
    { group: 0, patchMean: 99, keyDistance: keyDistance * 0.999 },
    { group: 1, patchMean, keyDistance },
  ], { training });
  assert.deepEqual(refused, [true, false, false, false]);
});

Deno.test("refuseImages() refuses fewer known images than one limit allows", () => {
  const random = createRandom(8);
  let refusals = 0;
  const trials = 300, fresh = 20;
  for (let trial = 0; trial < trials; trial++) {
    const training = Array.from({ length: 30 }, () => draw(random, 0));
    const images = Array.from({ length: fresh }, () => draw(random, 0));
    refusals += refuseImages(images, { training }).refused.filter(Boolean).length;
  }
  const { bound } = promiseOf({ name: "gumbel", alpha: 0.05 }, { count: 30 });
  assert.ok(refusals / (trials * fresh) < bound! / 4, `${refusals}`);
});

Deno.test("refuseImages() refuses nothing where too few images were trained", () => {
  const training = [1, 2].map((patchMean) => ({ group: 0, patchMean, keyDistance: patchMean }));
  const far = [0, 7].map((group) => ({ group, patchMean: 1e9, keyDistance: 2 }));
  const { refused, limits } = refuseImages(far, { training });
  assert.deepEqual(refused, [false, false]);
  assert.equal(
    limits.get(0)!.patchMean.reason,
    "gumbel thresholds need at least 3 calibration scores, got 2",
  );
});

Deno.test("leaveOneOutKeyDistances() equals making every key anew", () => {
  const semantics = randomMatrix({ rows: 12, columns: 5, seed: 3 });
  const distances = leaveOneOutKeyDistances(semantics);
  const unit = Array.from({ length: 12 }, (_, row) => {
    const values = [...semantics.data.subarray(5 * row, 5 * row + 5)];
    return values.map((value) => value / Math.hypot(...values));
  });
  for (const [row, own] of unit.entries()) {
    const key = own.map((_, c) =>
      unit.reduce((sum, other, i) => i === row ? sum : sum + other[c]!, 0)
    );
    const cosine = key.reduce((sum, value, c) => sum + value * own[c]!, 0) / Math.hypot(...key);
    assertClose(distances[row]!, 1 - cosine, 1e-6);
  }
});

Deno.test("leaveOneOutKeyDistances() has a value where there is no key", () => {
  assert.deepEqual([...leaveOneOutKeyDistances(matrixOf([[3, 4]]))], [1]);
  // Without the first, the others cancel out; zeros have no direction.
  assert.equal(leaveOneOutKeyDistances(matrixOf([[1, 0], [0, 1], [0, -1]]))[0], 1);
  assert.equal(leaveOneOutKeyDistances(matrixOf([[0, 0], [1, 0], [1, 0]]))[0], 1);
  assert.deepEqual([...leaveOneOutKeyDistances(matrixOf([[1, 0], [2, 0]]))], [0, 0]);
});
