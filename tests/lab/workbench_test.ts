import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { createClusterer } from "@/clustering/clusterers.ts";
import type { Clusterer } from "@/clustering/partition.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { randomMatrix, relativeError } from "../helpers/mod.ts";

const folder = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });

Deno.test("openWorkbench() opens what the configuration names", async () => {
  for (
    const [sampler, search] of [
      ["greedy", "onnx"],
      ["random", "plain"],
      ["identity", "faiss"],
      ["random", "ivf"],
      ["random", "hnsw"],
    ]
  ) {
    const config = await tinyConfig(folder, [
      `MODEL.sampler=${sampler}`,
      `MODEL.neighbor_search=${search}`,
      "EVALUATION.calibration=holdout",
    ]);
    const workbench = await openWorkbench(config);
    assert.equal(workbench.sampler.name, sampler);
    assert.equal(workbench.search.name, search);
    assert.deepEqual(workbench.calibration, { scheme: "holdout", fraction: 0.2 });
    assert.deepEqual([workbench.train.length, workbench.test.length], [6, 6]);
    await workbench.close();
  }
});

Deno.test("openWorkbench() clusters as the configuration says", async () => {
  const vectors = randomMatrix({ rows: 60, columns: 3, seed: 1 });
  const cases: [string[], Clusterer][] = [
    [[], createClusterer("finch")],
    [["MODEL.n_clusters=7"], createClusterer("finch", { clusters: 7 })],
    [["MODEL.clustering_method=kmeans"], createClusterer("kmeans")],
    [
      ["MODEL.clustering_method=kmeans", "MODEL.n_clusters=7"],
      createClusterer("kmeans", { clusters: 7 }),
    ],
    [["MODEL.clustering_method=dbscan"], createClusterer("dbscan")],
    [
      ["MODEL.clustering_method=dbscan", "MODEL.dbscan_epsilon=0.03", "MODEL.dbscan_min_points=3"],
      createClusterer("dbscan", { epsilon: 0.03, minPoints: 3 }),
    ],
  ];
  const found: string[] = [];
  for (const [overrides, expected] of cases) {
    const workbench = await openWorkbench(await tinyConfig(folder, overrides));
    await workbench.close();
    const { name, choiceRule } = workbench.clusterer;
    assert.deepEqual([name, choiceRule], [expected.name, expected.choiceRule]);
    const partitions = workbench.clusterer.partitions(vectors);
    assert.deepEqual(partitions, expected.partitions(vectors));
    found.push(partitions.map(({ labels }) => labels.join()).join(";"));
  }
  assert.equal(new Set(found).size, cases.length);
});

Deno.test("openWorkbench() takes classes as a list or separated by commas", async () => {
  for (const classes of ["[rings, blobs]", "rings, blobs"]) {
    const config = await tinyConfig(folder, [`DATASET.classname=${classes}`]);
    const workbench = await openWorkbench(config);
    assert.deepEqual(workbench.dataset.classes, ["blobs", "rings"]);
    await workbench.close();
  }
});

Deno.test("openWorkbench() limits threads and selections to what is allowed", async () => {
  const workbench = await openWorkbench(await tinyConfig(folder, ["RUNTIME.threads=1"]));
  assert.equal(workbench.concurrency, 1);
  await workbench.close();
});

Deno.test("openWorkbench() shows progress of embedding up to the end", async () => {
  const shares: number[] = [];
  let finished = 0;
  const startProgress = () => ({
    report: (share: number) => void shares.push(share),
    finish: () => void finished++,
  });
  const workbench = await openWorkbench(await tinyConfig(folder), { startProgress });
  const training = await workbench.embedTraining();
  assert.equal(training.count, 6);
  assert.equal(shares.at(-1), 1);
  assert.equal(finished, 1);
  await workbench.close();
});

Deno.test("openWorkbench() says what it cannot open", async () => {
  const open = async (...overrides: string[]) =>
    await openWorkbench(await tinyConfig(folder, overrides));
  await assert.rejects(open("DATASET.classname=ringz"), /did you mean "rings"\?$/);
  await assert.rejects(open("MODEL.backbone=resnet"), /resnet/);
  await assert.rejects(open("MODEL.semantic_layer=stride64"), {
    message:
      'Cannot open backbone "embedded": layers must be among "stride8", "stride16", "stride32", got "stride64"',
  });
  const bare = await makeTinyDataset({ train: 1, normal: 0, anomalous: 0 });
  await Deno.mkdir(join(bare, "blobs/test"), { recursive: true });
  await assert.rejects(openWorkbench(await tinyConfig(bare)), /^Error: Cannot /);
});

Deno.test("openWorkbench() embeds alike whatever goes through the network at once", async () => {
  const embed = async (...overrides: string[]) => {
    const workbench = await openWorkbench(await tinyConfig(folder, overrides));
    const { count, load } = await workbench.embedTraining();
    const { embeddings, semantics } = await load([0, 1, 2, 3, 4, 5]);
    await workbench.close();
    return { embeddings, semantics, count };
  };
  const usual = await embed();
  assert.equal(usual.count, 6);
  const other = await embed("MODEL.batch_size=2", "MODEL.semantic_batch_size=5");
  assert.ok(relativeError(other.embeddings.data, usual.embeddings.data) < 1e-5);
  assert.ok(relativeError(other.semantics.data, usual.semantics.data) < 1e-5);
});

Deno.test("openWorkbench() feeds the network the range that the configuration says", async () => {
  const mean = async (...overrides: string[]) => {
    const workbench = await openWorkbench(await tinyConfig(folder, overrides));
    await workbench.close();
    return workbench.embedder.normalization;
  };
  assert.deepEqual(await mean(), { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  assert.deepEqual(
    await mean("MODEL.input_scale=2", "MODEL.input_std=[3, 4, 5]"),
    { scale: 2, mean: [0, 0, 0], std: [3, 4, 5] },
  );
});

Deno.test("openWorkbench() refuses to work without test images, and says what does", async () => {
  const dataset = await makeTinyDataset({ train: 2, normal: 0, anomalous: 0 });
  await assert.rejects(openWorkbench(await tinyConfig(dataset)), {
    message: `Cannot run on dataset "${basename(dataset)}": training and test images are needed, ` +
      'got 6 and 0; "deno task run" trains without test images',
  });
  const oracle = await tinyConfig(dataset, ["EVALUATION.threshold_rule=oracle_f1"]);
  await assert.rejects(openWorkbench(oracle, { needsTest: false }), {
    message: `Cannot run on dataset "${basename(dataset)}": EVALUATION.threshold_rule=oracle_f1 ` +
      "sets thresholds on test images, got none",
  });
});
