import assert from "node:assert/strict";
import { createRandom } from "@/math/random.ts";
import { cheapestThreshold, splitBudget } from "@/thresholds/costs.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("cheapestThreshold() gives the curve worked by hand", () => {
  const { curve, best, sentence } = cheapestThreshold([1, 3], {
    anomalous: [2, 4],
    costs: { miss: 8, falseAlarm: 2, defectShare: 0.25 },
  });
  // 0.25 · 8 · misses + 0.75 · 2 · false alarms.
  assert.deepEqual(curve, [
    { threshold: Infinity, falseAlarms: 0, misses: 1, cost: 2 },
    { threshold: 4, falseAlarms: 0, misses: 0.5, cost: 1 },
    { threshold: 3, falseAlarms: 0.5, misses: 0.5, cost: 1.75 },
    { threshold: 2, falseAlarms: 0.5, misses: 0, cost: 0.75 },
    { threshold: 1, falseAlarms: 1, misses: 0, cost: 1.5 },
  ]);
  assert.deepEqual(best, curve[3]);
  assert.equal(
    sentence,
    "least cost on 2 normal and 2 anomalous images, whose labels were seen: new images may cost more",
  );
});

Deno.test("cheapestThreshold() takes the highest of equally cheap thresholds", () => {
  // Catching the second anomaly costs one false alarm: as much as it saves.
  const { best } = cheapestThreshold([1, 3], {
    anomalous: [2, 4],
    costs: { miss: 1, falseAlarm: 1, defectShare: 0.5 },
  });
  assert.deepEqual([best.threshold, best.falseAlarms], [4, 0]);
  // An alarm costs too much for any.
  const never = cheapestThreshold([9], {
    anomalous: [1],
    costs: { miss: 1, falseAlarm: 1, defectShare: 0.5 },
  });
  assert.equal(never.best.threshold, Infinity);
});

Deno.test("cheapestThreshold() is never dearer than any other, and falls with the cost of a miss", () => {
  const random = createRandom(2);
  const normal = Array.from({ length: 50 }, () => Math.round(8 * random.gaussian()) / 8);
  const anomalous = Array.from({ length: 30 }, () => Math.round(8 * random.gaussian()) / 8 + 1);
  let before = Infinity;
  for (const miss of [0.1, 1, 3, 10, 100]) {
    const costs = { miss, falseAlarm: 1, defectShare: 0.2 };
    const { best } = cheapestThreshold(normal, { anomalous, costs });
    for (let threshold = -5; threshold <= 5; threshold += 0.0625) {
      const misses = anomalous.filter((score) => score < threshold).length / 30;
      const alarms = normal.filter((score) => score >= threshold).length / 50;
      assert.ok(best.cost <= 0.2 * miss * misses + 0.8 * alarms + 1e-12);
    }
    assert.ok(best.threshold <= before);
    before = best.threshold;
  }
});

Deno.test("cheapestThreshold() needs both kinds of images and sensible costs", () => {
  const costs = { miss: 1, falseAlarm: 1, defectShare: 0.5 };
  const refused = (
    message: string,
    normal: number[],
    anomalous: number[],
    changed: Partial<typeof costs> = {},
  ) =>
    assert.throws(
      () => cheapestThreshold(normal, { anomalous, costs: { ...costs, ...changed } }),
      { name: "RangeError", message: `Cannot choose the cheapest threshold: ${message}` },
    );
  refused("scores of normal images are needed, got none", [], [1]);
  refused("scores of anomalous images are needed, got none", [1], []);
  refused("scores of anomalous images must be finite, got NaN", [1], [NaN]);
  refused("miss must be above 0 and finite, got 0", [1], [1], { miss: 0 });
  refused("falseAlarm must be above 0 and finite, got -1", [1], [1], { falseAlarm: -1 });
  refused("defectShare must be above 0 and below 1, got 1", [1], [1], { defectShare: 1 });
});

Deno.test("splitBudget() spends the whole budget either way", () => {
  const shares = { bolt: 0.5, gear: 0.3, nut: 0.2 };
  for (const split of ["same_alpha", "same_alarms"] as const) {
    const groups = splitBudget(shares, { images: 400, falseAlarms: 6, split });
    const alarms = Object.values(groups).map(({ alpha, images }) => alpha * images);
    assertClose(alarms.reduce((sum, each) => sum + each, 0), 6, 1e-12);
    if (split === "same_alarms") { for (const each of alarms) assertClose(each, 2, 1e-12); }
    else for (const { alpha } of Object.values(groups)) assertClose(alpha, 0.015, 1e-12);
  }
});

Deno.test("splitBudget() says what it cannot split", () => {
  const refused = (shares: Record<string, number>, falseAlarms: number, message: string) =>
    assert.throws(
      () => splitBudget(shares, { images: 100, falseAlarms, split: "same_alarms" }),
      { name: "RangeError", message: `Cannot split a budget of false alarms: ${message}` },
    );
  refused({}, 1, "at least one group is needed, got none");
  refused({ nut: 1 }, 0, "falseAlarms must be above 0 and finite, got 0");
  refused({ nut: 0 }, 1, 'the share of "nut" must be above 0 and finite, got 0');
  refused(
    { bolt: 99, nut: 1 },
    4,
    'false alarms of "nut" must be fewer than its 1 images, got 2',
  );
});
