import assert from "node:assert/strict";
import { averagePrecision } from "@/evaluation/ranking.ts";
import { randomScores, shuffled } from "../helpers/metric_inputs.ts";
import { assertClose, loadGolden } from "../helpers/mod.ts";

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
