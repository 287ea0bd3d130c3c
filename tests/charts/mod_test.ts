import assert from "node:assert/strict";
import { contingencyChart, partitionChoiceChart, semanticMapChart } from "@/charts/clusters.ts";
import {
  classSimilarityChart,
  featureReachChart,
  layerChoiceChart,
  layerSeparationChart,
} from "@/charts/features.ts";
import { memoryBankChart } from "@/charts/memory_banks.ts";
import { errorRateChart, scenarioChart } from "@/charts/scenarios.ts";
import { scoreDistributionChart } from "@/charts/scores.ts";
import { stageCostChart } from "@/charts/stage_costs.ts";
import { matrixOf } from "@/math/matrix.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const scenarios = [
  { scenario: 2, model: "PatchCore", classes: { nut: 0.8, cup: null }, macro: 0.8, pooled: 0.7 },
  {
    scenario: 2,
    model: "HierarchicalPatchCore",
    classes: { nut: 0.9, cup: null },
    macro: 0.9,
    pooled: 0.7,
    aligned: 0.85,
  },
];
const images = [
  { className: "nut", isAnomalous: false, score: 1 },
  { className: "nut", isAnomalous: true, score: 2 },
  { className: "cup", isAnomalous: true, score: 40 },
];

Deno.test("scenarioChart() shows classes, summaries and both models, and leaves out what is undefined", async () => {
  const chart = scenarioChart(scenarios);
  const texts = await textsOf(chart);
  for (
    const text of ["nut", "mean of classes", "all images pooled", "pooled, aligned", "HierCore"]
  ) assert.ok(texts.includes(text), text);
  assert.ok(!texts.includes("cup"));
  assert.equal(recordsOf(chart["data"]).length, 7);
});

Deno.test("scenarioChart() begins its axis below the smallest value", () => {
  const text = JSON.stringify(scenarioChart(scenarios));
  assert.match(text, /"domain":\[0\.65,1\]/);
});

Deno.test("scenarioChart() refuses to draw nothing", () => {
  assert.throws(() => scenarioChart([]), {
    name: "RangeError",
    message:
      'Cannot chart "Image AUROC in the four scenarios": at least one value is needed, got none',
  });
});

Deno.test("errorRateChart() draws one dot per defined rate", () => {
  const rates = { scenario: 4, model: "PatchCore", className: "nut" };
  const chart = errorRateChart([
    { ...rates, falsePositiveRate: 0.25, falseNegativeRate: null },
    { ...rates, className: "cup", falsePositiveRate: 0, falseNegativeRate: 0.5 },
  ]);
  assert.deepEqual(
    recordsOf(chart["data"]).map(({ line, measure, value }) => [line, measure, value]),
    [["nut", "false alarms", 0.25], ["cup", "false alarms", 0], ["cup", "misses", 0.5]],
  );
});

const vacuous = { falsePositiveRate: null, falseNegativeRate: null, isVacuous: true };

Deno.test("errorRateChart() draws no rate of an infinite threshold, and says where", async () => {
  const rates = { falsePositiveRate: 0.5, falseNegativeRate: 0 };
  const chart = errorRateChart([
    { scenario: 1, model: "PatchCore", className: "nut", ...rates },
    { scenario: 1, model: "PatchCore", className: "cup", ...vacuous },
    { scenario: 4, model: "HierarchicalPatchCore", className: "nut", ...vacuous },
    { scenario: 4, model: "HierarchicalPatchCore", className: "cup", ...vacuous },
  ], { subtitle: "the rule" });
  assert.equal(recordsOf(chart["data"]).length, 2);
  const texts = await textsOf(chart);
  assert.ok(texts.includes("the rule"));
  assert.ok(texts.includes(
    "No rates where every threshold is infinite: PatchCore in 1 (cup), HierCore in 4",
  ));
});

Deno.test("errorRateChart() says that there is nothing to draw when every threshold is infinite", async () => {
  const chart = errorRateChart([{ scenario: 2, model: "A", className: "nut", ...vacuous }]);
  assert.deepEqual(await textsOf(chart), [
    "No rate to draw: no threshold is finite",
    "Mistakes at the scenario's thresholds",
    "No rates where every threshold is infinite: A in 2",
  ]);
  assert.deepEqual(warningsOf(chart), []);
  assert.throws(() => errorRateChart([]), /at least one value is needed/);
});

Deno.test("semanticMapChart() names clusters at their centres from the seventh on", async () => {
  const draw = (count: number) =>
    semanticMapChart({
      vectors: matrixOf(Array.from({ length: 2 * count }, (_, i) => [i % count, i * i % 7])),
      clusters: Array.from({ length: 2 * count }, (_, i) => i % count),
      classNames: Array.from({ length: 2 * count }, (_, i) => `class ${i % count}`),
    });
  const times = async (count: number, name: string): Promise<number> =>
    (await textsOf(draw(count))).filter((text) => text === name).length;
  // In the legend, and from seven clusters on twice at the centre: the text and its rim.
  assert.equal(await times(6, "5") + 2, await times(7, "5"));
  for (const count of [2, 7, 9, 20]) assert.deepEqual(warningsOf(draw(count)), []);
});

Deno.test("semanticMapChart() gives fifteen clusters and fifteen classes a look each", () => {
  const chart = JSON.stringify(semanticMapChart({
    vectors: matrixOf(Array.from({ length: 15 }, (_, i) => [i, i * i])),
    clusters: Array.from({ length: 15 }, (_, i) => i),
    classNames: Array.from({ length: 15 }, (_, i) => `class ${i}`),
  }));
  const rangeOf = (channel: string): string[] =>
    JSON.parse(chart.match(`"${channel}":.*?"range":(\\[[^\\]]*\\])`)![1]!);
  const fills = rangeOf("fill"), outlines = rangeOf("stroke");
  assert.equal(new Set(fills.map((fill, i) => `${fill} ${outlines[i]}`)).size, 15);
  assert.equal(new Set(rangeOf("shape")).size, 15);
});

Deno.test("partitionChoiceChart() marks the chosen partition and names its clusters", async () => {
  const chart = partitionChoiceChart(
    [{ clusters: 9, silhouette: 0.2 }, { clusters: 3, silhouette: 0.6 }],
    { chosen: 1, minSilhouette: 0.05 },
  );
  assert.deepEqual(recordsOf(chart["data"]).map((each) => each["isChosen"]), [false, true]);
  const texts = await textsOf(chart);
  for (const text of ["9", "3", "0.60", "smallest accepted: 0.05"]) {
    assert.ok(texts.includes(text), text);
  }
});

Deno.test("partitionChoiceChart() says when one group was formed instead", () => {
  const chart = partitionChoiceChart([{ clusters: 1, silhouette: null }], { chosen: null });
  assert.match(chart.description, /one group for all images/);
  assert.throws(() => partitionChoiceChart([], { chosen: null }), {
    name: "RangeError",
    message: "Cannot chart partitions: chosen must be one of 0 candidates, got null",
  });
});

Deno.test("contingencyChart() counts images and lays agreement along the diagonal", () => {
  // cup: cluster 1 twice; nut: cluster 0 once, cluster 1 once. Cluster 1 is mostly cup, so it
  // comes first, as cup does among the classes.
  const chart = contingencyChart({
    classNames: ["nut", "nut", "cup", "cup"],
    clusters: [0, 1, 1, 1],
  });
  const cells = recordsOf(chart["data"]).map((
    each,
  ) => [each["class"], each["cluster"], each["count"]]);
  assert.deepEqual(cells, [["cup", 0, 0], ["nut", 0, 1], ["cup", 1, 2], ["nut", 1, 1]]);
  assert.match(JSON.stringify(chart), /"sort":\[1,0\]/);
});

Deno.test("contingencyChart() refuses lists of different length", () => {
  assert.throws(() => contingencyChart({ classNames: ["nut"], clusters: [] }), {
    name: "TypeError",
    message: "Cannot chart clusters against classes: each image needs one of both, " +
      "got 1 classes and 0 clusters",
  });
});

Deno.test("scoreDistributionChart() repeats a global threshold for every class and drops infinite ones", () => {
  const chart = scoreDistributionChart(images, {
    thresholds: [
      { scope: "global", className: null, value: 5 },
      { scope: "class", className: "nut", value: Infinity },
    ],
  });
  const rules = recordsOf(chart["layer"]).filter((each) => "threshold" in each);
  assert.deepEqual(rules.map((rule) => [rule["class"], rule["threshold"]]), [["cup", 5], [
    "nut",
    5,
  ]]);
});

Deno.test("scoreDistributionChart() turns to a logarithmic axis only for wide spans", () => {
  assert.match(JSON.stringify(scoreDistributionChart(images)), /"type":"log"/);
  assert.doesNotMatch(JSON.stringify(scoreDistributionChart(images.slice(0, 2))), /"type":"log"/);
});

Deno.test("scoreDistributionChart() names the class whose score is not finite", () => {
  const image = { className: "nut", isAnomalous: false, score: NaN };
  assert.throws(() => scoreDistributionChart([image]), {
    name: "RangeError",
    message: "Cannot chart anomaly scores: at least one image with a finite score is needed, " +
      'got NaN in class "nut"',
  });
});

Deno.test("semanticMapChart() separates what lies apart along the first component", () => {
  const chart = semanticMapChart({
    vectors: matrixOf([[9, 0], [9, 0.5], [-9, 0], [-9, 0.5]]),
    clusters: [0, 0, 1, 1],
    classNames: ["nut", "nut", "cup", "cup"],
  });
  const first = recordsOf(chart["data"]).map((each) => Math.sign(each["first"] as number));
  assert.deepEqual(first, [1, 1, -1, -1]);
  assert.match(JSON.stringify(chart), /component 1 \(100 % of variance\)/);
});

Deno.test("semanticMapChart() refuses lists of different length", () => {
  assert.throws(
    () => semanticMapChart({ vectors: matrixOf([[1], [2]]), clusters: [0], classNames: ["nut"] }),
    {
      name: "TypeError",
      message: "Cannot chart semantic vectors: each of 2 needs a cluster and a class, got 1 and 1",
    },
  );
});

Deno.test("memoryBankChart() leaves the radius panel out when no radius is known", async () => {
  const group = { name: "nut", available: 100, kept: 10 };
  const known = await textsOf(memoryBankChart([{ ...group, radius: 1.5 }]));
  const unknown = await textsOf(memoryBankChart([{ ...group, radius: null }]));
  assert.ok(known.includes("covering radius") && known.includes("10"));
  assert.ok(!unknown.includes("covering radius"));
});

Deno.test("memoryBankChart() refuses an empty bank", () => {
  assert.throws(() => memoryBankChart([]), {
    name: "RangeError",
    message: "Cannot chart a memory bank: at least one group is needed, got none",
  });
});

Deno.test("classSimilarityChart() leaves out what a class of one image cannot say", async () => {
  const similarities = {
    classes: ["cup", "nut"],
    counts: [2, 1],
    means: [[0.98, 0.5], [0.5, null]],
  };
  const chart = classSimilarityChart(similarities);
  assert.deepEqual(
    recordsOf(chart["data"]).map(({ row, column, mean }) => [row, column, mean]),
    [["cup", "cup", 0.98], ["cup", "nut", 0.5], ["nut", "cup", 0.5]],
  );
  const texts = await textsOf(chart);
  assert.equal(texts.filter((text) => text === "0.50").length >= 2, true);
  assert.throws(() => classSimilarityChart({ classes: ["cup"], counts: [2], means: [[1]] }), {
    name: "RangeError",
    message: "Cannot chart similarities: at least two classes are needed, got 1",
  });
});

Deno.test("featureReachChart() names every layer's diameter and leaves out what a logarithm cannot show", async () => {
  const layer = { stride: 8, share: 0.9 };
  const chart = featureReachChart([
    { ...layer, layer: "fine", diameter: 23.7, rings: [{ distance: 4, change: 0.5 }] },
    { ...layer, layer: "deep", diameter: 64, rings: [{ distance: 4, change: 0 }] },
  ]);
  const texts = await textsOf(chart);
  for (const text of ["fine: 24 px", "deep: 64 px"]) assert.ok(texts.includes(text), text);
  assert.match(JSON.stringify(chart), /90 % of the squared change/);
  assert.equal(recordsOf(chart["data"]).length, 1);
  assert.throws(() => featureReachChart([]), {
    name: "RangeError",
    message: "Cannot chart reach: at least one layer that changes is needed, got 0 layers",
  });
});

Deno.test("layerChoiceChart() shows the mean over the classes where a value is defined", async () => {
  const chart = layerChoiceChart([
    { choice: "layer2", className: "nut", image: 0.9, pixel: 0.75 },
    { choice: "layer2", className: "cup", image: 0.7, pixel: null },
  ]);
  const texts = await textsOf(chart);
  for (const text of ["layer2", "80.0%", "75.0%", "image AUROC", "pixel AUROC"]) {
    assert.ok(texts.includes(text), text);
  }
  const withoutMasks = layerChoiceChart([
    { choice: "layer2", className: "nut", image: 0.9, pixel: null },
  ]);
  assert.ok(!(await textsOf(withoutMasks)).includes("pixel AUROC"));
  assert.throws(() => layerChoiceChart([]), {
    name: "RangeError",
    message: "Cannot chart layers: at least one defined value is needed, got none",
  });
});

Deno.test("layerSeparationChart() shows four numbers for every layer", async () => {
  const chart = layerSeparationChart([
    { layer: "layer2", within: 0.97, between: 0.31, silhouette: 0.7, nearest: 0.995 },
  ]);
  const texts = await textsOf(chart);
  for (const text of ["0.31", "0.97", "0.70", "99.5%", "same class"]) {
    assert.ok(texts.includes(text), text);
  }
  assert.throws(() => layerSeparationChart([]), {
    name: "RangeError",
    message: "Cannot chart layers: at least one is needed, got none",
  });
});

Deno.test("stageCostChart() writes times at the ends of the bars, and no false precision", async () => {
  const chart = stageCostChart([
    { stage: "decode", milliseconds: 5.16 },
    { stage: "route", milliseconds: 0.004 },
    { stage: "search", milliseconds: 211.7 },
  ], { subtitle: "two threads" });
  const texts = await textsOf(chart);
  for (const text of ["5.2 ms", "&lt; 0.05 ms", "212 ms", "217 ms an image; two threads"]) {
    assert.ok(texts.includes(text), text);
  }
  assert.throws(() => stageCostChart([{ stage: "decode", milliseconds: -1 }]), {
    name: "RangeError",
    message: "Cannot chart costs: at least one stage with a time from 0 is needed, " +
      'got -1 for "decode"',
  });
});

Deno.test("every chart is read by Vega-Lite without a warning", () => {
  const thresholds = [
    { scope: "global", className: null, value: 5 },
    { scope: "class", className: "nut", value: 2 },
    { scope: "group", className: "nut", value: 3 },
  ] as const;
  const rates = { scenario: 1, model: "PatchCore", className: "nut", falsePositiveRate: 0 };
  const clusters = { clusters: [0, 1, 1], classNames: ["nut", "cup", "cup"] };
  const rings = [{ distance: 4, change: 0.5 }, { distance: 12, change: 0.1 }];
  const separation = { within: 0.9, between: -0.1, silhouette: -0.2, nearest: 1 };
  const charts = [
    classSimilarityChart({ classes: ["cup", "nut"], counts: [2, 1], means: [[0.9, 0], [0, null]] }),
    featureReachChart([{ layer: "layer2", stride: 8, rings, diameter: 20, share: 0.9 }]),
    layerChoiceChart([{ choice: "layer2", className: "nut", image: 0.9, pixel: 0.8 }]),
    layerSeparationChart([{ layer: "layer2", ...separation }]),
    stageCostChart([{ stage: "decode", milliseconds: 1 }]),
    scenarioChart(scenarios),
    errorRateChart([{ ...rates, falseNegativeRate: 0.5 }]),
    scoreDistributionChart(images, { thresholds }),
    partitionChoiceChart([{ clusters: 2, silhouette: 0.4 }], { chosen: 0, minSilhouette: 0.05 }),
    contingencyChart(clusters),
    semanticMapChart({ ...clusters, vectors: matrixOf([[1, 0], [0, 1], [0, 2]]) }),
    memoryBankChart([{ name: "nut", available: 9, kept: 3, radius: 1 }]),
  ];
  for (const chart of charts) assert.deepEqual(warningsOf(chart), [], chart.description);
});
