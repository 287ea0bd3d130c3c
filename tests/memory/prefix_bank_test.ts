import assert from "node:assert/strict";
import { residentFeatures } from "@/features/feature_source.ts";
import { matrixOf, selectRows } from "@/math/matrix.ts";
import { createRandom, permutation } from "@/math/random.ts";
import { greedyCoreset } from "@/memory/coreset.ts";
import { fitDetector } from "@/memory/fit_detector.ts";
import { type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import {
  fitPrefixBank,
  joinCoverings,
  measureCovering,
  openPrefixIndex,
} from "@/memory/prefix_bank.ts";
import { greedySampler, randomSampler } from "@/memory/samplers.ts";
import { assertClose, inParts, randomMatrix } from "../helpers/mod.ts";

/** Eight images of six patches; even ones are of one kind, odd ones of another. */
const images = {
  count: 8,
  grid: { rows: 2, columns: 3 },
  embeddings: randomMatrix({ rows: 48, columns: 4, seed: 1 }),
  semantics: matrixOf(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? [1, 0] : [0, 1]))),
};
const training = residentFeatures(images);
const partition = { labels: Int32Array.from({ length: 8 }, (_, i) => i % 2), clusters: 2 };
const all = { labels: new Int32Array(8), clusters: 1 };
const test = { ...images, embeddings: randomMatrix({ rows: 48, columns: 4, seed: 2 }) };

Deno.test("fitPrefixBank() keeps and scores in its largest size as fitDetector() does", async () => {
  // Everything is kept, so that the seeds of the selections make no difference.
  const common = { sampler: randomSampler, search: plainSearch, seed: 5, partition };
  const bank = await fitPrefixBank(training, { ...common, ratios: [0.25, 1] });
  const detector = await fitDetector(training, {
    ...common,
    samplerRatio: 1,
    groupNames: ["even", "odd"],
    calibration: { scheme: "crossfit", folds: 2 },
  });
  const scores = await bank.score(test);
  assert.deepEqual(scores[1], (await detector.score(test, partition.labels)).scores);
  assert.ok(scores[0]!.every((score, i) => score >= scores[1]![i]!));
  assert.deepEqual([...bank.keptPerImage[1]!], Array(8).fill(6));
});

Deno.test("fitPrefixBank() keeps in each size what a bank of that size alone keeps", async () => {
  const ratios = [0.01, 0.1, 0.3, 0.5];
  for (const sampler of [randomSampler, greedySampler({ startPoints: 2 })]) {
    const common = { partition, sampler, search: plainSearch, seed: 7 };
    const bank = await fitPrefixBank(training, { ...common, ratios });
    for (const [i, ratio] of ratios.entries()) {
      const alone = await fitPrefixBank(training, { ...common, ratios: [ratio] });
      assert.deepEqual(bank.keptPerImage[i], alone.keptPerImage[0], sampler.name);
      assert.deepEqual((await bank.score(test))[i], (await alone.score(test))[0], sampler.name);
      // Two groups of 24 rows: at least one of each.
      const size = Math.max(1, Math.floor(24 * ratio));
      assert.equal(bank.keptPerImage[i]!.reduce((sum, kept) => sum + kept), 2 * size);
    }
  }
});

Deno.test("fitPrefixBank() covers every image by its own group", async () => {
  const sampler = greedySampler({ startPoints: 2 });
  const common = { sampler, ratios: [0.25, 1], search: plainSearch, seed: 7 };
  const grouped = await fitPrefixBank(training, { ...common, partition });
  const covering = await grouped.cover([0, 1, 2, 3, 4, 5, 6, 7]);
  const [even, odd] = [await grouped.cover([0, 2, 4, 6]), await grouped.cover([1, 3, 5, 7])];
  assert.equal(covering[0]!.radius, Math.max(even[0]!.radius, odd[0]!.radius));
  assert.deepEqual(covering[1], { radius: 0, mean: 0, rows: 48 });
  // A greedy selection from all rows: the radius that the sampler reports.
  const global = await fitPrefixBank(training, { ...common, partition: all });
  assert.ok((await global.cover([0, 1, 2, 3, 4, 5, 6, 7]))[0]!.radius > 0);
});

Deno.test("fitPrefixBank() closes every index, also when one cannot be made", async () => {
  let open = 0;
  const search: NeighborSearch = {
    name: "counting",
    build: async (rows) => {
      if (open === 3) throw new Error("no memory");
      open++;
      const index = await plainSearch.build(rows);
      return { ...index, close: () => Promise.resolve(void open--) };
    },
  };
  const common = { sampler: randomSampler, search, seed: 1, partition };
  const bank = await fitPrefixBank(training, { ...common, ratios: [0.5] });
  assert.equal(open, 2);
  await bank.close();
  assert.equal(open, 0);
  await assert.rejects(fitPrefixBank(training, { ...common, ratios: [0.1, 0.5] }), /no memory/);
  assert.equal(open, 0);
});

Deno.test("fitPrefixBank() refuses shares that fall, are out of range or are missing", async () => {
  for (
    const [ratios, got] of [[[], "none"], [[0], "0"], [[0.5, 0.4], "0.5, 0.4"], [[2], "2"]] as const
  ) {
    const options = { partition, sampler: randomSampler, ratios, search: plainSearch, seed: 0 };
    await assert.rejects(fitPrefixBank(training, options), {
      name: "RangeError",
      message: "Cannot fit banks of several sizes: shares must be above 0, at most 1 and never " +
        `fall, got ${got}`,
    });
  }
});

const features = randomMatrix({ rows: 60, columns: 4, seed: 3 });
const sizes = [1, 2, 5, 20, 60];

Deno.test("measureCovering() gives radius and mean worked by hand", async () => {
  // Kept: (0, 0), then (6, 8). To the first alone: 0, 5, 10. To the nearer of both: 0, 5, 0.
  const kept = matrixOf([[0, 0], [6, 8]]);
  const index = await openPrefixIndex(kept, { sizes: [1, 2], search: plainSearch });
  const coverings = await measureCovering(matrixOf([[0, 0], [3, 4], [6, 8]]), index);
  assert.deepEqual(coverings, [
    { radius: 10, mean: 5, rows: 3 },
    { radius: 5, mean: 5 / 3, rows: 3 },
  ]);
});

Deno.test("measureCovering() agrees with the radii of greedyCoreset(), size by size", async () => {
  const { indices, radii } = greedyCoreset(features, { size: 60 });
  const kept = selectRows(features, indices);
  const index = await openPrefixIndex(kept, { sizes, search: plainSearch });
  const coverings = await measureCovering(features, index);
  sizes.forEach((size, i) => assertClose(coverings[i]!.radius, radii[size - 1]!, 1e-6));
  assert.deepEqual(coverings.at(-1), { radius: 0, mean: 0, rows: 60 });
});

Deno.test("measureCovering() never finds a larger radius or mean with more kept rows", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const kept = selectRows(features, permutation(60, createRandom(seed, "kept")));
    const index = await openPrefixIndex(kept, { sizes, search: plainSearch });
    const coverings = await measureCovering(features, index);
    for (let i = 1; i < coverings.length; i++) {
      assert.ok(coverings[i]!.radius <= coverings[i - 1]!.radius, `seed ${seed}`);
      assert.ok(coverings[i]!.mean <= coverings[i - 1]!.mean, `seed ${seed}`);
      assert.ok(coverings[i]!.mean <= coverings[i]!.radius, `seed ${seed}`);
    }
  }
});

Deno.test("measureCovering() measures rows that come in parts as those at hand", async () => {
  const kept = selectRows(features, [4, 7, 30]);
  const index = await openPrefixIndex(kept, { sizes: [1, 3], search: plainSearch });
  const whole = await measureCovering(features, index);
  assert.deepEqual(await measureCovering(inParts(features, [10, 1, 49]), index), whole);
});

Deno.test("joinCoverings() of parts is the covering of the whole", async () => {
  const kept = selectRows(features, [4, 7, 30]);
  const index = await openPrefixIndex(kept, { sizes: [3], search: plainSearch });
  const part = (from: number, to: number) =>
    measureCovering(
      selectRows(features, Uint32Array.from({ length: to - from }, (_, i) => from + i)),
      index,
    );
  const [whole] = await measureCovering(features, index);
  const joined = joinCoverings([...await part(0, 13), ...await part(13, 60)]);
  assert.equal(joined.radius, whole!.radius);
  assert.equal(joined.rows, 60);
  assertClose(joined.mean, whole!.mean, 1e-12);
});

Deno.test("measureCovering() and joinCoverings() refuse nothing", async () => {
  const kept = selectRows(features, [0]);
  const index = await openPrefixIndex(kept, { sizes: [1], search: plainSearch });
  await assert.rejects(measureCovering(selectRows(features, []), index), {
    name: "RangeError",
    message: "Cannot measure a covering: at least one row is needed, got none",
  });
  assert.throws(() => joinCoverings([]), {
    name: "RangeError",
    message: "Cannot join coverings: at least one is needed, got none",
  });
});

const rows = randomMatrix({ rows: 30, columns: 5, seed: 1 });
const queries = randomMatrix({ rows: 12, columns: 5, seed: 2 });

Deno.test("openPrefixIndex() finds in every prefix what a search of that prefix finds", async () => {
  // A size that recurs adds no row.
  const sizes = [1, 4, 4, 17, 30];
  const index = await openPrefixIndex(rows, { sizes, search: plainSearch });
  const found = await index.nearest(queries);
  for (const [i, size] of sizes.entries()) {
    const prefix = selectRows(rows, Uint32Array.from(Array(size).keys()));
    const alone = await plainSearch.build(prefix);
    const { squaredDistances } = await alone.search(queries, 1);
    assert.deepEqual(found[i], squaredDistances, `${size} rows`);
  }
  assert.deepEqual(index.sizes, sizes);
  await index.close();
});

Deno.test("openPrefixIndex() gives every row to one search, and closes them all", async () => {
  const built: number[] = [];
  let closed = 0;
  const search: NeighborSearch = {
    name: "counting",
    build: async (part) => {
      built.push(part.rows);
      const index = await plainSearch.build(part);
      return { ...index, close: () => Promise.resolve(void closed++) };
    },
  };
  const index = await openPrefixIndex(rows, { sizes: [3, 3, 10, 25], search });
  await index.close();
  assert.deepEqual([built, closed], [[3, 7, 15], 3]);
});

Deno.test("openPrefixIndex() closes what it has opened when a search cannot be made", async () => {
  let closed = 0;
  const search: NeighborSearch = {
    name: "failing",
    build: async (part) => {
      if (part.rows > 5) throw new Error("no memory");
      const index = await plainSearch.build(part);
      return { ...index, close: () => Promise.resolve(void closed++) };
    },
  };
  await assert.rejects(openPrefixIndex(rows, { sizes: [2, 4, 20], search }), /no memory/);
  assert.equal(closed, 2);
});

Deno.test("openPrefixIndex() refuses sizes that fall, are out of range or are missing", async () => {
  const refusal = (sizes: number[], message: string) =>
    assert.rejects(openPrefixIndex(rows, { sizes, search: plainSearch }), {
      name: "RangeError",
      message: `Cannot index prefixes: ${message}`,
    });
  const range = "every size must be an integer from the one before,";
  await refusal([], "at least one size is needed, got none");
  await refusal([0], `${range} 1, to 30, got 0`);
  await refusal([5, 4], `${range} 5, to 30, got 4`);
  await refusal([5, 31], `${range} 5, to 30, got 31`);
  await refusal([1.5], `${range} 1, to 30, got 1.5`);
});
