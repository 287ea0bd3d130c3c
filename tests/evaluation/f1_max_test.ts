import assert from "node:assert/strict";
import { f1Max } from "@/evaluation/ranking.ts";
import { randomScores, shuffled } from "../helpers/metric_inputs.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

Deno.test("f1Max() takes the highest threshold when two are equally good", () => {
  // At 5: TP 1, FN 1: 2/3. At 2: TP 2, FP 2: 4/6, the same.
  assert.deepEqual(f1Max([5, 4, 3, 2], [1, 0, 0, 1]), { f1: 2 / 3, threshold: 5 });
});

Deno.test("f1Max() agrees with scikit-learn on scores with ties", () => {
  const golden = loadGolden("metrics_scores_with_ties");
  const { f1, threshold } = f1Max(golden.f32("scores").data, golden.u8("labels").data);
  assertClose(f1, golden.meta.f1Max, 1e-12);
  assert.equal(threshold, golden.meta.f1MaxThreshold);
});

Deno.test("f1Max() agrees with trying every threshold, and its threshold reaches it", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { scores, labels } = randomScores({ count: 30, seed });
    const f1At = (threshold: number) => {
      let tp = 0, fp = 0, fn = 0;
      scores.forEach((score, i) => {
        if (score >= threshold) labels[i] ? tp++ : fp++;
        else if (labels[i]) fn++;
      });
      return 2 * tp / (2 * tp + fp + fn);
    };
    const { f1, threshold } = f1Max(scores, labels);
    assert.equal(f1, Math.max(...[...scores].map(f1At)));
    assert.equal(f1At(threshold), f1);
    assert.equal(threshold, Math.max(...scores.filter((score) => f1At(score) === f1)));
  }
});

Deno.test("f1Max() moves its threshold with the scores and ignores their order", () => {
  const items = randomScores({ count: 60, seed: 5 });
  const { f1, threshold } = f1Max(items.scores, items.labels);
  assert.deepEqual(f1Max(items.scores.map((score) => 2 * score + 1), items.labels), {
    f1,
    threshold: 2 * threshold + 1,
  });
  const other = shuffled(items, 2);
  assert.deepEqual(f1Max(other.scores, other.labels), { f1, threshold });
});

Deno.test("f1Max() is undefined with one label only", () => {
  assert.throws(() => f1Max([1, 2], [0, 0]), {
    name: "UndefinedMetricError",
    message:
      "Cannot compute F1-max: normal and anomalous scores are both needed, got 2 normal and 0 anomalous",
  });
});
