import assert from "node:assert/strict";
import { metricValues, UndefinedMetricError } from "@/evaluation/metric_values.ts";

Deno.test("metricValues() lets faults through instead of writing null", () => {
  const fault = () => {
    throw new RangeError("Cannot rank scores: every score must be finite, got NaN at index 0");
  };
  assert.throws(() => metricValues({ image_auroc: fault }), { name: "RangeError" });
});

Deno.test("metricValues() keeps the order and every defined value", () => {
  const values = metricValues({ b: () => 0, a: () => 1 });
  assert.deepEqual(Object.entries(values), [["b", 0], ["a", 1]]);
});

Deno.test("UndefinedMetricError is a RangeError with its own name", () => {
  const error = new UndefinedMetricError("text");
  assert.ok(error instanceof RangeError);
  assert.equal(String(error), "UndefinedMetricError: text");
});
