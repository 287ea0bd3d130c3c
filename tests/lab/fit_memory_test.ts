import assert from "node:assert/strict";
import { createClusterer } from "@/clustering/clusterers.ts";
import type { Clusterer } from "@/clustering/partition.ts";
import { residentFeatures } from "@/features/feature_source.ts";
import { fitMemory } from "@/lab/fit_memory.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

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
