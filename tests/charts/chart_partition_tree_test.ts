import assert from "node:assert/strict";
import { partitionTreeChart } from "@/charts/partition_tree.ts";
import { partitionOf } from "@/clustering/partition.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";
import { loadGolden, testWithShared } from "../helpers/mod.ts";

const partitions = [partitionOf([0, 0, 1, 2, 3, 3]), partitionOf([0, 0, 1, 1, 1, 1])];
const silhouettes = [null, 0.713];
const classNames = ["cup", "cup", "nut", "nut", "nut", "cup"];

Deno.test("partitionTreeChart() writes clusters and silhouettes above, names and purity beside", async () => {
  // Cluster 1 of the coarser partition: three nuts and a cup, so a purity of 3 ÷ 4.
  const texts = await textsOf(
    partitionTreeChart(partitions, { chosen: 1, silhouettes, classNames }),
  );
  for (
    const text of [
      "4 clusters",
      "silhouette undefined",
      "2 clusters",
      "silhouette 0.71",
      "cluster 0: cup, 2 images",
      "cluster 1: nut, 4 images, purity 75.0 %",
    ]
  ) assert.ok(texts.includes(text), `${text} in ${texts}`);
});

Deno.test("partitionTreeChart() divides bars by class, the commonest first", () => {
  const chart = partitionTreeChart(partitions, { chosen: 1, silhouettes, classNames });
  const bars = recordsOf(chart["layer"]).filter((each) => "ofClass" in each);
  const impure = bars.filter((each) => each["level"] === 1 && each["cluster"] === 1);
  assert.deepEqual(impure.map((each) => [each["class"], each["ofClass"]]), [["nut", 3], [
    "cup",
    1,
  ]]);
  assert.equal(impure[0]!["bottom"], impure[1]!["top"]);
  for (const level of [0, 1]) {
    const lengths = bars.filter((each) => each["level"] === level)
      .map((each) => (each["bottom"] as number) - (each["top"] as number));
    assert.equal(Math.round(lengths.reduce((sum, length) => sum + length, 0)), 6);
  }
});

Deno.test("partitionTreeChart() leads a band from every cluster but the coarsest to its parent", () => {
  const chart = partitionTreeChart(partitions, { chosen: 1, silhouettes });
  const ends = recordsOf(chart["layer"]).filter((each) => "link" in each);
  assert.deepEqual(ends.map((each) => [each["link"], each["level"]]), [
    ...["0/3", "0/1", "0/2", "0/0"].flatMap((link) => [[link, 0], [link, 1]]),
  ]);
});

Deno.test("partitionTreeChart() highlights the chosen partition, or says that there is none", () => {
  const chosen = partitionTreeChart(partitions, { chosen: 0, silhouettes });
  assert.match(chosen.description, /4, then 2 clusters of 6 images, 4 clusters chosen/);
  assert.match(JSON.stringify(chosen), /"values":\[\{"level":0\}\]/);
  const none = partitionTreeChart(partitions, { chosen: null, silhouettes });
  assert.match(none.description, /one group was formed instead/);
  assert.doesNotMatch(JSON.stringify(none), /"values":\[\{"level":\d\}\]/);
});

Deno.test("partitionTreeChart() gives fifteen classes a colour each", () => {
  const names = Array.from({ length: 15 }, (_, i) => `class ${i}`);
  const chart = partitionTreeChart([partitionOf(names)], {
    chosen: 0,
    silhouettes: [0.5],
    classNames: names,
  });
  const [, range] = JSON.stringify(chart).match(/"range":(\["#[^\]]*\])/)!;
  assert.equal(new Set(JSON.parse(range!)).size, 15);
});

Deno.test("partitionTreeChart() is read without a warning, with classes or without, at any depth", () => {
  for (const options of [{ classNames }, {}]) {
    for (const chosen of [0, null]) {
      const chart = partitionTreeChart(partitions, { chosen, silhouettes, ...options });
      assert.deepEqual(warningsOf(chart), []);
      const [finest] = partitions;
      const single = partitionTreeChart([finest!], { chosen, silhouettes: [0.2], ...options });
      assert.deepEqual(warningsOf(single), []);
    }
  }
});

testWithShared(
  "partitionTreeChart() names the five clusters of real features",
  "golden/finch_real5_resnet18_layer3.json",
  async () => {
    const golden = loadGolden("finch_real5_resnet18_layer3");
    const { data, shape: [rows, levels] } = golden.i32("partitions");
    const found = Array.from(
      { length: levels! },
      (_, level) =>
        partitionOf(Array.from({ length: rows! }, (_, i) => data[i * levels! + level]!)),
    );
    const texts = await textsOf(partitionTreeChart(found, {
      chosen: 3,
      silhouettes: golden.meta.silhouetteCosine,
      classNames: Array.from(golden.i32("labels").data, (label) => golden.meta.classes[label]),
    }));
    assert.deepEqual(texts.filter((text) => /^\d+ clusters$/.test(text)), [
      "73 clusters",
      "18 clusters",
      "6 clusters",
      "5 clusters",
    ]);
    assert.equal(texts.filter((text) => text.startsWith("cluster ")).length, 5);
  },
);

Deno.test("partitionTreeChart() refuses what does not belong to the partitions", () => {
  assert.throws(() => partitionTreeChart(partitions, { chosen: 2, silhouettes }), {
    name: "RangeError",
    message: "Cannot chart a partition tree: chosen must be one of 2 partitions, got 2",
  });
  assert.throws(() => partitionTreeChart(partitions, { chosen: 0, silhouettes: [0.5] }), {
    name: "RangeError",
    message: "Cannot chart a partition tree: each of 2 partitions needs a silhouette, got 1",
  });
  assert.throws(
    () => partitionTreeChart(partitions, { chosen: 0, silhouettes, classNames: ["nut"] }),
    {
      name: "TypeError",
      message: "Cannot chart a partition tree: each of 6 images needs a class, got 1",
    },
  );
});
