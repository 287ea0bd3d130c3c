import assert from "node:assert/strict";
import { costChart, type CostGroup } from "@/charts/costs.ts";
import { createRandom } from "@/math/random.ts";
import { cheapestThreshold } from "@/thresholds/costs.ts";
import { recordsOf, runChart, textsOf, warningsOf } from "../helpers/charts.ts";

const costs = { miss: 10, falseAlarm: 1, defectShare: 0.5 };

function sampleGroups(count: number): CostGroup[] {
  const random = createRandom(3);
  return Array.from({ length: count }, (_, i) => ({
    group: `cluster ${i}`,
    normal: Array.from({ length: 12 }, () => 1 + random.next()),
    anomalous: Array.from({ length: 9 }, () => 1.6 + random.next()),
    threshold: i === 1 ? Infinity : 1.9,
  }));
}

Deno.test("costChart() finds the cheapest threshold of every group, whatever is typed", async () => {
  const groups = sampleGroups(3);
  const chart = await runChart(costChart(groups, { costs }));
  for (const [miss, falseAlarm, percent] of [[10, 1, 50], [100, 1, 5], [1, 20, 1], [2, 3, 80]]) {
    await chart.set("miss", miss!);
    await chart.set("falseAlarm", falseAlarm!);
    await chart.set("defects", percent!);
    const now = { miss: miss!, falseAlarm: falseAlarm!, defectShare: percent! / 100 };
    for (const { group, normal, anomalous } of groups) {
      const { best } = cheapestThreshold(normal, { anomalous, costs: now });
      const own = chart.recordsWith("cheapest").find((each) => each["group"] === group)!;
      assert.ok(Math.abs(own["least"] as number - best.cost) < 2e-5 * (miss! + falseAlarm!));
      if (Number.isFinite(best.threshold)) assert.equal(own["cheapest"], best.threshold);
    }
  }
  // An empty box counts as at the beginning.
  await chart.set("miss", "" as unknown as number);
  assert.equal(chart.get("missCost"), 10);
});

Deno.test("costChart() writes the least cost and that of the rule, worked by hand", async () => {
  // At 5: one false alarm of three, no miss: 0.5 · 1 ÷ 3. At 7, which the rule's 6.5 amounts to:
  // one miss of two, 0.5 · 10 ÷ 2.
  const chart = costChart(
    [{ group: "nuts", normal: [1, 2, 6], anomalous: [5, 7], threshold: 6.5 }],
    {
      costs,
    },
  );
  const texts = await textsOf(chart);
  for (const text of ["0.167 at 5", "2.5 by the rule"]) assert.ok(texts.includes(text), text);
  const rules = recordsOf(chart["data"]).filter((each) => each["isRule"]);
  assert.deepEqual(rules.map(({ threshold, rule }) => [threshold, rule]), [[7, 6.5]]);
});

Deno.test("costChart() leaves out groups without both kinds and refuses to draw nothing", () => {
  const bare = { group: "bare", normal: [1], anomalous: [], threshold: 2 };
  assert.doesNotMatch(costChart([...sampleGroups(1), bare], { costs }).description, /bare/);
  const message = (got: string): string =>
    `Cannot chart costs: a group with normal and anomalous images is needed, got ${got}`;
  assert.throws(() => costChart([], { costs }), { name: "RangeError", message: message("none") });
  assert.throws(() => costChart([bare], { costs }), {
    name: "RangeError",
    message: message("1 without"),
  });
});

Deno.test("costChart() is read without a warning from one group to a hundred", () => {
  for (const count of [1, 3, 100]) {
    assert.deepEqual(warningsOf(costChart(sampleGroups(count), { costs })), []);
  }
  const wide = sampleGroups(1).map((each) => ({ ...each, normal: [0.01, 1], threshold: Infinity }));
  assert.deepEqual(warningsOf(costChart(wide, { costs })), []);
});
