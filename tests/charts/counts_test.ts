import assert from "node:assert/strict";
import { countChart } from "@/charts/counts.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const options = { title: "False alarms", share: "share of normal images" };
const counts = [
  { row: "nut", panel: "gumbel", count: 0, total: 16 },
  { row: "cup", panel: "gumbel", count: 4, total: 16 },
  { row: "nut", panel: "max", count: 0, total: 16, note: "infinite threshold" },
  { row: "pin", panel: "max", count: 0, total: 0 },
];

Deno.test("countChart() draws shares with their intervals and leaves out counts of nothing", () => {
  const records = recordsOf(countChart(counts, options)).filter((each) => "low" in each);
  // 1 − 0.025^(1 ÷ 16) is 0.2059; both ends of 4 of 16 as in tables: 7.3 to 52.4 %.
  assert.deepEqual(
    records.map(({ row, panel, low, high, interval }) => [row, panel, low, high, interval]),
    [
      ["nut", "gumbel", 0, 0.2059, "0.0 to 20.6 %"],
      ["cup", "gumbel", 0.0727, 0.5238, "7.3 to 52.4 %"],
      ["nut", "max", 0, 0.2059, "0.0 to 20.6 %"],
    ],
  );
});

Deno.test("countChart() marks promises where there are some, and says what is hollow", async () => {
  const chart = countChart(counts, { ...options, promises: { gumbel: 0.074 }, confidence: 0.9 });
  const promised = recordsOf(chart).filter((each) => "promise" in each);
  assert.deepEqual(promised, [{ promise: 0.074 }]);
  const texts = (await textsOf(chart)).join("\n");
  for (const text of ["at 90 %", "Green: at most", "Hollow:", "gumbel", "max", "cup"]) {
    assert.ok(texts.includes(text), text);
  }
  const plain = (await textsOf(countChart(counts.slice(0, 2), options))).join("\n");
  assert.doesNotMatch(plain, /Green|Hollow/);
});

Deno.test("countChart() is read without a warning, and refuses to draw nothing", () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    ["a", "b", "c", "d", "e"].map((panel) => ({
      row: `class ${i}`,
      panel,
      count: i % 3,
      total: 16,
    }))).flat();
  for (const each of [counts, many, counts.slice(0, 1)]) {
    assert.deepEqual(warningsOf(countChart(each, { ...options, promises: { a: 0.1 } })), []);
  }
  assert.throws(() => countChart(counts.slice(3), options), {
    name: "RangeError",
    message: 'Cannot chart "False alarms": at least one count is needed, got none',
  });
});
