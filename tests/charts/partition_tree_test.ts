import assert from "node:assert/strict";
import {
  type PartitionTree,
  partitionTree,
  partitionTreeChart,
  type TreeNode,
} from "@/charts/partition_tree.ts";
import { finchPartitions } from "@/clustering/finch.ts";
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { createRandom } from "@/math/random.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";
import { assertClose, loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

/** Clusters of one partition, from top to bottom. */
const levelOf = ({ nodes }: PartitionTree, level: number): TreeNode[] =>
  nodes.filter((node) => node.level === level);

/** Partitions that nest: clusters of each are merged at random into those of the next. */
function nestedPartitions(seed: number): Partition[] {
  const random = createRandom(seed);
  let labels = Array.from({ length: 60 }, () => random.integer(20));
  return [9, 4, 2].map((clusters) => {
    const merged = Array.from({ length: 60 }, () => random.integer(clusters));
    const partition = partitionOf(labels);
    labels = labels.map((label) => merged[label]!);
    return partition;
  });
}

Deno.test("partitionTree() places three clusters and the two that hold them, worked by hand", () => {
  // 4 images in 3 finest clusters: a gap is 0.3 · 4 ÷ 3 = 0.4 for every partition that separates.
  // Coarse 0 holds fine 0: from 0 to 2. Two gaps on, at 2.8, coarse 1 holds fine 1 (2.8 to 3.8) and,
  // one gap on, fine 2 (4.2 to 5.2). Its middle is 4, so its bar of 2 begins at 3; links at 3 and 4.
  const { nodes, levels, extent } = partitionTree([
    partitionOf([0, 0, 1, 2]),
    partitionOf([0, 0, 1, 1]),
  ]);
  assert.equal(levels, 2);
  assertClose(extent, 5.2, 1e-12);
  const rows = nodes.map((node) => [
    node.level,
    node.cluster,
    node.size,
    node.parent,
    Number(node.top.toFixed(9)),
    node.slot === null ? null : Number(node.slot.toFixed(9)),
  ]);
  assert.deepEqual(rows, [
    [0, 0, 2, 0, 0, 0],
    [0, 1, 1, 1, 2.8, 3],
    [0, 2, 1, 1, 4.2, 4],
    [1, 0, 2, null, 0, null],
    [1, 1, 2, null, 3, null],
  ]);
});

Deno.test("partitionTree() puts the larger of two siblings first", () => {
  const tree = partitionTree([partitionOf([0, 1, 1, 1, 2, 2]), partitionOf([0, 0, 0, 0, 1, 1])]);
  assert.deepEqual(levelOf(tree, 0).map((node) => node.cluster), [1, 0, 2]);
});

Deno.test("partitionTree() lets no bars overlap and no links cross", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const tree = partitionTree(nestedPartitions(seed));
    for (let level = 0; level < tree.levels; level++) {
      const nodes = levelOf(tree, level);
      assert.equal(nodes.reduce((sum, node) => sum + node.size, 0), 60);
      nodes.forEach((node, i) => {
        const next = nodes[i + 1];
        if (next === undefined) return assert.ok(node.top + node.size <= tree.extent + 1e-9);
        assert.ok(node.top + node.size <= next.top, `seed ${seed}: bars overlap`);
        if (node.slot !== null) {
          assert.ok(node.slot + node.size <= next.slot! + 1e-9, `seed ${seed}: links cross`);
        }
      });
    }
  }
});

Deno.test("partitionTree() fills every parent's bar with the links of its children", () => {
  const tree = partitionTree(nestedPartitions(7));
  for (const parent of tree.nodes.filter((node) => node.level > 0)) {
    const children = levelOf(tree, parent.level - 1).filter((node) =>
      node.parent === parent.cluster
    );
    let next = parent.top;
    for (const child of children) {
      assertClose(child.slot!, next, 1e-9);
      next += child.size;
    }
    assertClose(next, parent.top + parent.size, 1e-9);
  }
});

Deno.test("partitionTree() takes what FINCH finds", () => {
  const found = finchPartitions(randomMatrix({ rows: 50, columns: 4, seed: 3 }));
  assert.ok(found.length > 1);
  const { nodes } = partitionTree(found);
  assert.equal(nodes.length, found.reduce((sum, { clusters }) => sum + clusters, 0));
});

Deno.test("partitionTree() takes what the FINCH authors' program finds", () => {
  const golden = loadGolden("finch_blobs");
  const { data, shape: [rows, levels] } = golden.i32("partitions");
  const partitions = Array.from(
    { length: levels! },
    (_, level) => partitionOf(Array.from({ length: rows! }, (_, i) => data[i * levels! + level]!)),
  );
  const { nodes } = partitionTree(partitions);
  assert.deepEqual(
    partitions.map((_, level) => nodes.filter((node) => node.level === level).length),
    golden.meta.numClusters,
  );
});

Deno.test("partitionTree() says which cluster was torn apart when partitions do not nest", () => {
  assert.throws(
    () => partitionTree([partitionOf([0, 0, 1]), partitionOf([0, 1, 1])]),
    {
      name: "RangeError",
      message: "Cannot lay out a partition tree: partitions must nest, each cluster within one " +
        "cluster of the next partition, as FINCH's do and k-means' do not; " +
        "got cluster 0 of partition 0 in clusters 0, 1",
    },
  );
});

Deno.test("partitionTree() refuses no partition, different images and empty clusters", () => {
  assert.throws(() => partitionTree([]), {
    name: "RangeError",
    message: "Cannot lay out a partition tree: at least one partition is needed",
  });
  assert.throws(() => partitionTree([partitionOf([0, 1]), partitionOf([0])]), {
    name: "TypeError",
    message: "Cannot lay out a partition tree: every partition must group the same images, " +
      "got 2 and 1 images",
  });
  assert.throws(() => partitionTree([{ labels: Int32Array.of(0, 2), clusters: 3 }]), {
    name: "RangeError",
    message: "Cannot lay out a partition tree: every cluster must hold an image, " +
      "got none in cluster 1 of partition 0",
  });
});

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

Deno.test("partitionTreeChart() gives fifteen classes a look each, of ten colours and two fillings", () => {
  const names = Array.from({ length: 15 }, (_, i) => `class ${i}`);
  const chart = partitionTreeChart([partitionOf(names)], {
    chosen: 0,
    silhouettes: [0.5],
    classNames: names,
  });
  const rangeOf = (channel: string): string[] =>
    JSON.parse(JSON.stringify(chart).match(`"${channel}":.*?"range":(\\[[^\\]]*\\])`)![1]!);
  const outlines = rangeOf("stroke"), fills = rangeOf("fill");
  assert.equal(new Set(names.map((_, i) => `${outlines[i]} ${fills[i]}`)).size, 15);
  assert.equal(new Set(outlines).size, 10);
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
