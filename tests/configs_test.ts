import assert from "node:assert/strict";
import { join } from "node:path";
import { findBackboneEntry } from "@/backbones/entries.ts";
import { readBackbones } from "@/backbones/registry.ts";
import { resolveConfig } from "@/config.ts";
import { benchmarks } from "@/datasets/benchmarks.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { withDatasetSettings } from "@/datasets/settings.ts";
import { parseYaml } from "@/files/yaml.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { runName } from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";
import { makeFolder } from "./helpers/folder.ts";
import { treeMakers } from "./helpers/layouts.ts";

const folder = join(import.meta.dirname!, "../configs");
const fileOf = (name: string): string => join(folder, `${name.toLowerCase()}.yaml`);

Deno.test("every dataset has a configuration that names it, short and with every line used", async () => {
  for (const name of [...Object.keys(benchmarks), "Folder", "Sample"]) {
    const datadir = name === "Sample" ? [] : ["DATASET.datadir=somewhere"];
    const { DATASET } = await loadConfig(fileOf(name), datadir);
    assert.equal(DATASET.name, name);
    const lines = (await Deno.readTextFile(fileOf(name))).split("\n");
    assert.ok(lines.length < 30, `${name} has ${lines.length} lines`);
  }
});

Deno.test("configs/default.yaml has the settings of every dataset's own file, by its name alone", async () => {
  const text = await Deno.readTextFile(join(folder, "default.yaml"));
  assert.ok(text.split("\n").length < 30);
  const document = await parseYaml(text, "default.yaml");
  for (const name of DATASET_NAMES) {
    const datadir = name === "Sample" ? [] : ['DATASET.datadir="somewhere"'];
    const config = resolveConfig({
      name: "default.yaml",
      document: withDatasetSettings(document, [`DATASET.name=${name}`]),
      overrides: [`DATASET.name="${name}"`, ...datadir],
      backbones: await readBackbones(),
      parseValue: JSON.parse,
    });
    assert.deepEqual(config, await loadConfig(fileOf(name), datadir), name);
  }
});

Deno.test("photographs are grouped by links and scored by two groups, by name and by file", async () => {
  const override = ["DATASET.name=Folder", "DATASET.datadir=somewhere"];
  for (const path of [fileOf("Folder"), join(folder, "default.yaml")]) {
    const config = await loadConfig(path, override);
    assert.deepEqual([config.MODEL.partition, config.MODEL.routed_groups], ["links", 2]);
    // What is usual for photographs does not lengthen the name of a run; the paper's way does.
    assert.match(runName(config), /^greedy0\.1-stride32~[0-9a-f]{8}$/);
    const paper = await loadConfig(path, [
      ...override,
      "MODEL.partition=silhouette",
      "MODEL.routed_groups=1",
    ]);
    assert.match(runName(paper), /^greedy0\.1-stride32-partition=silhouette-routed_grou~/);
  }
});

Deno.test("configurations of benchmarks have the settings of the reference", async () => {
  for (const name of Object.keys(benchmarks)) {
    const { DATASET, MODEL } = await loadConfig(fileOf(name), ["DATASET.datadir=somewhere"]);
    assert.deepEqual([DATASET.resize, DATASET.imagesize, DATASET.fit], [288, 256, "short_side"]);
    assert.deepEqual([MODEL.backbone, MODEL.sampler_ratio], ["wide_resnet50_2", 0.1]);
    assert.deepEqual([MODEL.layers, MODEL.semantic_layer], [["layer2", "layer3"], "layer4"]);
    assert.deepEqual([MODEL.pretrain_embed_dimension, MODEL.target_embed_dimension], [1024, 1024]);
    assert.ok(findBackboneEntry(await readBackbones(), MODEL.backbone).addresses.length > 0);
  }
});

for (const name of Object.keys(benchmarks)) {
  Deno.test(`configs/${name.toLowerCase()}.yaml runs with nothing but the folder named`, async () => {
    const classes = Object.keys(benchmarks[name]!.classes).slice(-2);
    const datadir = await treeMakers[name]!({
      counts: { train: 3, normal: 2, anomalous: 2 },
      width: 44,
      height: 36,
    });
    // The weights of the reference are no part of the tests; the embedded backbone stands in.
    const config = await loadConfig(fileOf(name), [
      `DATASET.datadir=${datadir}`,
      `DATASET.classname=[${classes.map((each) => `"${each}"`).join(", ")}]`,
      "DATASET.resize=36",
      "DATASET.imagesize=32",
      "MODEL.backbone=embedded",
      "EVALUATION.folds=2",
      `DEFAULT.savedir=${makeFolder()}`,
    ]);
    const { folder: written } = await runExperiment(config);
    const result = JSON.parse(await Deno.readTextFile(join(written, "test_results.json")));
    assert.equal(result.dataset, name.toLowerCase());
    assert.deepEqual(Object.keys(result.classes), classes);
    for (const own of Object.values<Record<string, unknown>>(result.classes)) {
      assert.deepEqual([own.n_train, own.n_normal, own.n_anomalous], [3, 2, 2]);
      assert.equal(typeof own.image_auroc, "number");
      assert.equal(typeof own.aupro, "number");
    }
  });
}
