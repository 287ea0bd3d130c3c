import assert from "node:assert/strict";
import {
  auroc,
  averagePrecision,
  f1Max,
  rankScores,
  requireBothLabels,
} from "@/evaluation/ranking.ts";
import { randomScores, shuffled } from "../helpers/metric_inputs.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

Deno.test("rankScores() counts normal scores above and at each anomalous score", () => {
  // Anomalous: 5, 5, 2. Normal: 7 above all, 5 tied with two, 3 between, 1 below.
  const ranking = rankScores([5, 7, 2, 5, 5, 3, 1], [true, false, true, true, false, false, false]);
  assert.equal(ranking.normalCount, 4);
  assert.equal(ranking.anomalousCount, 3);
  assert.deepEqual([...ranking.scores], [5, 2]);
  assert.deepEqual([...ranking.hits], [2, 1]);
  assert.deepEqual([...ranking.above], [1, 3]);
  assert.deepEqual([...ranking.tied], [1, 0]);
});

Deno.test("rankScores() agrees with counting one by one", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { scores, labels } = randomScores({ count: 40, seed });
    const ranking = rankScores(scores, labels);
    const count = (label: number, holds: (score: number) => boolean) =>
      scores.filter((score, i) => labels[i] === label && holds(score)).length;
    ranking.scores.forEach((score, step) => {
      assert.equal(ranking.hits[step], count(1, (each) => each === score));
      assert.equal(ranking.above[step], count(0, (each) => each > score));
      assert.equal(ranking.tied[step], count(0, (each) => each === score));
    });
    assert.equal(ranking.hits.reduce((a, b) => a + b, 0), ranking.anomalousCount);
  }
});

Deno.test("rankScores() ignores the order of the items", () => {
  const items = randomScores({ count: 50, seed: 3 });
  const other = shuffled(items, 4);
  assert.deepEqual(rankScores(other.scores, other.labels), rankScores(items.scores, items.labels));
});

Deno.test("rankScores() holds zero and minus zero for a tie", () => {
  assert.deepEqual([...rankScores([0, -0], [0, 1]).tied], [1]);
});

Deno.test("rankScores() says which score is not finite and what does not fit", () => {
  assert.throws(() => rankScores([1, NaN], [0, 1]), {
    name: "RangeError",
    message: "Cannot rank scores: every score must be finite, got NaN at index 1",
  });
  assert.throws(() => rankScores([1, 2], [0]), {
    name: "TypeError",
    message: "Cannot rank scores: one label per score is needed, got 1 labels for 2 scores",
  });
});

Deno.test("requireBothLabels() refuses an empty ranking", () => {
  assert.throws(() => requireBothLabels(rankScores([], []), "AUPRO"), {
    name: "UndefinedMetricError",
    message:
      "Cannot compute AUPRO: normal and anomalous scores are both needed, got 0 normal and 0 anomalous",
  });
});

Deno.test("auroc() counts won pairs and half of the ties", () => {
  // Anomalous 3 and 1 against normal 1, 2: 3 wins twice, 1 ties once and loses once: 2.5 of 4.
  assert.equal(auroc([3, 1, 1, 2], [1, 1, 0, 0]), 0.625);
});

Deno.test("auroc() agrees with scikit-learn on scores with ties", () => {
  const golden = loadGolden("metrics_scores_with_ties");
  const value = auroc(golden.f32("scores").data, golden.u8("labels").data);
  assertClose(value, golden.meta.auroc, 1e-12);
});

Deno.test("auroc() agrees with comparing every pair", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { scores, labels } = randomScores({ count: 30, seed });
    let won = 0, pairs = 0;
    scores.forEach((a, i) =>
      scores.forEach((b, j) => {
        if (!labels[i] || labels[j]) return;
        pairs++;
        won += a > b ? 1 : a === b ? 0.5 : 0;
      })
    );
    assert.equal(auroc(scores, labels), won / pairs);
  }
});

Deno.test("auroc() survives increasing maps and reordering, and flips under negation", () => {
  const items = randomScores({ count: 60, seed: 9 });
  const value = auroc(items.scores, items.labels);
  assert.equal(auroc(items.scores.map((score) => Math.exp(score / 3)), items.labels), value);
  assertClose(auroc(items.scores.map((score) => -score), items.labels), 1 - value, 1e-15);
  assertClose(auroc(items.scores, items.labels.map((label) => 1 - label)), 1 - value, 1e-15);
  const other = shuffled(items, 2);
  assert.equal(auroc(other.scores, other.labels), value);
});

Deno.test("auroc() is one half when every score is the same", () => {
  assert.equal(auroc([4, 4, 4], [0, 1, 0]), 0.5);
});

Deno.test("auroc() is undefined with one label only", () => {
  assert.throws(() => auroc([1, 2, 3], [1, 1, 1]), {
    name: "UndefinedMetricError",
    message:
      "Cannot compute AUROC: normal and anomalous scores are both needed, got 0 normal and 3 anomalous",
  });
});

Deno.test("averagePrecision() lets tied items pass together", () => {
  // At 3: one of one, recall 1/2. At 2: both anomalous items among three, recall 1.
  assertClose(averagePrecision([3, 2, 2, 1], [1, 1, 0, 0]), 0.5 * 1 + 0.5 * (2 / 3), 1e-15);
});

Deno.test("averagePrecision() agrees with scikit-learn on scores with ties", () => {
  const golden = loadGolden("metrics_scores_with_ties");
  const value = averagePrecision(golden.f32("scores").data, golden.u8("labels").data);
  assertClose(value, golden.meta.ap, 1e-12);
});

Deno.test("averagePrecision() agrees with summing over every threshold", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { scores, labels } = randomScores({ count: 30, seed });
    const total = labels.reduce((a, b) => a + b, 0);
    let expected = 0, recallBefore = 0;
    for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
      const passed = [...labels].filter((_, i) => scores[i]! >= threshold);
      const found = passed.reduce((a, b) => a + b, 0);
      expected += (found / total - recallBefore) * (found / passed.length);
      recallBefore = found / total;
    }
    assertClose(averagePrecision(scores, labels), expected, 1e-12);
  }
});

Deno.test("averagePrecision() survives increasing maps and reordering", () => {
  const items = randomScores({ count: 60, seed: 5 });
  const value = averagePrecision(items.scores, items.labels);
  assert.equal(averagePrecision(items.scores.map((score) => score ** 3), items.labels), value);
  const other = shuffled(items, 2);
  assert.equal(averagePrecision(other.scores, other.labels), value);
});

Deno.test("averagePrecision() is the share of anomalous items when every score is the same", () => {
  assert.equal(averagePrecision([4, 4, 4, 4], [0, 1, 0, 0]), 0.25);
});

Deno.test("averagePrecision() is undefined with one label only", () => {
  assert.throws(() => averagePrecision([1], [0]), {
    name: "UndefinedMetricError",
    message:
      "Cannot compute average precision: normal and anomalous scores are both needed, got 1 normal and 0 anomalous",
  });
});

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
