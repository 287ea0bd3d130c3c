import assert from "node:assert/strict";
import { join } from "node:path";
import { defaultConfig } from "@/config.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { repositoryRoot } from "@/files/environment.ts";
import {
  DATASET_VARIABLE,
  datasetNotice,
  loadChosenConfig,
  loadConfig,
  loadNamedConfig,
} from "@/load_config.ts";
import { makeFolder } from "./helpers/folder.ts";

const configs = join(import.meta.dirname!, "../configs");

Deno.test("loadConfig() reads every configuration that comes with the project", async () => {
  const names = [...Deno.readDirSync(configs)].map(({ name }) => name)
    .filter((name) => name !== "backbones.yaml").sort();
  assert.ok(names.includes("sample.yaml") && names.includes("folder.yaml"));
  for (const name of names) {
    const isDrawn = name === "sample.yaml" || name === "default.yaml";
    const overrides = isDrawn ? [] : ["DATASET.datadir=photos"];
    const config = await loadConfig(join(configs, name), overrides);
    assert.equal(config.MODEL.name, "HierarchicalPatchCore", name);
  }
});

Deno.test("loadConfig() takes layers and widths from the backbone unless they are given", async () => {
  const chosen = async (...overrides: string[]) => {
    const { MODEL } = await loadConfig(null, overrides);
    const { layers, semantic_layer, pretrain_embed_dimension, target_embed_dimension } = MODEL;
    return [layers, semantic_layer, pretrain_embed_dimension, target_embed_dimension];
  };
  const resnet = [["layer2", "layer3"], "layer4", 1024, 1024];
  assert.deepEqual(await chosen("MODEL.backbone=wide_resnet50_2"), resnet);
  assert.deepEqual(await chosen(), [["stride8", "stride16"], "stride32", null, null]);
  assert.deepEqual(
    await chosen(
      "MODEL.semantic_layer=layer3",
      "MODEL.target_embed_dimension=null",
      "MODEL.layers=[layer1]",
      "MODEL.backbone=resnet18",
    ),
    [["layer1"], "layer3", 1024, null],
  );
});

Deno.test("loadConfig() says what a backbone of one's own needs", async () => {
  const missing = (what: string) => ({
    name: "RangeError",
    message: `Cannot load "defaults": "MODEL.${what}" must be given for backbone "onnx", got none`,
  });
  const backbone = "MODEL.backbone=onnx";
  await assert.rejects(loadConfig(null, [backbone]), missing("layers"));
  const layers = "MODEL.layers=[s8]";
  await assert.rejects(loadConfig(null, [backbone, layers]), missing("semantic_layer"));
  const config = await loadConfig(null, [backbone, layers, "MODEL.semantic_layer=s32"]);
  assert.equal(config.MODEL.semantic_layer, "s32");
  await assert.rejects(loadConfig(null, ["MODEL.backbone=resnet_18"]), {
    message: /its name must be one of .*, got "resnet_18", did you mean "resnet18"\?$/,
  });
});

Deno.test("loadConfig() reads overrides as YAML does", async () => {
  const config = await loadConfig(null, [
    "DATASET.name=Folder",
    "DATASET.datadir=my photos",
    "DATASET.classname=[bolt, gear]",
    "MODEL.sampler_ratio=1e-2",
    "EVALUATION.known_class=null",
    "MODEL.known_class=true",
  ]);
  assert.equal(config.DATASET.datadir, "my photos");
  assert.deepEqual(config.DATASET.classname, ["bolt", "gear"]);
  assert.equal(config.MODEL.sampler_ratio, 0.01);
  assert.equal(config.EVALUATION.known_class, null);
  assert.equal(config.MODEL.known_class, true);
});

Deno.test("loadConfig() names the file that is missing or no file", async () => {
  const folder = makeFolder();
  await assert.rejects(loadConfig(join(folder, "none.yaml")), {
    message: `Cannot load "${join(folder, "none.yaml")}": the file must exist`,
  });
  await assert.rejects(loadConfig(folder), {
    message: `Cannot load "${folder}": it must be a file, got a folder`,
  });
});

Deno.test("loadConfig() names an override that is not YAML", async () => {
  await assert.rejects(loadConfig(null, ["MODEL.layers=[a, b"]), {
    name: "SyntaxError",
    message: /^Cannot read "override "\[a, b""/,
  });
});

Deno.test("loadNamedConfig() writes to the project's own results from any folder", async () => {
  const { DEFAULT } = await loadNamedConfig("sample", ["DEFAULT.seed=5"]);
  assert.equal(DEFAULT.savedir, join(configs, "../results"));
  assert.equal(DEFAULT.seed, 5);
  await assert.rejects(loadNamedConfig("nothing"), /nothing\.yaml": the file must exist/);
});

Deno.test("loadChosenConfig() reads the variable, and takes the sample data without it", async () => {
  const before = Deno.env.get(DATASET_VARIABLE);
  try {
    for (const text of [null, ""]) {
      if (text === null) Deno.env.delete(DATASET_VARIABLE);
      else Deno.env.set(DATASET_VARIABLE, text);
      assert.deepEqual(await loadChosenConfig(), await loadNamedConfig("sample"));
    }
    Deno.env.set(DATASET_VARIABLE, "visa:/data/VisA");
    const { DATASET } = await loadChosenConfig();
    assert.deepEqual([DATASET.name, DATASET.datadir], ["VisA", "/data/VisA"]);
    Deno.env.set(DATASET_VARIABLE, "Foldr");
    await assert.rejects(loadChosenConfig(), {
      message: 'Cannot read HIERCORE_DATASET "Foldr": the name must be known, ' +
        'did you mean "Folder"?',
    });
  } finally {
    if (before === undefined) Deno.env.delete(DATASET_VARIABLE);
    else Deno.env.set(DATASET_VARIABLE, before);
  }
});

Deno.test("loadChosenConfig() finds a configuration for every dataset there is", async () => {
  for (const name of DATASET_NAMES.filter((each) => each !== "Sample")) {
    const { DATASET } = await loadChosenConfig([], { choice: `${name}:/there` });
    assert.deepEqual([DATASET.name, DATASET.datadir], [name, "/there"]);
  }
});

Deno.test("loadChosenConfig() begins relative folders and usual ones at the project", async () => {
  const folderOf = async (choice: string): Promise<string | null> =>
    (await loadChosenConfig([], { choice })).DATASET.datadir;
  assert.equal(await folderOf("Folder:tests/fixtures"), join(repositoryRoot, "tests/fixtures"));
  assert.equal(await folderOf("MVTec"), join(repositoryRoot, "data/mvtec"));
  assert.equal(await folderOf("Sample"), null);
});

Deno.test("a relative folder means the same wherever the program was started", async () => {
  const own = makeFolder(), before = Deno.cwd();
  await Deno.mkdir(join(own, 'my "new": photos'));
  await Deno.mkdir(join(own, "tests"));
  const override = (path: string) => [`DATASET.datadir=${JSON.stringify(path)}`];
  const found = async (path: string) => [
    (await loadChosenConfig([], { choice: `Folder:${path}` })).DATASET.datadir,
    (await loadNamedConfig("folder", override(path))).DATASET.datadir,
  ];
  try {
    Deno.chdir(own);
    const here = Deno.cwd();
    // The project's comes first; what it does not have is looked for here.
    assert.deepEqual(await found("tests"), Array(2).fill(join(repositoryRoot, "tests")));
    const photos = 'my "new": photos';
    assert.deepEqual(await found(photos), Array(2).fill(join(here, photos)));
    const places = `"${join(repositoryRoot, "none")}" and "${join(here, "none")}"`;
    await assert.rejects(loadChosenConfig([], { choice: "Folder:none" }), {
      message: `Cannot read HIERCORE_DATASET "Folder:none": the folder must exist, ` +
        `looked for ${places}`,
    });
    await assert.rejects(loadNamedConfig("folder", override("none")), {
      message: `Cannot load "folder": DATASET.datadir "none" must exist, looked for ${places}`,
    });
  } finally {
    Deno.chdir(before);
  }
});

Deno.test("datasetNotice() says whose images these are, whatever their folder is called", () => {
  const notice = (name: "Sample" | "Folder", datadir: string | null) =>
    datasetNotice({ DATASET: { ...defaultConfig.DATASET, name, datadir } });
  assert.match(notice("Sample", null), /^You look at \*\*the sample data\*\*\. Remarks that begin/);
  assert.match(
    notice("Folder", "/there/my_photos"),
    /^You look at \*\*my\\_photos\*\* \(Folder\)\. /,
  );
  assert.match(notice("Folder", "/there/фото/"), /^You look at \*\*фото\*\* /);
});

Deno.test("loadChosenConfig() keeps a dataset's own geometry unless it is overridden", async () => {
  const choice = "Folder:/there";
  const own = await loadChosenConfig([], { choice });
  assert.deepEqual(
    own.DATASET.fit,
    (await loadNamedConfig("folder", ["DATASET.datadir=/there"])).DATASET.fit,
  );
  const changed = await loadChosenConfig(["DATASET.resize=400", "DATASET.fit=square"], { choice });
  assert.deepEqual([changed.DATASET.resize, changed.DATASET.fit], [400, "square"]);
});
