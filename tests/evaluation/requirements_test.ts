import assert from "node:assert/strict";
import {
  deltasOf,
  judgeDisparity,
  judgeRobustness,
  meetsTolerance,
} from "@/evaluation/requirements.ts";

const tolerance = { meanPoints: 1, worstPoints: 3 };

Deno.test("meetsTolerance() forgives rounding and nothing else", () => {
  // In doubles 0.98 − 0.95 is 2.7e-17 above 0.03.
  assert.ok(0.98 - 0.95 > 0.03);
  assert.equal(meetsTolerance(0.98 - 0.95, 0.03), true);
  assert.equal(meetsTolerance(0.03 + 1e-9, 0.03), false);
  assert.equal(meetsTolerance(-1, 0), true);
});

Deno.test("deltasOf() leaves out classes without a metric on either side", () => {
  assert.deepEqual(deltasOf({ a: 0.5, b: null, c: 0.25, d: 1 }, { a: 0.25, b: 1, c: null }), {
    a: 0.25,
  });
});

Deno.test("judgeDisparity() holds up to both tolerances and no further", () => {
  assert.equal(judgeDisparity({ a: -0.01, b: 0.01 }, tolerance).holds, true);
  assert.equal(judgeDisparity({ a: -0.0101, b: 0.01 }, tolerance).holds, false);
  assert.equal(judgeDisparity({ a: -0.03, b: 0, c: 0 }, tolerance).holds, true);
  assert.equal(judgeDisparity({ a: -0.031, b: 0, c: 0, d: 0 }, tolerance).holds, false);
});

Deno.test("judgeDisparity() does not mind a class that rose, but its size counts in the mean", () => {
  assert.equal(judgeDisparity({ a: 0.04, b: 0, c: 0, d: 0 }, tolerance).holds, true);
  assert.deepEqual(judgeDisparity({ a: 0.5, b: -0.25 }, tolerance), {
    holds: false,
    mean_abs_delta: 0.375,
    worst_delta: -0.25,
    tolerance: { mean_abs_delta: 0.01, worst_fall: 0.03 },
    margin: { mean_abs_delta: 0.01 - 0.375, worst_fall: 0.03 - 0.25 },
  });
});

Deno.test("judgeRobustness() judges the larger of both falls", () => {
  const judge = (pooledAuroc: number, pooledF1: number) =>
    judgeRobustness({ macroAuroc: 0.9, pooledAuroc, macroF1: 0.8, pooledF1 }, { points: 1 });
  assert.equal(judge(0.89, 0.79).holds, true);
  assert.equal(judge(0.889, 0.9).holds, false);
  assert.equal(judge(0.95, 0.78).holds, false);
});

Deno.test("judgeDisparity() and judgeRobustness() reach no verdict without numbers", () => {
  assert.deepEqual(judgeDisparity({}, tolerance), {
    holds: null,
    reason: "no class has the metric here and in the one-class models",
  });
  const numbers = { macroAuroc: 0.9, pooledAuroc: null, macroF1: null, pooledF1: 1 };
  assert.deepEqual(judgeRobustness(numbers, { points: 1 }), {
    holds: null,
    reason: "undefined: pooledAuroc, macroF1",
  });
});
