import assert from "node:assert/strict";
import { type LabelCost, summarizeLabelCosts } from "@/charts/label_cost.ts";
import { assertClose } from "../helpers/mod.ts";

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
