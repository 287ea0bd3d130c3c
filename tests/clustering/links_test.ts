import assert from "node:assert/strict";
import { finchPartitions } from "@/clustering/finch.ts";
import {
  findNeighbors,
  joinLinkedGroups,
  joinSmallGroups,
  linksPartition,
} from "@/clustering/links.ts";
import { type Partition, partitionOf } from "@/clustering/partition.ts";
import { type Matrix, matrixOf } from "@/math/matrix.ts";
import { loadGolden, randomMatrix, testWithShared } from "../helpers/mod.ts";

/** Classes around random centres, in turn, each cut into at most four parts by its first value. */
function makeClasses(
  options: { seed: number; classes: number; size: number; columns: number; spread: number },
): { vectors: Matrix; fine: Partition } {
  const { seed, classes, size, columns, spread } = options;
  let x = seed;
  const draw = (): number => {
    x = Number(BigInt(x) * 48271n % 2147483647n);
    return x / 2147483647;
  };
  const list = <Item>(length: number, make: (i: number) => Item): Item[] =>
    Array.from({ length }, (_, i) => make(i));
  const centers = list(classes, () => list(columns, draw));
  const rows = list(
    classes * size,
    (i) => centers[i % classes]!.map((center) => Math.fround(center + spread * (draw() - 0.5))),
  );
  const labels = rows.map((row, i) => {
    const part = Math.floor((row[0]! - centers[i % classes]![0]!) / spread * 4 + 2);
    return (i % classes) * 4 + Math.min(3, Math.max(0, part));
  });
  // Numbers without gaps, in their order.
  const used = [...new Set(labels)].sort((a, b) => a - b);
  const fine = {
    labels: Int32Array.from(labels, (label) => used.indexOf(label)),
    clusters: used.length,
  };
  return { vectors: matrixOf(rows), fine };
}

/** Groups as letters, in order of first appearance. */
const letters = (partition: Partition): string =>
  [...partitionOf(partition.labels).labels].map((label) => String.fromCharCode(97 + label))
    .join("");

Deno.test("joinSmallGroups() and joinLinkedGroups() agree with a second program", () => {
  // NumPy 2.1.3: the method written in Python over full matrices. Seed, classes, size, columns,
  // spread; groups after joining those below 10; the whole method; links alone with 5 neighbours,
  // 6 links, 5 %.
  // deno-fmt-ignore
  const golden: [number, number, number, number, number, string, string, string][] = [
    [1, 3, 25, 6, 0.5, "abcabdabdaecaedaedabcabdabdaedaecaecaecaecaecaedabcabdaecaedaedabdaedaedabc", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc"],
    [2, 4, 20, 8, 0.45, "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"],
    [3, 5, 18, 5, 0.4, "abcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcde", "abccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccd", "abccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccdabccd"],
    [4, 2, 40, 3, 0.4, "abacdbdedcdeacdbdbaedcaedbaeacdbacdbabacaeacacacdbdcdbaededbaeabaedcdbdbdcabdbab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
    [5, 6, 16, 4, 0.3, "abcdefabcdefabcdcfabcdedabcdcdabcdefabcdcfabcdefabcdefabcdefabcdcfabcdefabcdefabcdefabcdedabcdef", "aaababaaababaaababaaababaaababaaababaaababaaababaaababaaababaaababaaababaaababaaababaaababaaabab", "abbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbcabbcbc"],
    [6, 4, 9, 6, 0.3, "aabbaabbaabbaabbaabbaabbaabbaabbaabb", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcdabcdabcdabcdabcdabcdabcdabcdabcd"],
    [7, 8, 11, 4, 0.25, "abbccadeabbccadeabbccadeabbccadeabbccadeabbccadeabbccadeabbccadeabbccadeabbccadeabbccade", "abbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacd", "abbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacdabbaaacd"],
    [8, 3, 30, 2, 0.1, "abcdbedbeabeabedbcdbcdbcdbedbcabedbcdbcdbeabcabedbedbcdbcabedbcabcabeabcabcdbedbcdbcabcdbc", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc"],
  ];
  for (const [seed, classes, size, columns, spread, large, whole, alone] of golden) {
    const { vectors, fine } = makeClasses({ seed, classes, size, columns, spread });
    const joined = joinSmallGroups(vectors, fine);
    assert.equal(letters(joined), large, `small groups, seed ${seed}`);
    const linked = joinSmallGroups(vectors, joinLinkedGroups(vectors, joined));
    assert.equal(letters(linked), whole, `whole, seed ${seed}`);
    const other = { neighbors: 5, leastLinks: 6, leastShare: 0.05 };
    assert.equal(letters(joinLinkedGroups(vectors, fine, other)), alone, `links, seed ${seed}`);
  }
});

testWithShared(
  "linksPartition() finds the classes of photographs",
  "golden/finch_real5_resnet18_layer3.json",
  () => {
    const golden = loadGolden("finch_real5_resnet18_layer3");
    const vectors = golden.matrix("features");
    const result = linksPartition(vectors, finchPartitions(vectors));
    assert.deepEqual(result.partition, partitionOf(golden.i32("labels").data));
    // FINCH's 73, 18, 6, 5: the second is begun with; 5 groups after links, as the Python program.
    assert.equal(result.chosen, 1);
    assert.deepEqual([result.steps[0], result.steps[2]], [18, 5]);
  },
);

/** Rows at the given angles in degrees. */
const angles = (...degrees: number[]): Matrix =>
  matrixOf(degrees.map((each) => [Math.cos(each * Math.PI / 180), Math.sin(each * Math.PI / 180)]));

Deno.test("joinSmallGroups() joins the smallest first and makes keys anew", () => {
  // Groups at 0 (three), 10 (two), 20 (one) degrees: the last goes to 10; these three are enough.
  const vectors = angles(0, 0, 0, 10, 10, 20);
  const partition = partitionOf([0, 0, 0, 1, 1, 2]);
  assert.deepEqual([...joinSmallGroups(vectors, partition, { least: 3 }).labels], [
    ...[0, 0, 0, 1, 1, 1],
  ]);
  assert.equal(joinSmallGroups(vectors, partition, { least: 4 }).clusters, 1);
  assert.deepEqual(joinSmallGroups(vectors, partition, { least: 1 }), partition);
});

Deno.test("joinSmallGroups() decides ties for the lower number", () => {
  // The middle group is as near to both others; of two smallest the lower number joins.
  const right = matrixOf([[1, 0], [1, 0], [1, 1], [0, 1], [0, 1]]);
  const labels = joinSmallGroups(right, partitionOf([0, 0, 1, 2, 2]), { least: 2 }).labels;
  assert.deepEqual([...labels], [0, 0, 0, 1, 1]);
  const lone = joinSmallGroups(angles(0, 1, 90), partitionOf([0, 1, 2]), { least: 2 });
  assert.equal(lone.clusters, 1);
});

Deno.test("joinLinkedGroups() counts names both ways against both limits", () => {
  // Nearest: 0↔1, 4→1 (3° away), 5→4, and back from 1 nothing: one name between the groups.
  const vectors = angles(0, 1, 4, 5.5);
  const partition = partitionOf([0, 0, 1, 1]);
  const clusters = (leastLinks: number, leastShare: number, neighbors = 1): number =>
    joinLinkedGroups(vectors, partition, { neighbors, leastLinks, leastShare }).clusters;
  // With one neighbour 4 and 5.5 name each other: no name.
  assert.equal(clusters(1, 0), 2);
  // With two: 1 names 4, 0 names 4, 4 names 1, 5.5 names 1: four names of the 4 that the smaller
  // group of two gives.
  assert.equal(clusters(4, 0, 2), 1);
  assert.equal(clusters(5, 0, 2), 2);
  assert.equal(clusters(1, 1, 2), 1);
});

Deno.test("findNeighbors() equals sorting everything, ties to the lower row", () => {
  const vectors = randomMatrix({ rows: 40, columns: 3, seed: 4 });
  // Rows that occur twice make ties.
  vectors.data.copyWithin(60, 0, 60);
  const { nearest, cosines, count } = findNeighbors(vectors, 7);
  const all = findNeighbors(vectors, 100);
  assert.deepEqual([count, all.count], [7, 39]);
  for (let row = 0; row < 40; row++) {
    const cosineTo = new Map([...all.nearest.subarray(row * 39, row * 39 + 39)]
      .map((other, place) => [other, all.cosines[row * 39 + place]!]));
    const expected = [...cosineTo.keys()]
      .sort((a, b) => cosineTo.get(b)! - cosineTo.get(a)! || a - b).slice(0, 7);
    assert.deepEqual([...nearest.subarray(row * 7, row * 7 + 7)], expected);
    assert.ok(!expected.includes(row));
    assert.equal(cosines[row * 7], cosineTo.get(expected[0]!));
  }
});

Deno.test("linksPartition() begins with the finest eligible partition", () => {
  const vectors = randomMatrix({ rows: 12, columns: 3, seed: 2 });
  const of = (clusters: number): Partition =>
    partitionOf(Array.from({ length: 12 }, (_, i) => i % clusters));
  const chosen = (counts: number[], choiceRule: "coarser" | "any" = "coarser") =>
    linksPartition(vectors, counts.map(of), { minGroup: 1, choiceRule }).chosen;
  assert.equal(chosen([6, 4, 2]), 1);
  assert.equal(chosen([6, 4, 2], "any"), 0);
  // 8 clusters are more than half of 12; then nothing finer competes with 6.
  assert.equal(chosen([8, 6, 2]), 1);
  assert.equal(chosen([6]), 0);
  assert.equal(chosen([12]), null);
  assert.deepEqual(linksPartition(vectors, [of(12)]), {
    partition: { labels: new Int32Array(12), clusters: 1 },
    chosen: null,
    steps: [1, 1, 1],
  });
});

Deno.test("linksPartition() says what it cannot take", () => {
  const vectors = angles(0, 1, 2);
  assert.throws(() => linksPartition(vectors, [], { choiceRule: "required" }), {
    name: "RangeError",
    message: "Cannot join groups: a required number of clusters leaves none to join",
  });
  assert.throws(() => joinSmallGroups(vectors, partitionOf([0, 1])), {
    name: "TypeError",
    message: "Cannot join groups: a partition must have one label per vector, got 2 for 3 vectors",
  });
  assert.throws(() => joinLinkedGroups(vectors, partitionOf([0, 1, 1]), { leastShare: 2 }), {
    message: "Cannot join groups: leastShare must be from 0 to 1, got 2",
  });
  assert.throws(() => joinLinkedGroups(vectors, partitionOf([0, 1, 1]), { neighbors: 0 }), {
    message: "Cannot join groups: neighbors must be an integer from 1, got 0",
  });
});
