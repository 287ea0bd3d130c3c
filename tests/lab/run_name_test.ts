import assert from "node:assert/strict";
import { defaultConfig, type ExperimentConfig, resolveConfig } from "@/config.ts";
import { datasetLabel, runName } from "@/lab/settings.ts";

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
