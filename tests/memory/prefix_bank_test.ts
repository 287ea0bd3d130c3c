import assert from "node:assert/strict";
import { residentFeatures } from "@/features/feature_source.ts";
import { matrixOf } from "@/math/matrix.ts";
import { fitDetector } from "@/memory/fit_detector.ts";
import { type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import { fitPrefixBank } from "@/memory/prefix_bank.ts";
import { greedySampler, randomSampler } from "@/memory/samplers.ts";
import { randomMatrix } from "../helpers/mod.ts";

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
