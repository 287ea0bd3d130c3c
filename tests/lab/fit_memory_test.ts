import assert from "node:assert/strict";
import { join } from "node:path";
import { createClusterer } from "@/clustering/clusterers.ts";
import type { Clusterer } from "@/clustering/partition.ts";
import { openFeatureCache } from "@/features/feature_cache.ts";
import { residentFeatures } from "@/features/feature_source.ts";
import { openBoundedFolder } from "@/files/cache.ts";
import { fitMemory, openBankCache } from "@/lab/fit_memory.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { matrixOf } from "@/math/matrix.ts";
import type { BankRecipe } from "@/memory/bank_records.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const workbench = await openWorkbench(
  await tinyConfig(await makeTinyDataset({ train: 5, normal: 1, anomalous: 1 })),
);
const training = await workbench.embedTraining();
await workbench.close();
const bench = { ...workbench, sampler: { ...workbench.sampler, select: firstRows } };

/** Keeps the first rows, so that no thread is needed. */
function firstRows(_features: unknown, { size }: { size: number }) {
  return Promise.resolve({ indices: Uint32Array.from(Array(size).keys()), radius: null });
}

Deno.test("fitMemory() groups as it is told and keeps the ratio of each group", async () => {
  const sizes = async (grouping: "all" | "class" | "cluster") => {
    const { groups, detector } = await fitMemory(bench, { training, grouping });
    await detector.close();
    return [groups.names, detector.groups.map(({ embeddings }) => embeddings.rows)];
  };
  // 15 images of 144 patches, a tenth kept; 5 of them per class.
  assert.deepEqual(await sizes("all"), [["all"], [216]]);
  assert.deepEqual(await sizes("class"), [["blobs", "rings", "stripes"], [72, 72, 72]]);
  assert.deepEqual(await sizes("cluster"), [
    ["cluster 0", "cluster 1", "cluster 2"],
    [72, 72, 72],
  ]);
});

Deno.test("fitMemory() says what it fits", async () => {
  const labels: string[] = [];
  const startProgress = (label: string) => {
    labels.push(label);
    return { report: () => {}, finish: () => {} };
  };
  for (const grouping of ["all", "class", "cluster"] as const) {
    const { detector } = await fitMemory({ ...bench, startProgress }, { training, grouping });
    await detector.close();
  }
  const train = bench.train.map((sample) => ({ ...sample, className: "thing" }));
  const { detector } = await fitMemory({ ...bench, train, startProgress }, {
    training,
    grouping: "class",
  });
  await detector.close();
  assert.deepEqual(labels, [
    "fit one bank for all",
    "fit 3 class banks",
    "fit 3 cluster banks",
    "fit 1 class bank",
  ]);
});

Deno.test("fitMemory() refuses images that are not the workbench's", async () => {
  const some = residentFeatures(await training.load([0, 1]));
  await assert.rejects(fitMemory(bench, { training: some, grouping: "all" }), {
    name: "TypeError",
    message: "Cannot fit a memory bank: 15 training images are needed, got 2",
  });
});

Deno.test("fitMemory() takes the required number of clusters, at most one for every image", async () => {
  const fitted = async (clusters: number) => {
    const MODEL = { ...bench.config.MODEL, n_clusters: clusters };
    const clusterer = createClusterer("kmeans", { clusters });
    const config = { ...bench.config, MODEL };
    return await fitMemory({ ...bench, config, clusterer }, { training, grouping: "cluster" });
  };
  for (const clusters of [1, 5, 15]) {
    const { detector, groups } = await fitted(clusters);
    await detector.close();
    assert.equal(groups.names.length, clusters);
  }
  await assert.rejects(fitted(16), {
    name: "RangeError",
    message:
      'Cannot fit a memory bank: "MODEL.n_clusters" must be at most 15, the number of training ' +
      "images, got 16",
  });
  // Where images are not clustered, the number does not matter.
  const MODEL = { ...bench.config.MODEL, n_clusters: 16 };
  const { detector } = await fitMemory({ ...bench, config: { ...bench.config, MODEL } }, {
    training,
    grouping: "class",
  });
  await detector.close();
});

Deno.test("fitMemory() clusters with the seed that it is given", async () => {
  const seeds: unknown[] = [];
  const clusterer: Clusterer = {
    ...bench.clusterer,
    partitions: (vectors, options) => {
      seeds.push(options?.seed);
      return bench.clusterer.partitions(vectors);
    },
  };
  for (const seed of [{}, { seed: 5 }]) {
    const options = { training, grouping: "cluster", ...seed } as const;
    const { detector } = await fitMemory({ ...bench, clusterer }, options);
    await detector.close();
  }
  assert.deepEqual(seeds, [0, 5]);
});

const recipe: BankRecipe = {
  kept: Uint32Array.of(0, 2),
  scored: Uint32Array.of(1),
  size: 2,
  seed: 7,
  numNeighbors: 1,
  ownRowsOut: false,
};
const record = {
  indices: Uint32Array.of(3, 1),
  radius: 0.25,
  patchScores: { rows: 1, columns: 2, data: Float32Array.of(0.25, 0.5) },
};
const imageKeys = ["a", "b", "c", null];

Deno.test("openBankCache() finds a bank by content, whatever its images are numbered", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 1e6 });
  const options = { files, recipe: ["greedy", 0.1], positions: 2 };
  await openBankCache({ ...options, imageKeys }).keep(recipe, record);
  assert.deepEqual(await openBankCache({ ...options, imageKeys }).find(recipe), record);
  const moved = openBankCache({ ...options, imageKeys: ["z", "c", "a", "b"] });
  const renumbered = { ...recipe, kept: Uint32Array.of(2, 1), scored: Uint32Array.of(3) };
  assert.deepEqual(await moved.find(renumbered), record);
});

Deno.test("openBankCache() keeps apart whatever shapes a bank", async () => {
  const folder = makeFolder();
  const files = openBoundedFolder({ folder, limit: 1e6 });
  const options = { files, recipe: ["greedy"], imageKeys, positions: 2 };
  const records = openBankCache(options);
  await records.keep(recipe, record);
  const changes: Partial<BankRecipe>[] = [
    { kept: Uint32Array.of(2, 0) },
    { kept: Uint32Array.of(0) },
    { scored: new Uint32Array(0) },
    { size: 1 },
    { seed: 8 },
    { numNeighbors: 2 },
    { ownRowsOut: true },
  ];
  for (const change of changes) assert.equal(await records.find({ ...recipe, ...change }), null);
  assert.equal(await openBankCache({ ...options, recipe: ["random"] }).find(recipe), null);
});

Deno.test("openBankCache() keeps nothing of images whose content is not known", async () => {
  const folder = makeFolder();
  const records = openBankCache({
    files: openBoundedFolder({ folder, limit: 1e6 }),
    recipe: [],
    imageKeys,
    positions: 2,
  });
  const unknown = { ...recipe, kept: Uint32Array.of(0, 3) };
  await records.keep(unknown, record);
  assert.equal(await records.find(unknown), null);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

/** A cache of banks in a new folder, with what it says and where the only record lies. */
function newBankCache() {
  const folder = makeFolder();
  const lines: string[] = [];
  const files = openBoundedFolder({ folder, limit: 1e6, onRemark: (line) => lines.push(line) });
  const records = openBankCache({ files, recipe: [], imageKeys, positions: 2 });
  const pathOfOnly = (): string => {
    const [{ name }] = [...Deno.readDirSync(join(folder, "banks"))] as [Deno.DirEntry];
    return join(folder, "banks", name);
  };
  return { records, lines, pathOfOnly };
}

Deno.test("openBankCache() notices, names and drops every damaged byte and every lost one", async () => {
  const { records, lines, pathOfOnly } = newBankCache();
  await records.keep(recipe, record);
  const path = pathOfOnly();
  const good = await Deno.readFile(path);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(good)).record.indices, [3, 1]);
  const bad = [...good.keys()].flatMap((at) => {
    const flipped = good.slice();
    flipped[at]! ^= 2 ** (at % 8);
    return [flipped, good.slice(0, at)];
  });
  // As the version before wrote it.
  bad.push(new TextEncoder().encode('{"schema":1,"indices":[3,1],"radius":0.25,"scores":[0.5]}\n'));
  for (const bytes of bad) {
    await Deno.writeFile(path, bytes);
    assert.equal(await records.find(recipe), null);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    assert.deepEqual(lines.splice(0), [
      `Cannot use cache entry "${path}": its checksum must be that of its key and content, ` +
      "got another; it is made anew",
    ]);
  }
  await Deno.writeFile(path, good);
  assert.deepEqual(await records.find(recipe), record);
});

Deno.test("openBankCache() notices records that were swapped", async () => {
  const { records, lines, pathOfOnly } = newBankCache();
  await records.keep(recipe, record);
  const path = pathOfOnly();
  const own = await Deno.readFile(path);
  await Deno.remove(path);
  const other = { ...recipe, seed: 8 };
  await records.keep(other, record);
  const otherPath = pathOfOnly();
  await Deno.writeFile(otherPath, own);
  assert.equal(await records.find(other), null);
  assert.equal(lines.length, 1);
});

Deno.test("openBankCache() takes no record whose values cannot be of its bank", async () => {
  const { records, lines } = newBankCache();
  const scoresOf = (...data: number[]) => ({
    rows: 1,
    columns: 2,
    data: Float32Array.from(data),
  });
  const wrong = [
    [{ indices: Uint32Array.of(3, 4) }, "indices must be from 0 to 3, got 4"],
    [{ radius: -5 }, "distances must be finite and from 0, got -5"],
    [{ patchScores: scoresOf(1, -0.5) }, "distances must be finite and from 0, got -0.5"],
    [{ indices: Uint32Array.of(3) }, "it must be the record of its bank, got none"],
    [{ patchScores: scoresOf(0, Infinity) }, "distances must be finite and from 0, got Infinity"],
    [
      { patchScores: { rows: 2, columns: 1, data: Float32Array.of(1, 2) } },
      "it must be the record of its bank, got none",
    ],
    [
      { patchScores: { rows: 1, columns: 1, data: Float32Array.of(1) } },
      "images must have 2 patch scores, got 1",
    ],
  ] as const;
  for (const [change, reason] of wrong) {
    await records.keep(recipe, { ...record, ...change });
    assert.equal(await records.find(recipe), null);
    assert.ok(lines.splice(0)[0]!.includes(`": ${reason}; it is made anew`));
    assert.equal(await records.find(recipe), null, "it is gone");
    assert.deepEqual(lines, []);
  }
});

Deno.test("openBankCache() never pushes out features that the same process uses", async () => {
  // Room for one feature entry of 64 + 4 + 4 bytes, and none for a record beside it.
  const files = openBoundedFolder({ folder: makeFolder(), limit: 100 });
  const row = matrixOf([[1]]);
  const image = { count: 1, grid: { rows: 1, columns: 1 }, embeddings: row, semantics: row };
  const cache = openFeatureCache({ files, recipe: [] });
  assert.equal(await cache.write("ab".repeat(32), image), true);
  const records = openBankCache({ files, recipe: [], imageKeys, positions: 2 });
  await records.keep(recipe, record);
  assert.deepEqual([await records.find(recipe), cache.has("ab".repeat(32))], [null, true]);
});
