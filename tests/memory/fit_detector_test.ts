import assert from "node:assert/strict";
import { CLUSTERING_METHODS, createClusterer } from "@/clustering/clusterers.ts";
import { groupTraining } from "@/clustering/grouping.ts";
import { alignScores } from "@/evaluation/alignment.ts";
import { reportGrouping } from "@/evaluation/cluster_metrics.ts";
import { evaluateScores } from "@/evaluation/evaluate.ts";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { residentFeatures } from "@/features/feature_source.ts";
import { clusteringRecord } from "@/lab/results.ts";
import { type Matrix, matrixOf, rowOf, stackRows } from "@/math/matrix.ts";
import { squaredDistance } from "@/math/vectors.ts";
import type { Sampler } from "@/memory/coreset.ts";
import type { Detector } from "@/memory/detector.ts";
import {
  type BankRecipe,
  type BankRecord,
  type BankRecords,
  parseBankRecord,
  stringifyBankRecord,
} from "@/memory/bank_records.ts";
import { fitDetector, type FitOptions } from "@/memory/fit_detector.ts";
import { semanticKey } from "@/memory/memory_bank.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import type { ThresholdRule } from "@/thresholds/rules.ts";
import { assertClose, randomMatrix } from "../helpers/mod.ts";

const training = residentFeatures({
  count: 6,
  grid: { rows: 2, columns: 2 },
  embeddings: randomMatrix({ rows: 24, columns: 3, seed: 1 }),
  semantics: randomMatrix({ rows: 6, columns: 4, seed: 2 }),
});

const keepAll: Sampler = {
  name: "identity",
  select: ({ rows }) =>
    Promise.resolve({ indices: Uint32Array.from(Array(rows).keys()), radius: 0 }),
};

/** The groups with their rows fetched, so that they can be compared. */
async function groupsOf({ groups }: Detector) {
  return await Promise.all(
    groups.map(async (group) => ({ ...group, embeddings: await group.embeddings.load() })),
  );
}

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
  const detector = await fitDetector(training, options({ sampler: keepAll, samplerRatio: 1 }));
  assert.deepEqual(detector.calibration.map(({ image }) => image), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(detector.calibration.map(({ group }) => group), [0, 1, 0, 1, 0, 0]);
  // The final bank keeps every image and would score each of them zero.
  const own = await detector.score(
    await training.load([0, 1, 2, 3, 4, 5]),
    Int32Array.of(0, 1, 0, 1, 0, 0),
  );
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

Deno.test("fitDetector() leaves an image's own rows out of the bank that scores it", async () => {
  const sampler = firstRows();
  const scheme = { scheme: "own_rows_out" } as const;
  const detector = await fitDetector(training, options({ sampler, calibration: scheme }));
  // One selection per group, of all its images.
  assert.deepEqual(sampler.requests.map(({ rows }) => rows), [16, 8]);
  assert.deepEqual(detector.groups.map((group) => group.trainCount), [4, 2]);
  // Group 0 keeps the first 8 of 16 rows, which are images 0 and 2; group 1 keeps image 1 alone,
  // for which no other row is left.
  assert.deepEqual(detector.calibration.map(({ image }) => image), [0, 2, 3, 4, 5]);
  const [bank] = await groupsOf(detector);
  const own = [0, 1, 2, 3], others = [4, 5, 6, 7];
  const images = await training.load([0, 2, 4]);
  const scores = (image: number, rows: number[]) =>
    Math.max(...[0, 1, 2, 3].map((patch) => {
      const query = rowOf(images.embeddings, 4 * image + patch);
      const row = (number: number) => rowOf(bank!.embeddings, number);
      return Math.min(...rows.map((each) => Math.fround(squaredDistance(query, row(each)))));
    }));
  assert.equal(detector.calibration[0]!.score, scores(0, others));
  assert.equal(detector.calibration[1]!.score, scores(1, own));
  assert.equal(detector.calibration[3]!.score, scores(2, [...own, ...others]));
});

Deno.test("fitDetector() with own rows out is exact leave-one-out where every row is kept", async () => {
  const [out, folds] = await Promise.all(
    ([{ scheme: "own_rows_out" }, { scheme: "crossfit", folds: 99 }] as const).map((calibration) =>
      fitDetector(training, options({ sampler: keepAll, samplerRatio: 1, calibration }))
    ),
  );
  assert.deepEqual(out!.calibration, folds!.calibration);
});

Deno.test("fitDetector() measures how far an image is from the key of the others", async () => {
  const semantics = matrixOf([[1, 0], [0, 2], [3, 3]]);
  const detector = await fitDetector(residentFeatures(embed(semantics, 1)), {
    ...options({ sampler: keepAll, samplerRatio: 1, calibration: { scheme: "own_rows_out" } }),
    partition: { labels: new Int32Array(3), clusters: 1 },
    groupNames: ["all"],
  });
  // The others of the third are halfway on both sides of it; those of the first are at 90° and 45°.
  const [first, , third] = detector.calibration;
  assertClose(third!.keyDistance, 0, 1e-6);
  assertClose(first!.keyDistance, 1 - Math.cos(67.5 * Math.PI / 180), 1e-6);
  const patches = await training.load([0]);
  assert.ok(patches.count === 1 && first!.meanPatchScore > 0);
});

Deno.test("fitDetector() lets a second bank lower scores, calibration scores alike", async () => {
  const semantics = matrixOf([[9, 0], [0, 9], [9, 1], [1, 9], [5, 5], [9, 2]]);
  const images = { ...await training.load([0, 1, 2, 3, 4, 5]), semantics };
  const source = residentFeatures(images);
  const both = { sampler: keepAll, samplerRatio: 1 };
  const one = await fitDetector(source, options(both));
  const two = await fitDetector(source, options({ ...both, routedGroups: 2 }));
  assert.deepEqual(two.calibration, one.calibration);
  assert.deepEqual(one.routedCalibration, one.calibration);
  const groups = two.route(semantics), second = two.routeSecond(semantics, groups)!;
  assert.equal(one.routeSecond(semantics, groups), null);
  assert.deepEqual([...second], [...groups].map((group) => 1 - group));
  const others = embed(semantics, 9);
  const [own, other, joined] = await Promise.all([
    two.score(others, groups),
    two.score(others, second),
    two.score(others, groups, second),
  ]);
  for (const [i, value] of joined.patchScores.data.entries()) {
    assert.equal(value, Math.min(own.patchScores.data[i]!, other.patchScores.data[i]!));
  }
  for (const [i, { image, group, score }] of two.routedCalibration.entries()) {
    assert.ok(score <= two.calibration[i]!.score);
    const alone = await two.patchScores(selectImages(images, [image]), 1 - group);
    assert.ok(score <= Math.max(...alone.data));
  }
  assert.ok(two.routedCalibration.some(({ score }, i) => score < two.calibration[i]!.score));
});

Deno.test("fitDetector() scores images as it is told, calibration images alike", async () => {
  const imageScore = (patchScores: Float32Array) => patchScores[3]!;
  const detector = await fitDetector(training, options({ sampler: keepAll, imageScore }));
  const largest = await fitDetector(training, options({ sampler: keepAll }));
  const images = await training.load([0, 1]);
  const { scores, patchScores } = await detector.score(images, Int32Array.of(1, 0));
  assert.deepEqual([...scores], [patchScores.data[3], patchScores.data[7]]);
  assert.ok(detector.calibration.every(({ score }, i) => score <= largest.calibration[i]!.score));
  assert.notDeepEqual(detector.calibration, largest.calibration);
});

Deno.test("fitDetector() gives the same result at any concurrency", async () => {
  const one = await fitDetector(training, options({ concurrency: 1 }));
  const four = await fitDetector(training, options({ concurrency: 4 }));
  assert.deepEqual(await groupsOf(one), await groupsOf(four));
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
  const { scores } = await many.score(await training.load([0, 1, 2, 3, 4, 5]), new Int32Array(6));
  assert.ok(scores.every((score) => score > 0));
});

/** Images with these semantic vectors; equal images where all vectors are equal. */
function embed(semantics: Matrix, seed: number): EmbeddedImages {
  const count = semantics.rows;
  const drawn = randomMatrix({ rows: 4 * count, columns: 3, seed });
  const isSame = semantics.data.every((value, i) => value === semantics.data[i % 2]);
  const data = isSame ? drawn.data.map((_, i) => drawn.data[i % 12]!) : drawn.data;
  return { count, grid: { rows: 2, columns: 2 }, embeddings: { ...drawn, data }, semantics };
}

/** Everything that a run reports of the images under one rule, by the thresholds of the groups. */
async function evaluateImages(
  detector: Detector,
  { images, rule }: { images: EmbeddedImages; rule: ThresholdRule },
) {
  const routed = detector.route(images.semantics);
  const { scores, patchScores } = await detector.score(images, routed);
  const samples = [...scores].map((score, image) => ({ group: routed[image]!, score }));
  const truth = samples.map((_, image) => ({ className: "nut", isAnomalous: image % 2 === 1 }));
  const evaluation = evaluateScores({
    samples,
    truth,
    calibration: detector.calibration,
    rule,
    scope: "group",
    trainCounts: { nut: images.count },
    pixelMetrics: {},
  });
  return { routed, samples, patchScores, evaluation };
}

/** Where a value holds something that is not a number, however deep. */
function findNaN(value: unknown, path = ""): string[] {
  if (Number.isNaN(value)) return [path];
  if (typeof value !== "object" || value === null) return [];
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.flatMap(([key, each]) => findNaN(each, `${path}.${key}`));
}

Deno.test("fitDetector() lends a group of one image no threshold, but the scale of all", async () => {
  const semantics = matrixOf([[9, 0], [9, 1], [0, 9], [9, 2], [8, 1], [9, 3]]);
  for (const method of ["finch", "kmeans"] as const) {
    const clusterer = createClusterer(method, { clusters: 2 });
    const groups = groupTraining({ grouping: "cluster", semantics, clusterer, minGroup: 1 });
    assert.equal(groups.partition.labels.join(""), "001000");
    const images = embed(semantics, 1);
    for (
      const calibration of [
        { scheme: "crossfit", folds: 5 },
        { scheme: "holdout", fraction: 0.4 },
      ] as const
    ) {
      const detector = await fitDetector(residentFeatures(images), {
        ...options({ sampler: keepAll, calibration }),
        partition: groups.partition,
        groupNames: groups.names,
      });
      assert.ok(detector.calibration.every(({ group }) => group === 0));
      const others = embed(semantics, 2);
      const { routed, samples, evaluation } = await evaluateImages(detector, {
        images: others,
        rule: { name: "max" },
      });
      assert.equal(routed.join(""), "001000");
      const { thresholds, perImage, anomalous } = evaluation.decisions;
      assert.deepEqual(thresholds.get("group 1"), {
        value: Infinity,
        count: 0,
        reason: "no calibration score",
      });
      assert.deepEqual([perImage[2], anomalous[2]], [Infinity, false]);
      assert.ok(Number.isFinite(thresholds.get("group 0")!.value));
      // Interpolated between the two calibration scores around 0.95 of the way up.
      const sorted = detector.calibration.map(({ score }) => score).sort((x, y) => x - y);
      const place = 0.95 * (sorted.length - 1), below = Math.floor(place);
      const scale = sorted[below]! + (place - below) * (sorted[below + 1]! - sorted[below]!);
      const [aligned] = alignScores([samples[2]!], detector.calibration);
      assertClose(aligned!, samples[2]!.score / scale, 1e-12);
    }
  }
});

Deno.test("fitDetector() leads to no NaN, however few or equal the clustered images are", async () => {
  const same = Array.from({ length: 6 }, () => [3, 4]);
  const spread = [[9, 0], [9, 1], [0, 9], [9, 2], [1, 9], [9, 3], [5, 5], [8, 1]];
  const inputs = [spread.slice(0, 1), spread.slice(0, 2), spread.slice(0, 3), same, spread];
  const rules: ThresholdRule[] = [
    { name: "max" },
    { name: "conformal", alpha: 0.05 },
    { name: "quantile", quantile: 0.9 },
    { name: "mean_std", factor: 3 },
  ];
  for (const rows of inputs) {
    const semantics = matrixOf(rows);
    const images = embed(semantics, 1);
    for (const method of CLUSTERING_METHODS) {
      for (const clusters of method === "dbscan" ? [null] : [null, 1, rows.length]) {
        const what = `${rows.length} images, ${clusters} clusters by ${method}`;
        const clusterer = createClusterer(method, { clusters });
        const groups = groupTraining({ grouping: "cluster", semantics, clusterer, minGroup: 1 });
        const detector = await fitDetector(residentFeatures(images), {
          ...options({ sampler: keepAll }),
          partition: groups.partition,
          groupNames: groups.names,
        });
        for (const rule of rules) {
          const { routed, ...found } = await evaluateImages(detector, { images, rule });
          assert.deepEqual(findNaN({ ...found, groups: detector.groups }), [], what);
          for (const { value, reason } of found.evaluation.decisions.thresholds.values()) {
            assert.equal(Number.isFinite(value), reason === undefined, what);
          }
          const classNames = rows.map(() => "nut");
          const record = clusteringRecord(groups, {
            method,
            classNames,
            report: reportGrouping(groups.partition, {
              semantics,
              trainClasses: classNames,
              testGroups: routed,
              testClasses: classNames,
            }),
          });
          assert.deepEqual(findNaN(record), [], what);
        }
        await detector.close();
      }
    }
  }
});

Deno.test("fitDetector() refuses a group of nothing but zeros", async () => {
  const semantics = matrixOf([[9, 0], [0, 0], [9, 1]]);
  const clusterer = createClusterer("finch", { clusters: 3 });
  const { partition, names } = groupTraining({
    grouping: "cluster",
    semantics,
    clusterer,
    minGroup: 1,
  });
  await assert.rejects(
    fitDetector(residentFeatures(embed(semantics, 1)), {
      ...options(),
      partition,
      groupNames: names,
    }),
    {
      name: "RangeError",
      message: "Cannot form a semantic key: the mean of the normalised semantic vectors must be " +
        "finite and not zero, got a vector without direction",
    },
  );
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

Deno.test("fitDetector() fetches kept rows anew where they may not stay in memory", async () => {
  const detector = await fitDetector(training, options());
  // Two groups keep 12 rows of 3 values of 4 bytes, which take 2.3 × 144 bytes with their indexes.
  const fitting = await fitDetector(training, options({ bankMemory: 332 }));
  const lean = await fitDetector(training, options({ bankMemory: 331 }));
  const images = await training.load([0, 1, 2, 3, 4, 5]);
  const groups = detector.route(images.semantics);
  for (const other of [fitting, lean]) {
    assert.deepEqual(await groupsOf(other), await groupsOf(detector));
    assert.deepEqual(other.calibration, detector.calibration);
    assert.deepEqual(await other.score(images, groups), await detector.score(images, groups));
  }
  const [kept, fetched] = [fitting, lean].map(({ groups: [group] }) => group!.embeddings);
  assert.equal(await kept!.load(), await kept!.load());
  assert.notEqual(await fetched!.load(), await fetched!.load());
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

/** Records in memory, by everything that a recipe says. */
function remembering(): BankRecords & { kept: number } {
  const known = new Map<string, BankRecord>();
  const nameOf = (recipe: BankRecipe): string =>
    JSON.stringify(Object.values(recipe).map((value) => String(value)));
  const records = {
    kept: 0,
    find: (recipe: BankRecipe) => Promise.resolve(known.get(nameOf(recipe)) ?? null),
    keep: (recipe: BankRecipe, record: BankRecord) => {
      known.set(nameOf(recipe), record);
      records.kept++;
      return Promise.resolve();
    },
  };
  return records;
}

Deno.test("fitDetector() selects nothing that is on record, and makes the same of it", async () => {
  const records = remembering();
  const [first, second, other] = [firstRows(), firstRows(), firstRows()];
  const one = await fitDetector(training, options({ sampler: first, records }));
  const two = await fitDetector(training, options({ sampler: second, records }));
  assert.deepEqual([first.requests.length, records.kept, second.requests.length], [6, 6, 0]);
  assert.deepEqual(two.calibration, one.calibration);
  assert.deepEqual(await groupsOf(two), await groupsOf(one));
  await fitDetector(training, options({ sampler: other, records, seed: 4 }));
  assert.equal(other.requests.length, 6, "another seed is another bank");
});

Deno.test("fitDetector() goes on after the banks that an interrupted fit had made", async () => {
  const plain = await fitDetector(training, options());
  for (let made = 0; made < 6; made++) {
    const records = remembering();
    const sampler = firstRows();
    const failing: Sampler = {
      name: "first",
      select: (features, request) => {
        if (sampler.requests.length === made) throw new Error("interrupted");
        return sampler.select(features, request);
      },
    };
    await assert.rejects(fitDetector(training, options({ sampler: failing, records })));
    const rest = firstRows();
    const detector = await fitDetector(training, options({ sampler: rest, records }));
    assert.equal(rest.requests.length, 6 - made);
    assert.deepEqual(detector.calibration, plain.calibration);
    assert.deepEqual(await groupsOf(detector), await groupsOf(plain));
  }
});

Deno.test("fitDetector() reports progress of scoring, by banks as their sampler's time grows", async () => {
  const sharesWith = async (growth: number) => {
    const shares: number[] = [];
    const sampler = { ...firstRows(), growth };
    await fitDetector(training, options({ sampler, onProgress: (share) => shares.push(share) }));
    return shares;
  };
  // Groups of 4 and 2 images: banks of 4, 2, 2 and of 2, 1, 1 images, the first of each scores none.
  // Scoring ends with the whole of a bank: 4, 6, 8, 10, 11 and 12 twelfths of the work at growth 1.
  const even = await sharesWith(1);
  const ends = [4, 6, 8, 10, 11, 12].map((part) => part / 12);
  for (const end of ends) assert.ok(even.some((share) => Math.abs(share - end) < 1e-9), `${end}`);
  // Two images are scored by a bank of two: halfway through, 0.1 + 0.9 / 2 of it is done.
  assert.ok(even.some((share) => Math.abs(share - (4 + 2 * 0.55) / 12) < 1e-9));
  const steep = await sharesWith(2);
  // 16, 4, 4, 4, 1 and 1 thirtieths; halfway through scoring, 0.7 + 0.3 / 2 of a bank is done.
  assert.ok(steep.some((share) => Math.abs(share - 16 / 30) < 1e-9));
  assert.ok(steep.some((share) => Math.abs(share - (16 + 4 * 0.85) / 30) < 1e-9));
});

const record: BankRecord = {
  indices: Uint32Array.of(4_000_000_000, 0, 3),
  radius: Math.SQRT2,
  patchScores: { rows: 4, columns: 1, data: Float32Array.of(1 / 3, 0, 3e38, 1e-40) },
};
const recipe = { scored: Uint32Array.of(5, 6, 7, 8), size: 3 };

Deno.test("parseBankRecord() gives every number back as it was", () => {
  assert.deepEqual(parseBankRecord(stringifyBankRecord(record), recipe), record);
  const patchScores = { rows: 0, columns: 4, data: new Float32Array(0) };
  const bare = { indices: Uint32Array.of(9), radius: null, patchScores };
  const own = { scored: new Uint32Array(0), size: 1 };
  assert.deepEqual(parseBankRecord(stringifyBankRecord(bare), own), bare);
});

Deno.test("parseBankRecord() takes nothing for a record that is none, or of another bank", () => {
  const text = stringifyBankRecord(record);
  for (let length = 0; length < text.length; length++) {
    assert.equal(parseBankRecord(text.slice(0, length), recipe), null, `${length} characters`);
  }
  assert.equal(parseBankRecord(text, { ...recipe, size: 4 }), null);
  assert.equal(parseBankRecord(text, { ...recipe, scored: Uint32Array.of(5) }), null);
  const changed = (changes: object) => JSON.stringify({ ...JSON.parse(text), ...changes });
  for (
    const changes of [
      { schema: 1 },
      { radius: "1" },
      { indices: [1, 2, -3] },
      { indices: [1, 2, 0.5] },
      { patch_scores: [1, 2, 3, null] },
      { patch_scores: { rows: 4, columns: 1, float32: "AAAA" } },
      { patch_scores: { rows: 4, columns: 1, float32: "no base 64!" } },
      { patch_scores: null },
    ]
  ) assert.equal(parseBankRecord(changed(changes), recipe), null, JSON.stringify(changes));
  assert.equal(parseBankRecord("null", recipe), null);
});
