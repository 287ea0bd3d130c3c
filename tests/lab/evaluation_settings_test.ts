import assert from "node:assert/strict";
import { defaultConfig } from "@/config.ts";
import { bootstrapOf, thresholdRuleOf, tolerancesOf } from "@/lab/settings.ts";

const { EVALUATION } = defaultConfig;

Deno.test("thresholdRuleOf() takes the parameter that belongs to the rule", () => {
  const rule = (name: typeof EVALUATION.threshold_rule) =>
    thresholdRuleOf({ ...EVALUATION, threshold_rule: name });
  assert.deepEqual(rule("conformal"), { name: "conformal", alpha: 0.05 });
  assert.deepEqual(rule("quantile"), { name: "quantile", quantile: 0.99 });
  assert.deepEqual(rule("mean_std"), { name: "mean_std", factor: 3 });
  assert.deepEqual(rule("max"), { name: "max" });
  assert.deepEqual(rule("oracle_f1"), { name: "oracle_f1" });
});

Deno.test("tolerancesOf() keeps the three tolerances apart", () => {
  const own = { ...EVALUATION, r1_mean_tolerance: 2, r1_worst_tolerance: 4, r2_tolerance: 6 };
  assert.deepEqual(tolerancesOf(own), { r1MeanPoints: 2, r1WorstPoints: 4, r2Points: 6 });
});

Deno.test("bootstrapOf() asks for intervals only where resamples are configured", () => {
  assert.equal(bootstrapOf({ ...EVALUATION, bootstrap: 0 }), null);
  assert.deepEqual(bootstrapOf({ ...EVALUATION, bootstrap: 500, confidence: 0.9 }), {
    resamples: 500,
    confidence: 0.9,
    seed: 0,
  });
});
