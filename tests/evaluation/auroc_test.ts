import assert from "node:assert/strict";
import { auroc } from "@/evaluation/ranking.ts";
import { randomScores, shuffled } from "../helpers/metric_inputs.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

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
