import assert from "node:assert/strict";
import { precisionRecallCurve, rocCurve } from "@/evaluation/curves.ts";
import { auroc, averagePrecision, rankScores } from "@/evaluation/ranking.ts";
import { randomScores } from "../helpers/metric_inputs.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("rocCurve() draws a slanted line through a tie and leaves out straight points", () => {
  // 9 and 8 are anomalous: one vertical stretch. 5 is tied between labels: a diagonal. 4 and 3 are normal.
  const points = rocCurve(rankScores([9, 8, 5, 5, 4, 3], [1, 1, 1, 0, 0, 0]));
  assert.deepEqual(points.map((point) => [point.falsePositiveRate, point.truePositiveRate]), [
    [0, 0],
    [0, 2 / 3],
    [1 / 3, 1],
    [1, 1],
  ]);
});

Deno.test("rocCurve() encloses the area that auroc() computes, and climbs", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { scores, labels } = randomScores({ count: 40, seed });
    const points = rocCurve(rankScores(scores, labels));
    let area = 0;
    points.slice(1).forEach((point, i) => {
      const before = points[i]!;
      const width = point.falsePositiveRate - before.falsePositiveRate;
      assert.ok(width >= 0 && point.truePositiveRate >= before.truePositiveRate);
      area += width * (point.truePositiveRate + before.truePositiveRate) / 2;
    });
    assertClose(area, auroc(scores, labels), 1e-12);
  }
});

Deno.test("precisionRecallCurve() steps over the area that averagePrecision() computes", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { scores, labels } = randomScores({ count: 40, seed });
    const points = precisionRecallCurve(rankScores(scores, labels));
    let area = 0, recall = 0;
    for (const point of points) {
      area += (point.recall - recall) * point.precision;
      recall = point.recall;
    }
    assert.equal(recall, 1);
    assertClose(area, averagePrecision(scores, labels), 1e-12);
  }
});

Deno.test("rocCurve() and precisionRecallCurve() are undefined with one label only", () => {
  assert.throws(() => rocCurve(rankScores([1], [1])), {
    message:
      "Cannot compute the ROC curve: normal and anomalous scores are both needed, got 0 normal and 1 anomalous",
  });
  assert.throws(() => precisionRecallCurve(rankScores([1], [0])), {
    message:
      "Cannot compute the precision–recall curve: normal and anomalous scores are both needed, got 1 normal and 0 anomalous",
  });
});
