import assert from "node:assert/strict";
import { defaultConfig, type ExperimentConfig, resolveConfig } from "@/config.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { scenarioOf } from "@/lab/experiment.ts";
import {
  bootstrapOf,
  conditionConfig,
  datasetLabel,
  embedderOptions,
  runName,
  seedsOf,
  thresholdRuleOf,
  tolerancesOf,
} from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";

Deno.test("conditionConfig() describes exactly the scenario it is given", () => {
  for (const scenario of scenarios) {
    const config = conditionConfig(defaultConfig, { model: "PatchCore", scenario, seed: 4 });
    assert.equal(scenarioOf(config), scenario);
    assert.equal(config.DEFAULT.seed, 4);
    assert.equal(config.MODEL.name, "PatchCore");
  }
});

Deno.test("conditionConfig() names runs as a run by itself is named", () => {
  const known = (number: number) =>
    conditionConfig(defaultConfig, {
      model: "PatchCore",
      scenario: scenarios[number - 1]!,
      seed: 0,
    })
      .EVALUATION.known_class;
  assert.deepEqual([1, 2, 3, 4].map(known), [null, false, true, null]);
});

Deno.test("embedderOptions() takes over every key that shapes the embedder", async () => {
  const config = await loadConfig(null, [
    "MODEL.backbone=resnet",
    "MODEL.backbone_file=mine.safetensors",
    "MODEL.input_scale=127.5",
    "MODEL.input_mean=[1, 1, 1]",
    "MODEL.layers=[layer1]",
    "MODEL.semantic_layer=layer3",
    "MODEL.patch_size=5",
    "MODEL.pretrain_embed_dimension=20",
    "MODEL.target_embed_dimension=null",
    "MODEL.batch_size=3",
    "MODEL.semantic_batch_size=7",
    "DATASET.imagesize=96",
    "RUNTIME.threads=1",
    "RUNTIME.provider=webgpu",
  ]);
  assert.deepEqual(embedderOptions(config), {
    backbone: "resnet",
    backboneFile: "mine.safetensors",
    normalization: { scale: 127.5, mean: [1, 1, 1] },
    layers: ["layer1"],
    semanticLayer: "layer3",
    patchSize: 5,
    pretrainEmbedDimension: 20,
    targetEmbedDimension: null,
    imageSize: 96,
    batchSize: 3,
    semanticBatchSize: 7,
    threads: 1,
    provider: "webgpu",
  });
});

const { EVALUATION } = defaultConfig;

Deno.test("thresholdRuleOf() takes the parameter that belongs to the rule", () => {
  const rule = (name: typeof EVALUATION.threshold_rule) =>
    thresholdRuleOf({ ...EVALUATION, threshold_rule: name });
  assert.deepEqual(rule("conformal"), { name: "conformal", alpha: 0.05 });
  assert.deepEqual(rule("quantile"), { name: "quantile", quantile: 0.99 });
  assert.deepEqual(rule("mean_std"), { name: "mean_std", factor: 3 });
  assert.deepEqual(rule("max"), { name: "max" });
  assert.deepEqual(rule("oracle_f1"), { name: "oracle_f1" });
});

Deno.test("tolerancesOf() keeps the three tolerances apart", () => {
  const own = { ...EVALUATION, r1_mean_tolerance: 2, r1_worst_tolerance: 4, r2_tolerance: 6 };
  assert.deepEqual(tolerancesOf(own), { r1MeanPoints: 2, r1WorstPoints: 4, r2Points: 6 });
});

Deno.test("bootstrapOf() asks for intervals only where resamples are configured", () => {
  assert.equal(bootstrapOf({ ...EVALUATION, bootstrap: 0 }), null);
  assert.deepEqual(bootstrapOf({ ...EVALUATION, bootstrap: 500, confidence: 0.9 }), {
    resamples: 500,
    confidence: 0.9,
    seed: 0,
  });
});

const withOverride = (override: string): ExperimentConfig =>
  resolveConfig({
    name: "test",
    document: null,
    overrides: [override],
    parseValue: JSON.parse,
  });

Deno.test("runName() differs whenever a key that shapes numbers differs", () => {
  const changes = [
    "DEFAULT.seed=1",
    'DATASET.classname="bolt"',
    'DATASET.classname=["bolt", "gear"]',
    "DATASET.resize=300",
    "DATASET.imagesize=224",
    'MODEL.backbone="other"',
    'MODEL.backbone_file="mine.onnx"',
    "MODEL.input_scale=127.5",
    "MODEL.input_mean=[1, 1, 1]",
    "MODEL.input_std=[1, 1, 1]",
    'MODEL.layers=["stride8"]',
    'MODEL.semantic_layer="stride16"',
    "MODEL.patch_size=5",
    "MODEL.pretrain_embed_dimension=64",
    "MODEL.target_embed_dimension=64",
    'MODEL.sampler="random"',
    'MODEL.sampler="identity"',
    "MODEL.sampler_ratio=0.02",
    'MODEL.clustering_method="kmeans"',
    'MODEL.clustering_method="dbscan"',
    "MODEL.n_clusters=5",
    "MODEL.n_clusters=6",
    "MODEL.dbscan_epsilon=0.1",
    "MODEL.dbscan_min_points=3",
    "MODEL.min_silhouette=0.2",
    "MODEL.known_class=true",
    "MODEL.num_neighbors=3",
    "EVALUATION.known_class=true",
    'EVALUATION.threshold_rule="max"',
    "EVALUATION.alpha=0.1",
    'EVALUATION.calibration="holdout"',
    "EVALUATION.folds=4",
    "EVALUATION.fpr_limit=0.05",
  ];
  const names = ["DEFAULT.seed=0", ...changes].map((change) => runName(withOverride(change)));
  assert.equal(new Set(names).size, names.length, names.join("\n"));
  for (const name of names) assert.match(name, /^[\w.=+-]+$/);
  assert.equal(
    runName(withOverride("MODEL.n_clusters=5")),
    "greedy0.1-stride32-n_clusters=5",
  );
});

Deno.test("runName() leaves out what shapes no number or is a folder of its own", () => {
  for (
    const change of [
      "RUNTIME.threads=1",
      'RUNTIME.provider="cuda"',
      "MODEL.batch_size=9",
      "MODEL.semantic_batch_size=9",
      'DEFAULT.savedir="x"',
      'MODEL.name="PatchCore"',
    ]
  ) {
    assert.equal(runName(withOverride(change)), "greedy0.1-stride32");
  }
});

Deno.test("runName() cannot leave its folder", () => {
  const name = runName(withOverride('MODEL.semantic_layer="../../a b"'));
  assert.equal(name, "greedy0.1-.._.._a_b");
});

Deno.test("datasetLabel() is the reader's name, or the folder's for one's own images", () => {
  const label = (DATASET: Partial<ExperimentConfig["DATASET"]>) =>
    datasetLabel({ ...defaultConfig, DATASET: { ...defaultConfig.DATASET, ...DATASET } });
  assert.equal(label({}), "sample");
  assert.equal(label({ name: "MVTec", datadir: "x/y" }), "mvtec");
  assert.equal(label({ name: "Folder", datadir: "../a/real5" }), "real5");
  assert.equal(label({ name: "Folder", datadir: "C:\\photos\\valves\\" }), "valves");
  assert.equal(label({ name: "Folder", datadir: ".." }), "folder");
});

Deno.test("seedsOf() lists one seed, or several in the order given", () => {
  assert.deepEqual(seedsOf({ DEFAULT: { savedir: "r", seed: 7 } }), [7]);
  assert.deepEqual(seedsOf({ DEFAULT: { savedir: "r", seed: [3, 1, 2] } }), [3, 1, 2]);
});
