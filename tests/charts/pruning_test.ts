import assert from "node:assert/strict";
import { pruningChart } from "@/charts/pruning.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const series = [
  {
    name: "nuts",
    steps: [
      { picks: 1, plain: 300, computed: 300 },
      { picks: 2, plain: 600, computed: 450 },
      { picks: 3, plain: 900, computed: 470 },
    ],
  },
  {
    name: "cups",
    steps: [{ picks: 1, plain: 7, computed: 7 }, { picks: 2, plain: 14, computed: 7 }],
  },
];

Deno.test("pruningChart() names the share of every whole selection", async () => {
  const chart = pruningChart(series, { title: "Spared", subtitle: "two sorts" });
  const texts = await textsOf(chart);
  for (const text of ["nuts: 52 %", "cups: 50 %", "Spared", "two sorts", "rows chosen"]) {
    assert.ok(texts.includes(text), text);
  }
  assert.equal(chart.description, "Spared: nuts: 52 %, cups: 50 %");
});

Deno.test("pruningChart() carries the share after every count", () => {
  const records = recordsOf(pruningChart(series)).filter((each) => "computed" in each);
  assert.deepEqual(records.map(({ share }) => share), [1, 0.75, 0.5222, 1, 0.5]);
});

Deno.test("pruningChart() is read without a warning, also with a single count", () => {
  assert.deepEqual(warningsOf(pruningChart(series)), []);
  const single = [{ name: "nuts", steps: series[0]!.steps.slice(0, 1) }];
  assert.deepEqual(warningsOf(pruningChart(single)), []);
});

Deno.test("pruningChart() refuses nothing, and a selection without counts", () => {
  const refusal = {
    name: "RangeError",
    message: "Cannot chart pruning: at least one count is needed, got none",
  };
  assert.throws(() => pruningChart([]), refusal);
  assert.throws(() => pruningChart([...series, { name: "cans", steps: [] }]), refusal);
});
