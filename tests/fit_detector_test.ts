import assert from "node:assert/strict";
import type { EmbeddedImages } from "@/embedder.ts";
import { fitDetector, type FitOptions } from "@/fit_detector.ts";
import { stackRows } from "@/matrix.ts";
import { semanticKey } from "@/memory_bank.ts";
import { plainSearch } from "@/neighbor_search.ts";
import type { Sampler } from "@/sampler.ts";
import { randomMatrix } from "./helpers.ts";

const training: EmbeddedImages = {
  count: 6,
  grid: { rows: 2, columns: 2 },
  embeddings: randomMatrix({ rows: 24, columns: 3, seed: 1 }),
  semantics: randomMatrix({ rows: 6, columns: 4, seed: 2 }),
};

/** Keeps the first rows and remembers what it was asked. */
function firstRows(): Sampler & { requests: { rows: number; size: number; seed: number }[] } {
  const requests: { rows: number; size: number; seed: number }[] = [];
  return {
    name: "first",
    requests,
    select: (features, { size, seed }) => {
      requests.push({ rows: features.rows, size, seed });
      return Promise.resolve({ indices: Uint32Array.from(Array(size).keys()), radius: 0.5 });
    },
  };
}

function options(changes: Partial<FitOptions> = {}): FitOptions {
  return {
    partition: { labels: Int32Array.of(0, 1, 0, 1, 0, 0), clusters: 2 },
    groupNames: ["nut", "bolt"],
    sampler: firstRows(),
    samplerRatio: 0.5,
    search: plainSearch,
    calibration: { scheme: "crossfit", folds: 2 },
    seed: 3,
    ...changes,
  };
}

Deno.test("fitDetector() keeps the ratio of each group's embeddings under the group's key", async () => {
  const detector = await fitDetector(training, options());
  assert.deepEqual(detector.groups.map((group) => group.name), ["nut", "bolt"]);
  // Four images of four patches, half kept; two images of four patches, half kept.
  assert.deepEqual(detector.groups.map((group) => group.embeddings.rows), [8, 4]);
  assert.deepEqual(detector.groups.map((group) => group.trainCount), [4, 2]);
  const rows = (images: number[]) =>
    stackRows(images.map((image) => ({
      rows: 1,
      columns: 4,
      data: training.semantics.data.subarray(4 * image, 4 * image + 4),
    })));
  assert.deepEqual(detector.groups[0]!.key, semanticKey(rows([0, 2, 4, 5])));
  assert.deepEqual(detector.groups[1]!.key, semanticKey(rows([1, 3])));
});

Deno.test("fitDetector() calibrates every image against a bank that has not seen it", async () => {
  const keepAll: Sampler = {
    name: "identity",
    select: ({ rows }) =>
      Promise.resolve({ indices: Uint32Array.from(Array(rows).keys()), radius: 0 }),
  };
  const detector = await fitDetector(training, options({ sampler: keepAll, samplerRatio: 1 }));
  assert.deepEqual(detector.calibration.map(({ image }) => image), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(detector.calibration.map(({ group }) => group), [0, 1, 0, 1, 0, 0]);
  // The final bank keeps every image and would score each of them zero.
  const own = await detector.score(training, Int32Array.of(0, 1, 0, 1, 0, 0));
  assert.ok(own.scores.every((score) => score === 0));
  assert.ok(detector.calibration.every(({ score }) => score > 0));
});

Deno.test("fitDetector() holds images out of the bank that scores them", async () => {
  const sampler = firstRows();
  const scheme = { scheme: "holdout", fraction: 0.25 } as const;
  const detector = await fitDetector(training, options({ sampler, calibration: scheme }));
  // One selection per group: 3 of 4 images, and 1 of 2 (0.25 × 2 rounds to 1 held out).
  assert.deepEqual(sampler.requests.map(({ rows }) => rows), [12, 4]);
  assert.deepEqual(detector.groups.map((group) => group.trainCount), [3, 1]);
  assert.equal(detector.calibration.length, 2);
});

Deno.test("fitDetector() gives the same result at any concurrency", async () => {
  const one = await fitDetector(training, options({ concurrency: 1 }));
  const four = await fitDetector(training, options({ concurrency: 4 }));
  assert.deepEqual(one.groups, four.groups);
  assert.deepEqual(one.calibration, four.calibration);
});

Deno.test("fitDetector() draws different folds and selections from different seeds", async () => {
  const first = firstRows(), second = firstRows();
  await fitDetector(training, options({ sampler: first, seed: 1 }));
  await fitDetector(training, options({ sampler: second, seed: 2 }));
  assert.notDeepEqual(first.requests, second.requests);
  assert.equal(new Set(first.requests.map(({ seed }) => seed)).size, first.requests.length);
});

Deno.test("fitDetector() reports progress that never falls and ends at one", async () => {
  const shares: number[] = [];
  await fitDetector(training, options({ onProgress: (share) => shares.push(share) }));
  assert.ok(shares.every((share, i) => i === 0 || share >= shares[i - 1]!));
  assert.equal(shares.at(-1), 1);
});

Deno.test("fitDetector() averages over neighbors, all of them where a group has fewer", async () => {
  const many = await fitDetector(training, options({ numNeighbors: 99 }));
  const { scores } = await many.score(training, new Int32Array(6));
  assert.ok(scores.every((score) => score > 0));
});

Deno.test("fitDetector() closes its indexes when a selection fails", async () => {
  let open = 0;
  const sampler = firstRows();
  const failing: Sampler = {
    name: "failing",
    select: (features, request) =>
      sampler.requests.length === 3
        ? Promise.reject(new Error("stopped"))
        : sampler.select(features, request),
  };
  const search = {
    name: "counting",
    build: async (rows: Parameters<typeof plainSearch.build>[0]) => {
      const index = await plainSearch.build(rows);
      open++;
      return { ...index, close: () => Promise.resolve(void open--) };
    },
  };
  await assert.rejects(fitDetector(training, options({ sampler: failing, search })), {
    message: "stopped",
  });
  assert.equal(open, 0);
});

Deno.test("fitDetector() says what does not fit", async () => {
  const refused = async (changes: Partial<FitOptions>, message: string) =>
    await assert.rejects(fitDetector(training, options(changes)), { message });
  await refused(
    { partition: { labels: Int32Array.of(0, 0), clusters: 1 }, groupNames: ["all"] },
    "Cannot fit a detector: the partition must group 6 training images, got 2 labels in 1 groups",
  );
  await refused(
    { groupNames: ["nut"] },
    "Cannot fit a detector: 2 groups need as many names, got 1",
  );
  await refused(
    { samplerRatio: 0 },
    "Cannot fit a detector: the sampler's ratio must be above 0 and at most 1, got 0",
  );
  await refused(
    { numNeighbors: 1.5 },
    "Cannot fit a detector: the number of neighbors must be a positive integer, got 1.5",
  );
});
