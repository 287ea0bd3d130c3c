import assert from "node:assert/strict";
import { basename, join, parse, resolve } from "node:path";
import { defaultConfig, type ExperimentConfig, resolveConfig } from "@/config.ts";
import { withDatasetSettings } from "@/datasets/settings.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import { dataFolder } from "@/files/environment.ts";
import { scenarioOf } from "@/lab/experiment.ts";
import {
  auditFolder,
  auditMark,
  bootstrapOf,
  conditionConfig,
  datasetLabel,
  describeClusterCount,
  differingSettings,
  embedderOptions,
  folderName,
  resultsRoot,
  runName,
  seedsOf,
  thresholdRuleOf,
  tolerancesOf,
} from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";
import { makeFolder } from "../helpers/folder.ts";

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

const withOverrides = (...overrides: string[]): ExperimentConfig =>
  resolveConfig({ name: "test", document: null, overrides, parseValue: JSON.parse });

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
  const names = ["DEFAULT.seed=0", ...changes].map((change) => runName(withOverrides(change)));
  assert.equal(new Set(names).size, names.length, names.join("\n"));
  assert.equal(
    runName(withOverrides("MODEL.n_clusters=5")),
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
    assert.equal(runName(withOverrides(change)), "greedy0.1-stride32");
  }
});

Deno.test("runName() keeps apart classes whatever they are called", () => {
  const classes = [
    ...["螺母", "螺栓", "nut_bolt", "nut+bolt", "nut,bolt", "nut bolt", "Nut", "nut", "гайка"],
    ...["é", "e\u0301", "a/b", "a:b", "a_b", "..", ".", ".nut", "nut.", "nut ", "x-seed=1"],
    ...["x".repeat(200), `${"x".repeat(199)}y`, "🔩", "con", "a\nb", "a\\b", "\u202enut"],
  ];
  const lists = [["nut", "bolt"], ["bolt", "nut"], ["nut", "+", "bolt"], ["x"], ["all"]];
  const names = [...classes, ...lists].map((each) =>
    runName(withOverrides(`DATASET.classname=${JSON.stringify(each)}`))
  );
  names.push(runName(withOverrides('DATASET.classname="x"', "DEFAULT.seed=1")));
  // A list of one class is that class.
  assert.equal(names[classes.length + 3], runName(withOverrides('DATASET.classname="x"')));
  assert.equal(new Set(names).size, names.length, names.join("\n"));
  for (const name of names) {
    assert.ok([...name].length <= 60, name);
    assert.match(name, /^greedy/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(name, /[<>:"/\\|?*\u0000-\u001f]|[. ]$/);
  }
  assert.equal(names[0], "greedy0.1-stride32-classname=螺母");
  assert.match(names[3]!, /^greedy0\.1-stride32-classname=nut\+bolt~[0-9a-f]{8}$/);
});

Deno.test("runName() keeps apart folders and weights of the same name", async () => {
  const root = makeFolder();
  const names = new Set<string>();
  for (const line of ["a", "b"]) {
    await Deno.mkdir(join(root, line, "photos"), { recursive: true });
    for (const name of ["Folder", "MVTec"]) {
      names.add(runName(withOverrides(
        `DATASET.name="${name}"`,
        `DATASET.datadir=${JSON.stringify(join(root, line, "photos"))}`,
      )));
    }
    const weights = `MODEL.backbone_file=${JSON.stringify(join(root, line, "mine.safetensors"))}`;
    names.add(runName(withOverrides('MODEL.backbone="resnet"', weights)));
  }
  assert.equal(names.size, 6);
  for (const name of names) assert.match(name, /^greedy0\.1-stride32.*~[0-9a-f]{8}$/);
  // One folder is one folder, however it is written.
  await Deno.symlink(join(root, "a"), join(root, "link"));
  const nameOf = (datadir: string): string =>
    runName(withOverrides('DATASET.name="Folder"', `DATASET.datadir=${JSON.stringify(datadir)}`));
  assert.equal(nameOf(join(root, "link/photos/")), nameOf(join(root, "a/photos")));
});

Deno.test("runName() says only what differs from what is usual for the dataset", () => {
  const nameOf = (name: string, ...overrides: string[]): string => {
    const where = `DATASET.datadir=${JSON.stringify(dataFolder(name.toLowerCase()))}`;
    const all = name === "Sample" ? overrides : [where, ...overrides];
    const document = withDatasetSettings(null, [`DATASET.name=${name}`]);
    const named = [`DATASET.name=${JSON.stringify(name)}`, ...all];
    return runName(
      resolveConfig({ name: "test", document, overrides: named, parseValue: JSON.parse }),
    );
  };
  const layers = [
    ...['MODEL.layers=["layer2", "layer3"]', 'MODEL.semantic_layer="layer4"'],
    ...["MODEL.pretrain_embed_dimension=1024", "MODEL.target_embed_dimension=1024"],
  ];
  assert.equal(nameOf("Sample"), "greedy0.1-stride32");
  assert.match(nameOf("Folder"), /^greedy0\.1-stride32~[0-9a-f]{8}$/);
  for (const name of ["MVTec", "VisA", "BTAD", "MPDD"]) {
    assert.equal(nameOf(name, ...layers), "greedy0.1-layer4");
    assert.equal(nameOf(name, ...layers, "DATASET.resize=300"), "greedy0.1-layer4-resize=300");
  }
});

Deno.test("folderName() leaves readable names alone, in any script", () => {
  for (const name of ["nut", "螺母", "Дата 1", "été", "photos (2)", "a.b", "-rf", "a'b", "🔩"]) {
    assert.equal(folderName(name), name);
  }
});

Deno.test("folderName() never decides over another folder", () => {
  const odd = [
    ...[
      "",
      ".",
      "..",
      "...",
      "..csv",
      ".git",
      "../x",
      "a/b",
      "a\\b",
      "a:b",
      "CON",
      "nul.txt",
      "a.",
    ],
    ...["a ", " ", "a\0b", "a\u0085b", "\ud800", "e\u0301", "x".repeat(61), "é".repeat(300)],
  ];
  const names = odd.map((name) => folderName(name));
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, odd.length, names.join("\n"));
  for (const name of names) {
    assert.match(name, /^[^.].*~[0-9a-f]{8}$/);
    assert.ok([...name].length <= 60 && new TextEncoder().encode(name).length <= 240, name);
    assert.equal(resolve("/results", name), `/results/${name}`);
  }
});

Deno.test("datasetLabel() is the reader's name, or the folder's for one's own images", () => {
  const label = (DATASET: Partial<ExperimentConfig["DATASET"]>) =>
    datasetLabel({ ...defaultConfig, DATASET: { ...defaultConfig.DATASET, ...DATASET } });
  assert.equal(label({}), "sample");
  assert.equal(label({ name: "MVTec", datadir: "x/y" }), "mvtec");
  assert.equal(label({ name: "Folder", datadir: "../a/real5" }), "real5");
  assert.equal(label({ name: "Folder", datadir: "C:\\photos\\valves\\" }), "valves");
  assert.equal(label({ name: "Folder", datadir: "." }), basename(Deno.cwd()));
  assert.equal(label({ name: "Folder", datadir: "/" }), "folder");
});

Deno.test("resultsRoot() takes a given folder as that of the run, unless it is called results", () => {
  const root = (savedir: string | null) =>
    resultsRoot({ DEFAULT: { savedir, seed: 0 } as ExperimentConfig["DEFAULT"] });
  assert.equal(root(null), "results");
  assert.equal(root("results"), "results");
  assert.equal(root("/home/me/results/"), "/home/me/results/");
  assert.equal(root("results/MVTec/HierarchicalPatchCore/greedy0.1-layer4"), null);
  assert.equal(root("."), basename(Deno.cwd()) === "results" ? "." : null);
});

Deno.test("auditFolder() keeps tables apart whatever they are called and wherever they lie", () => {
  const folderOf = (...paths: string[]): string =>
    auditFolder({ savedir: "r", names: paths.map((path) => parse(path).name), paths });
  const folders = [
    ...["a/scores.csv", "b/scores.csv", "...csv", "..csv", ".csv", "分数.csv", "結果.csv"],
    ...["a/scores.json", `${"x".repeat(300)}.csv`, "a b.csv", "a_b.csv", "audit"],
  ].map((path) => folderOf(path));
  folders.push(folderOf("a/scores.csv", "b/scores.csv"));
  assert.equal(new Set(folders).size, folders.length, folders.join("\n"));
  for (const folder of folders) {
    assert.match(folder, /^r.audit.[^./\\][^/\\]*~[0-9a-f]{8}$/);
    assert.ok([...basename(folder)].length <= 60, folder);
  }
  const tables = { savedir: null, names: ["scores"], paths: ["a/scores.csv"] };
  const evaluation = { ...EVALUATION, alpha: 0.02 };
  assert.match(auditFolder({ ...tables, evaluation }), /^results.audit.scores-alpha=0\.02~/);
  assert.notDeepEqual(auditMark(tables), auditMark({ ...tables, evaluation }));
});

Deno.test("describeClusterCount() says that a number of clusters tells the method something", () => {
  assert.equal(describeClusterCount(defaultConfig), null);
  const told = (name: "MVTec" | "Sample", n_clusters: number): string | null =>
    describeClusterCount({
      ...defaultConfig,
      DATASET: { ...defaultConfig.DATASET, name },
      MODEL: { ...defaultConfig.MODEL, clustering_method: "kmeans", n_clusters },
    });
  assert.equal(
    told("MVTec", 15),
    "kmeans is told to make 15 clusters, which is how many classes MVTec has: this tells the " +
      "method something that nobody knows where classes are unknown.",
  );
  assert.match(told("Sample", 15)!, /^kmeans is told to make 15 clusters: this tells/);
});

Deno.test("seedsOf() lists one seed, or several in the order given", () => {
  assert.deepEqual(seedsOf({ DEFAULT: { savedir: "r", seed: 7 } }), [7]);
  assert.deepEqual(seedsOf({ DEFAULT: { savedir: "r", seed: [3, 1, 2] } }), [3, 1, 2]);
});

Deno.test("differingSettings() lists nothing that is usual for the dataset, and all that is not", async () => {
  for (const name of ["sample", "folder", "mvtec", "visa"]) {
    const place = name === "sample" ? [] : ["DATASET.datadir=/somewhere"];
    const config = await loadConfig(`configs/${name}.yaml`, place);
    assert.deepEqual(differingSettings(config), [], name);
  }
  const config = await loadConfig("configs/mvtec.yaml", [
    "DATASET.datadir=/somewhere",
    "DATASET.imagesize=224",
    "DATASET.classname=[nut,bolt]",
    "MODEL.name=PatchCore",
    "MODEL.known_class=true",
    "MODEL.sampler=random",
    "MODEL.semantic_layer=layer3",
    "EVALUATION.known_class=false",
    "EVALUATION.alpha=0.1",
    "DEFAULT.seed=[1,2]",
    "RUNTIME.threads=1",
  ]);
  assert.deepEqual(differingSettings(config), [
    "seed=1+2",
    "classname=nut+bolt",
    "imagesize=224",
    "semantic_layer=layer3",
    "sampler=random",
    "alpha=0.1",
  ]);
});
