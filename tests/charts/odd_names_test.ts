/** Names and numbers that a drawing program could take for something else. */
import assert from "node:assert/strict";
import { contingencyChart, semanticMapChart } from "@/charts/clusters.ts";
import { costChart } from "@/charts/costs.ts";
import { countChart } from "@/charts/counts.ts";
import { datasetCountsChart, defectAreaChart } from "@/charts/datasets.ts";
import { deltaChart } from "@/charts/disparity.ts";
import { classSimilarityChart } from "@/charts/features.ts";
import { groupExplorer } from "@/charts/group_explorer.ts";
import { bankShareChart, memoryBankChart } from "@/charts/memory_banks.ts";
import { errorRateChart, scenarioChart } from "@/charts/scenarios.ts";
import { errorTradeoffChart, scoreDistributionChart } from "@/charts/scores.ts";
import type { ChartSpec } from "@/charts/theme.ts";
import { thresholdExplorer } from "@/charts/threshold_explorer.ts";
import { matrixOf } from "@/math/matrix.ts";
import { textsOf } from "../helpers/charts.ts";

const names = [
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "a.b",
  "a[0].c",
  'it\'s "so"',
  "back\\slash",
  "two\nlines",
  "🔩",
  "=1+1",
  "null",
  "datum",
  "x".repeat(200),
];

function chartsOf(names: readonly string[], score = (i: number) => i + 1): [string, ChartSpec][] {
  const images = names.flatMap((className, i) => [
    { className, isAnomalous: false, score: score(2 * i) },
    { className, isAnomalous: true, score: score(2 * i + 1) },
  ]);
  const thresholds = names.map((className, i) => ({
    className,
    value: score(i),
    scope: "class" as const,
  }));
  const classNames = [...names, ...names], clusters = classNames.map((_, i) => i % 3);
  const classes = Object.fromEntries(names.map((name, i) => [name, 1 / (i + 1)]));
  const rates = names.map((className) => ({
    ...{ scenario: 4, model: className, className },
    ...{ falsePositiveRate: 0.1, falseNegativeRate: 0.2 },
  }));
  const vectors = matrixOf(classNames.map((_, i) => [i, (7 * i) % 5]));
  return [
    ["contingency", contingencyChart({ classNames, clusters })],
    ["semantic map", semanticMapChart({ classNames, clusters, vectors })],
    [
      "memory bank",
      memoryBankChart(names.map((name) => ({
        ...{ name, available: 10, kept: 3, radius: 1 },
      }))),
    ],
    [
      "bank shares",
      bankShareChart(names.map((className) => ({
        ...{ className, bank: "one bank", available: 10, kept: 5, radius: 1 },
      }))),
    ],
    ["distribution", scoreDistributionChart(images, { thresholds })],
    ["trade-off", errorTradeoffChart(images, { thresholds })],
    ["explorer", thresholdExplorer(images, { thresholds })],
    ...(["alpha", "group"] as const).map((moves): [string, ChartSpec] => [
      `groups by ${moves}`,
      groupExplorer(images.map((each) => ({ ...each, group: each.className })), {
        calibration: images.map(({ className, score }) => ({ group: className, score })),
        rule: { name: "conformal", alpha: 0.3 },
        moves,
      }),
    ]),
    [
      "costs",
      costChart(
        names.map((group, i) => ({ group, normal: [score(i)], anomalous: [5], threshold: 3 })),
        { costs: { miss: 10, falseAlarm: 1, defectShare: 0.5 } },
      ),
    ],
    [
      "count intervals",
      countChart(names.map((row) => ({ row, panel: row, count: 0, total: 3 })), {
        title: "counts",
        share: "share",
      }),
    ],
    [
      "scenarios",
      scenarioChart([
        { scenario: 2, model: names[0]!, classes, macro: 0.8, pooled: 0.7 },
      ]),
    ],
    ["error rates", errorRateChart(rates)],
    [
      "deltas",
      deltaChart(
        names.map((className) => ({ className, model: className, delta: 0.01 })),
        { meanPoints: 1, worstPoints: 3 },
      ),
    ],
    [
      "similarity",
      classSimilarityChart({
        classes: names,
        counts: names.map(() => 2),
        means: names.map((_, i) => names.map((_, j) => i === j ? 1 : 0.5)),
      }),
    ],
    [
      "defects",
      defectAreaChart(names.map((name) => ({
        ...{ className: name, defect: name, area: 0.01 },
      }))),
    ],
    [
      "counts",
      datasetCountsChart(names.map((name) => ({
        ...{ name, train: 2, normal: 1, anomalous: 1 },
      }))),
    ],
  ];
}

Deno.test("every chart that shows names draws those that mean something elsewhere", async () => {
  for (const [title, chart] of chartsOf(names)) {
    const texts = (await textsOf(chart)).join("\n");
    assert.ok(texts.includes("constructor"), `${title}: ${texts}`);
  }
  for (const name of ["constructor", "__proto__", "two\nlines"]) {
    for (const [title, chart] of chartsOf([name, "nut"])) {
      const texts = (await textsOf(chart)).join("\n");
      assert.ok(texts.includes("nut"), `${title} of ${name}: ${texts}`);
    }
  }
});
