import assert from "node:assert/strict";
import {
  precisionRecallCurve,
  type PrecisionRecallPoint,
  rocCurve,
  type RocPoint,
  thinPrecisionRecall,
  thinRoc,
} from "@/evaluation/curves.ts";
import { aurocOf, averagePrecisionOf, type Ranking, rankScores } from "@/evaluation/ranking.ts";
import { createRandom } from "@/math/random.ts";
import { randomScores } from "../helpers/metric_inputs.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("thinRoc() puts the corner where two lines enclose the same area", () => {
  // Inside the unit square, steps of 1/4 under the diagonal: area (0 + 1 + 2 + 3) / 16 = 3/8, so the
  // corner lies at (1 - 3/8, 3/8), and 5/8 · 3/16 + 3/8 · 11/16 = 15/128 + 33/128 = 3/8.
  const points = corners([
    [0, 0],
    [0.25, 0],
    [0.25, 0.25],
    [0.5, 0.25],
    [0.5, 0.5],
    [0.75, 0.5],
    [0.75, 0.75],
    [1, 0.75],
    [1, 1],
  ]);
  assert.deepEqual(thinRoc(points, { points: 3 }), corners([[0, 0], [0.625, 0.375], [1, 1]]));
});

Deno.test("thinRoc() keeps a curve that runs along the edges of its box", () => {
  // Up, then right: the whole box lies under the curve. The points inside the stretches go.
  const points = corners([[0, 0], [0, 0.5], [0, 1], [0.5, 1], [1, 1]]);
  assert.deepEqual(thinRoc(points, { points: 3 }), corners([[0, 0], [0, 1], [1, 1]]));
});

Deno.test("thinPrecisionRecall() joins steps that end in the same stretch of recall", () => {
  // Four points at most: two stretches between first and last, up to and from recall 0.5.
  // 0.2 and 0.4 join: (0.1 · 0.5 + 0.2 · 0.8) / 0.3 = 0.7. 0.6 stays as it is.
  const points = [
    { recall: 0.1, precision: 1, threshold: 5 },
    { recall: 0.2, precision: 0.5, threshold: 4 },
    { recall: 0.4, precision: 0.8, threshold: 3 },
    { recall: 0.6, precision: 0.6, threshold: 2 },
    { recall: 1, precision: 0.3, threshold: 1 },
  ];
  const thin = thinPrecisionRecall(points, { points: 4 });
  assert.deepEqual([thin[0], ...thin.slice(2)], [points[0], points[3], points[4]]);
  assert.equal(thin[1]!.recall, 0.4);
  assert.equal(thin[1]!.threshold, 3);
  assertClose(thin[1]!.precision, 0.7, 1e-15);
});

Deno.test("thinRoc() leaves few points that climb from end to end and enclose the AUROC", () => {
  for (const { name, ranking } of rankings()) {
    const whole = rocCurve(ranking);
    for (const most of [3, 4, 5, 17, 100, 500]) {
      const thin = thinRoc(whole, { points: most });
      assert.ok(thin.length <= most, `${name}: ${thin.length} of ${most}`);
      assert.deepEqual([thin[0], thin.at(-1)], [whole[0], whole.at(-1)]);
      thin.slice(1).forEach((point, i) => {
        assert.ok(point.falsePositiveRate >= thin[i]!.falsePositiveRate, name);
        assert.ok(point.truePositiveRate >= thin[i]!.truePositiveRate, name);
      });
      assertClose(areaUnderLines(thin), aurocOf(ranking), 1e-12);
    }
  }
});

Deno.test("thinPrecisionRecall() leaves few points that step over the average precision", () => {
  for (const { name, ranking } of rankings()) {
    const whole = precisionRecallCurve(ranking);
    for (const most of [3, 4, 5, 17, 100, 500]) {
      const thin = thinPrecisionRecall(whole, { points: most });
      assert.ok(thin.length <= most, `${name}: ${thin.length} of ${most}`);
      assert.deepEqual([thin[0], thin.at(-1)], [whole[0], whole.at(-1)]);
      thin.slice(1).forEach((point, i) => {
        assert.ok(point.recall > thin[i]!.recall, name);
        assert.ok(point.precision >= 0 && point.precision <= 1, name);
      });
      assertClose(areaUnderSteps(thin), averagePrecisionOf(ranking), 1e-12);
    }
  }
});

Deno.test("thinRoc() moves no corner further than its piece of the curve is long", () => {
  // 500 points make 166 pieces; both rates together grow by 2, so a piece is at most 2 / 166 long.
  const whole = rocCurve(overlapping(1));
  const thin = thinRoc(whole);
  const kept = new Set(whole);
  const moved = thin.filter((point) => !kept.has(point));
  assert.ok(moved.length > 50, `${moved.length} corners are new`);
  for (const point of moved) {
    const distance = Math.min(
      ...whole.map((corner) =>
        Math.abs(corner.falsePositiveRate - point.falsePositiveRate) +
        Math.abs(corner.truePositiveRate - point.truePositiveRate)
      ),
    );
    assert.ok(distance <= 2 / 166, `a corner is ${distance} away from the curve`);
  }
});

Deno.test("thinRoc() and thinPrecisionRecall() leave short curves as they are", () => {
  const { scores, labels } = randomScores({ count: 40, seed: 1 });
  const ranking = rankScores(scores, labels);
  const roc = rocCurve(ranking), recalls = precisionRecallCurve(ranking);
  assert.deepEqual(thinRoc(roc), roc);
  assert.deepEqual(thinRoc(roc, { points: roc.length }), roc);
  assert.deepEqual(thinPrecisionRecall(recalls), recalls);
  assert.deepEqual(thinPrecisionRecall(recalls, { points: recalls.length }), recalls);
});

Deno.test("thinRoc() and thinPrecisionRecall() refuse to leave fewer than 3 points", () => {
  assert.throws(() => thinRoc([], { points: 2 }), {
    name: "RangeError",
    message: "Cannot thin the ROC curve: points must be an integer of at least 3, got 2",
  });
  assert.throws(() => thinPrecisionRecall([], { points: 3.5 }), {
    name: "RangeError",
    message:
      "Cannot thin the precision–recall curve: points must be an integer of at least 3, got 3.5",
  });
});

/** Many and few steps, with ties and without, overlapping, separated and upside down. */
function rankings(): { name: string; ranking: Ranking }[] {
  const tied = randomScores({ count: 40, seed: 2 });
  const ascending = Array.from({ length: 2000 }, (_, i) => i);
  const half = ascending.map((i) => Number(i >= 1000));
  return [
    { name: "overlapping", ranking: overlapping(3) },
    { name: "tied", ranking: rankScores(tied.scores, tied.labels) },
    { name: "separated", ranking: rankScores(ascending, half) },
    { name: "upside down", ranking: rankScores(ascending, half.map((label) => 1 - label)) },
  ];
}

function overlapping(seed: number): Ranking {
  const random = createRandom(seed);
  const labels = Array.from({ length: 6000 }, (_, i) => Number(i % 3 === 0));
  return rankScores(labels.map((label) => random.gaussian() + label), labels);
}

function corners(rates: [number, number][]): RocPoint[] {
  return rates.map(([falsePositiveRate, truePositiveRate]) => ({
    falsePositiveRate,
    truePositiveRate,
  }));
}

function areaUnderLines(points: readonly RocPoint[]): number {
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const before = points[i - 1]!, point = points[i]!;
    area += (point.falsePositiveRate - before.falsePositiveRate) *
      (point.truePositiveRate + before.truePositiveRate) / 2;
  }
  return area;
}

function areaUnderSteps(points: readonly PrecisionRecallPoint[]): number {
  let area = 0, recall = 0;
  for (const point of points) {
    area += (point.recall - recall) * point.precision;
    recall = point.recall;
  }
  return area;
}
