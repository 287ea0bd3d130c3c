import assert from "node:assert/strict";
import {
  deltasOf,
  describeVacuous,
  judgeDisparity,
  judgeRobustness,
  meetsTolerance,
} from "@/evaluation/requirements.ts";
import { thresholdFrom } from "@/evaluation/thresholds.ts";

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

const decided = (counts: Readonly<Record<string, number>>, finite: readonly string[] = []) => ({
  evaluation: {
    decisions: {
      thresholds: new Map(
        Object.entries(counts).map(([name, count]) => [name, {
          value: finite.includes(name) ? 1 : Infinity,
          count,
          reason: "a reason",
        }]),
      ),
    },
  },
});
const conformal = (alpha: number) => ({ rule: { name: "conformal", alpha } as const });

Deno.test("describeVacuous() counts what is missing and names the α that would do", () => {
  assert.deepEqual(describeVacuous(decided({ nut: 40 }, ["nut"]), conformal(0.05)), []);
  assert.deepEqual(
    describeVacuous(decided({ bolt: 16, gear: 12, nut: 30 }, ["nut"]), conformal(0.05)),
    [
      "2 of 3 thresholds are infinite, so that nothing they hold for can be called anomalous: " +
      "α = 0.05 needs 19 calibration images each, bolt has 16, gear 12. " +
      "3 to 7 more or EVALUATION.alpha=0.077 would do.",
    ],
  );
  assert.match(
    describeVacuous(decided({ global: 8 }), conformal(0.05))[0]!,
    /, all together have 8\. 11 more or EVALUATION\.alpha=0\.12 would do\.$/,
  );
  // Without any calibration image no α helps.
  assert.match(
    describeVacuous(decided({ nut: 0 }), conformal(0.5))[0]!,
    /nut has 0\. 1 more would do\.$/,
  );
  const many = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`c${i}`, 5]));
  assert.match(describeVacuous(decided(many), conformal(0.05))[0]!, /c5 5 and 9 more\. 14 more or/);
  assert.match(
    describeVacuous(decided({ nut: 0 }), { rule: { name: "max" } })[0]!,
    /can be called anomalous: nut: a reason\.$/,
  );
});

Deno.test("describeVacuous() names an α for which so many images suffice, and hardly a larger one", () => {
  for (let count = 1; count <= 200; count++) {
    const alpha = 1 / (count + 2);
    const [line] = describeVacuous(decided({ nut: count }), conformal(alpha));
    const named = Number(/EVALUATION\.alpha=([\d.]+) /.exec(line!)![1]);
    const scores = Array.from({ length: count }, (_, i) => i);
    const { value } = thresholdFrom(scores, { name: "conformal", alpha: named });
    assert.ok(Number.isFinite(value), `${count} images, α ${named}`);
    assert.ok(named * (count + 1) < 1.1, `${count} images, α ${named}`);
  }
});

Deno.test("describeVacuous() calls groups by their names", () => {
  const named = {
    ...decided({ "group 1": 4 }),
    setting: { scope: "group" },
    memory: { groups: { names: ["cluster 0", "cluster 1"] } },
  } as const;
  assert.match(describeVacuous(named, conformal(0.05))[0]!, /each, cluster 1 has 4\./);
});

Deno.test("describeVacuous() says once what several results have in common", () => {
  const results = [decided({ nut: 5 }), decided({ nut: 4 }), decided({ global: 9 })];
  const lines = describeVacuous(results, conformal(0.05));
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /nut has 4\./);
});
