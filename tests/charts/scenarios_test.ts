import assert from "node:assert/strict";
import { type ScenarioDot, scenarioDotsChart } from "@/charts/scenarios.ts";

const dot = (changes: Partial<ScenarioDot>): ScenarioDot => ({
  scenario: 1,
  model: "PatchCore",
  line: "nut",
  value: 0.9,
  isSummary: false,
  ...changes,
});

const text = (dots: readonly ScenarioDot[]): string =>
  JSON.stringify(scenarioDotsChart(dots, { title: "AUROC", axis: "AUROC" }));

Deno.test("scenarioDotsChart() sorts classes by name and puts summaries below them", () => {
  const dots = [
    dot({ line: "mean", isSummary: true }),
    dot({ line: "weave" }),
    dot({ line: "bolt" }),
  ];
  assert.ok(text(dots).includes('"sort":["bolt","weave","mean"]'));
});

Deno.test("scenarioDotsChart() says what each scenario knows", () => {
  const chart = text([1, 2, 3, 4].map((scenario) => dot({ scenario })));
  for (const head of ["1: labels in both", "2: labels in training", "4: no labels"]) {
    assert.ok(chart.includes(head), head);
  }
});

Deno.test("scenarioDotsChart() keeps every value", () => {
  const dots = [0.5, 0.75, 1].map((value, i) => dot({ value, line: `class ${i}` }));
  for (const { value } of dots) assert.ok(text(dots).includes(`"value":${value}`));
});

Deno.test("scenarioDotsChart() refuses to draw nothing", () => {
  assert.throws(() => scenarioDotsChart([], { title: "AUROC", axis: "AUROC" }), {
    name: "RangeError",
    message: 'Cannot chart "AUROC": at least one value is needed, got none',
  });
});
