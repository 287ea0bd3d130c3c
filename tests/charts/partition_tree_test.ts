import assert from "node:assert/strict";
import { type PartitionTree, partitionTree, type TreeNode } from "@/charts/partition_tree.ts";
import { finchPartitions } from "@/clustering/finch.ts";
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose, loadGolden, randomMatrix } from "../helpers/mod.ts";

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
