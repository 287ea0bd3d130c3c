import assert from "node:assert/strict";
import type { LabelledScore } from "@/evaluation/evaluate_scenario.ts";
import {
  chooseByBudget,
  chooseByCosts,
  chooseByRule,
  type FinishedScores,
  ruleAt,
} from "@/lab/thresholds/choose_thresholds.ts";

const score = (className: string, value: number, isAnomalous = false): LabelledScore => ({
  className,
  isAnomalous,
  group: 0,
  groupName: "all",
  score: value,
});
const scores = {
  calibration: [...Array.from({ length: 30 }, (_, i) => score("nut", i + 1)), score("bolt", 5)],
  test: [score("nut", 20), score("nut", 50, true), score("bolt", 6), score("gear", 1, true)],
} as unknown as FinishedScores;

Deno.test("ruleAt() gives every rule the parameter that alpha stands for", () => {
  assert.deepEqual(ruleAt("gumbel", 0.05), { name: "gumbel", alpha: 0.05 });
  assert.deepEqual(ruleAt("quantile", 0.1), { name: "quantile", quantile: 0.9 });
  assert.deepEqual(ruleAt("mean_std", 0.1), { name: "mean_std", factor: 3 });
});

Deno.test("chooseByRule() has a threshold for every scope, in order, infinite without scores", () => {
  const { thresholds } = chooseByRule(scores, { scope: "class", rule: { name: "max" } });
  assert.deepEqual([...thresholds.keys()], ["bolt", "gear", "nut"]);
  assert.equal(thresholds.get("gear")!.reason, "no calibration score");
  assert.equal(Math.floor(thresholds.get("nut")!.value), 30);
});

Deno.test("chooseByBudget() gives frequent scopes their share of the alarms", () => {
  const choose = (falseAlarms: number) =>
    chooseByBudget(scores, {
      scope: "class",
      budget: { images: 310, falseAlarms, split: "same_alarms" },
      shares: null,
      ruleOf: (alpha) => ruleAt("conformal", alpha),
    });
  const { rules, thresholds } = choose(6);
  assert.deepEqual([...rules], [
    ["nut", { name: "conformal", alpha: 0.01 }],
    ["bolt", { name: "conformal", alpha: 0.3 }],
  ]);
  assert.equal(thresholds.get("gear")!.value, Infinity);
  assert.throws(() => choose(31), {
    message: "Cannot split a budget of false alarms: " +
      'false alarms of "bolt" must be fewer than its 10 images, got 15.5',
  });
});

Deno.test("chooseByCosts() needs both kinds of images, and says so where one is missing", () => {
  const { thresholds, notes } = chooseByCosts(scores, {
    scope: "class",
    costs: { miss: 10, falseAlarm: 1, defectShare: 0.5 },
  });
  assert.equal(thresholds.get("nut")!.value, 50);
  assert.equal(thresholds.get("bolt")!.reason, "no defective image to weigh costs with");
  assert.equal(thresholds.get("gear")!.reason, "no normal image to weigh costs with");
  assert.equal(notes.length, 1);
});
