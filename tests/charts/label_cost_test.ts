import assert from "node:assert/strict";
import { type LabelCost, labelCostChart, summarizeLabelCosts } from "@/charts/label_cost.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";
import { assertClose } from "../helpers/mod.ts";

const patchCore = { model: "PatchCore", trainingKnown: false, metric: "image AUROC" };
const hierCore = { ...patchCore, model: "HierarchicalPatchCore" };

/** One record per model and kind of training; HierCore falls by exactly the tolerance. */
const costs = [false, true].flatMap((trainingKnown) => [
  { ...patchCore, trainingKnown, known: 0.95, unknown: 0.9 },
  { ...hierCore, trainingKnown, known: 0.97, unknown: 0.96 },
  { ...hierCore, trainingKnown, metric: "F1", known: 0.9, unknown: 0.91 },
]);

Deno.test("labelCostChart() writes the change of every model, metric and kind of training", async () => {
  const texts = await textsOf(labelCostChart(costs, { points: 1 }));
  const count = (text: string): number => texts.filter((each) => each === text).length;
  assert.deepEqual([count("−5.0"), count("−1.0"), count("+1.0")], [2, 2, 2]);
  for (
    const text of [
      "HierCore",
      "image AUROC",
      "F1",
      "classes known in training (scenarios 1 → 2)",
      "classes unknown in training (scenarios 3 → 4)",
    ]
  ) assert.ok(texts.includes(text), text);
});

Deno.test("labelCostChart() marks a fall beyond the tolerance, not one that meets it exactly", () => {
  const drawn = recordsOf(labelCostChart(costs.slice(0, 2), { points: 1 })["hconcat"]);
  assert.deepEqual(drawn.map((each) => [each["model"], each["isFallen"]]), [
    ["PatchCore", true],
    ["HierCore", false],
  ]);
});

Deno.test("labelCostChart() draws the band from the known value down by the tolerance", () => {
  const [drawn] = recordsOf(labelCostChart([costs[0]!], { points: 2 })["hconcat"]);
  assert.equal(drawn!["known"], 0.95);
  assert.equal((drawn!["tolerated"] as number).toFixed(9), "0.930000000");
});

Deno.test("labelCostChart() adds whiskers and a spread only where there are several seeds", async () => {
  // Falls of 0.05 and 0.07: 6 ± √2 points; unknown 0.90 and 0.88: 0.89 ± 0.01 √2.
  const seeds = [costs[0]!, { ...costs[0]!, unknown: 0.88 }];
  const chart = labelCostChart(seeds, { points: 1 });
  const texts = await textsOf(chart);
  assert.ok(texts.includes("−6.0 ± 1.4"), String(texts));
  assert.ok(texts.some((text) => text.endsWith("mean ± standard deviation over 2 seeds")));
  const whiskers = (each: unknown) =>
    recordsOf(each).filter(({ kind }) => kind === "whisker").map(({ low, high }) =>
      [low, high].map((end) => (end as number).toFixed(6))
    );
  assert.deepEqual(whiskers(chart["hconcat"]), [["0.950000", "0.950000"], [
    "0.875858",
    "0.904142",
  ]]);
  assert.deepEqual(whiskers(labelCostChart(costs, { points: 1 })["hconcat"]), []);
});

Deno.test("labelCostChart() is read without a warning", () => {
  for (const values of [costs, [costs[0]!], [...costs, ...costs]]) {
    assert.deepEqual(warningsOf(labelCostChart(values, { points: 1 })), []);
  }
});

Deno.test("labelCostChart() refuses to draw nothing, and a tolerance that is none", () => {
  assert.throws(() => labelCostChart([{ ...patchCore, known: null, unknown: 1 }], { points: 1 }), {
    name: "RangeError",
    message: "Cannot chart label costs: at least one pair of values is needed, got none",
  });
  assert.throws(() => labelCostChart(costs, { points: NaN }), {
    name: "RangeError",
    message: "Cannot chart label costs: the tolerance must be 0 or more, got NaN",
  });
});

const cost = (changes: Partial<LabelCost>): LabelCost => ({
  model: "PatchCore",
  trainingKnown: true,
  metric: "image AUROC",
  known: 0.9,
  unknown: 0.8,
  ...changes,
});

Deno.test("summarizeLabelCosts() takes means and spreads seed by seed, worked by hand", () => {
  // Known 0.9, 0.7: mean 0.8, sample std √0.02. Unknown 0.8, 0.6: mean 0.7, the same. Falls 0.1, 0.1: no spread.
  const [summary, ...others] = summarizeLabelCosts([cost({}), cost({ known: 0.7, unknown: 0.6 })]);
  assert.equal(others.length, 0);
  assert.equal(summary!.seeds, 2);
  assertClose(summary!.known.mean, 0.8, 1e-12);
  assertClose(summary!.known.std!, Math.sqrt(0.02), 1e-12);
  assertClose(summary!.unknown.mean, 0.7, 1e-12);
  assertClose(summary!.fall.mean, 0.1, 1e-12);
  assertClose(summary!.fall.std!, 0, 1e-12);
});

Deno.test("summarizeLabelCosts() gives no spread to a single seed", () => {
  const [summary] = summarizeLabelCosts([cost({})]);
  assert.deepEqual([summary!.known.std, summary!.unknown.std, summary!.fall.std], [
    null,
    null,
    null,
  ]);
});

Deno.test("summarizeLabelCosts() keeps models, metrics and kinds of training apart", () => {
  const summaries = summarizeLabelCosts([
    cost({}),
    cost({ model: "HierarchicalPatchCore" }),
    cost({ metric: "F1" }),
    cost({ trainingKnown: false }),
    cost({}),
  ]);
  assert.deepEqual(summaries.map((each) => each.seeds), [2, 1, 1, 1]);
});

Deno.test("summarizeLabelCosts() leaves out a seed in which one value is undefined", () => {
  const [summary] = summarizeLabelCosts([cost({}), cost({ known: null }), cost({ unknown: null })]);
  assert.equal(summary!.seeds, 1);
  assert.deepEqual(summarizeLabelCosts([cost({ known: null })]), []);
});

Deno.test("summarizeLabelCosts() refuses values that are not finite", () => {
  assert.throws(() => summarizeLabelCosts([cost({ unknown: NaN })]), {
    name: "RangeError",
    message: 'Cannot summarise label costs: every value must be finite, got NaN in "image AUROC" ' +
      'of "PatchCore"',
  });
});
