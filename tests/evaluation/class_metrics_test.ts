import assert from "node:assert/strict";
import { imageMetrics, macroMean, measureDisparity } from "@/evaluation/class_metrics.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("imageMetrics() survives an increasing map of the scores", () => {
  const scores = [0.1, 0.4, 0.35, 0.8, 0.8], labels = [false, false, true, true, false];
  assert.deepEqual(
    imageMetrics(scores.map((score) => Math.exp(5 * score)), labels),
    imageMetrics(scores, labels),
  );
});

Deno.test("imageMetrics() writes down why it is undefined", () => {
  const { image_auroc, image_auroc_reason } = imageMetrics([1, 2], [true, true]);
  assert.equal(image_auroc, null);
  assert.equal(
    image_auroc_reason,
    "Cannot compute AUROC: normal and anomalous scores are both needed, got 0 normal and 2 anomalous",
  );
});

Deno.test("macroMean() averages over the classes that define a metric", () => {
  const classes = { a: { x: 1, y: null }, b: { x: 0.5, y: null }, c: { x: null, y: null } };
  assert.deepEqual(macroMean(classes, ["x", "y"]), {
    x: 0.75,
    y: null,
    y_reason: "Cannot average y: no class defines it",
  });
});

Deno.test("measureDisparity() computes the population's spread", () => {
  const classes = { a: { x: 1 }, b: { x: 0.4 }, c: { x: 0.4 } };
  const { x } = measureDisparity(classes, ["x"]);
  // Mean 0.6; squared deviations 0.16, 0.04, 0.04; their mean 0.08.
  assertClose(x!.std, Math.sqrt(0.08), 1e-12);
  assertClose(x!.range, 0.6, 1e-12);
  assert.equal(x!.min, 0.4);
  assert.deepEqual(measureDisparity({ a: { x: null } }, ["x"]), {});
});
