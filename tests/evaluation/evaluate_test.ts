import assert from "node:assert/strict";
import { evaluateDecisions, evaluateScores, type EvaluationInput } from "@/evaluation/evaluate.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

function makeInput(seed = 1): EvaluationInput {
  const random = createRandom(seed);
  const classes = ["nut", "bolt", "gear"];
  const truth = Array.from({ length: 60 }, (_, i) => ({
    className: classes[i % 3]!,
    isAnomalous: i % 2 === 0,
  }));
  return {
    truth,
    samples: truth.map(({ isAnomalous, className }) => ({
      group: classes.indexOf(className),
      score: 1 + random.next() + Number(isAnomalous) * random.next(),
    })),
    calibration: Array.from({ length: 60 }, (_, i) => ({ group: i % 3, score: 1 + random.next() })),
    rule: { name: "quantile", quantile: 0.9 },
    scope: "group",
    trainCounts: { nut: 20, bolt: 20, gear: 20 },
    pixelMetrics: {},
  };
}

Deno.test("evaluateScores() averages classes and adds up their counts", () => {
  const { classes, macro, binary } = evaluateScores(makeInput());
  assert.deepEqual(Object.keys(classes), ["bolt", "gear", "nut"]);
  const values = Object.values(classes);
  assert.deepEqual(
    values.map(({ n_train, n_normal, n_anomalous }) => [n_train, n_normal, n_anomalous]),
    [
      [20, 10, 10],
      [20, 10, 10],
      [20, 10, 10],
    ],
  );
  const mean = values.reduce((sum, { image_auroc }) => sum + image_auroc!, 0) / 3;
  assertClose(macro.image_auroc!, mean, 1e-12);
  for (const count of ["tp", "fp", "tn", "fn"] as const) {
    const sum = Object.values(binary.classes).reduce((total, each) => total + each[count], 0);
    assert.equal(binary.pooled[count], sum);
  }
});

Deno.test("evaluateScores() does not depend on the order of the images", () => {
  const input = makeInput();
  const reversed = evaluateScores({
    ...input,
    samples: input.samples.toReversed(),
    truth: input.truth.toReversed(),
    calibration: input.calibration.toReversed(),
  });
  const { decisions: _, ...straight } = evaluateScores(input);
  const { decisions: __, ...other } = reversed;
  assert.deepEqual(other, straight);
});

Deno.test("evaluateScores() decides alike whatever the truth says", () => {
  const input = makeInput();
  const truth = input.truth.map(({ className }, i) => ({
    className: className === "nut" ? "bolt" : "nut",
    isAnomalous: i % 3 === 0,
  }));
  assert.deepEqual(evaluateScores({ ...input, truth }).decisions, evaluateScores(input).decisions);
});

Deno.test("evaluateScores() writes null and the reason where a metric is undefined", () => {
  const input = makeInput();
  const { classes, macro, pooled } = evaluateScores({
    ...input,
    truth: input.truth.map((each) => ({ ...each, isAnomalous: false })),
    calibration: [],
  });
  assert.equal(classes.nut!.image_auroc, null);
  assert.match(classes.nut!.image_auroc_reason!, /^Cannot compute AUROC/);
  assert.equal(classes.nut!.aupro, null);
  assert.equal(classes.nut!.aupro_reason, "Cannot compute pixel metrics: there are no masks");
  assert.equal(macro.image_auroc_reason, "Cannot average image_auroc: no class defines it");
  assert.equal(
    pooled.aligned_image_auroc_reason,
    "Cannot align scores: calibration scores are needed, got none",
  );
});

Deno.test("evaluateScores() takes scores below zero, which cannot be aligned", () => {
  const input = makeInput();
  const shift = <Scored extends { score: number }>(all: readonly Scored[]) =>
    all.map((each) => ({ ...each, score: each.score - 10 }));
  const { pooled, macro } = evaluateScores({
    ...input,
    samples: shift(input.samples),
    calibration: shift(input.calibration),
  });
  assert.equal(macro.image_auroc, evaluateScores(input).macro.image_auroc);
  assert.equal(pooled.aligned_image_auroc, null);
  assert.match(pooled.aligned_image_auroc_reason!, /must be above zero/);
});

Deno.test("evaluateScores() and evaluateDecisions() need one truth per image", () => {
  const input = makeInput();
  assert.throws(() => evaluateScores({ ...input, truth: [] }), {
    message: "Cannot evaluate scores: one truth per test image is needed, got 0 for 60 images",
  });
  assert.throws(() => evaluateDecisions([true], []), { name: "TypeError" });
});
