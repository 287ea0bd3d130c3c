import assert from "node:assert/strict";
import { rankScores, requireBothLabels } from "@/evaluation/ranking.ts";
import { randomScores, shuffled } from "../helpers/metric_inputs.ts";

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
