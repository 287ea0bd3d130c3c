import assert from "node:assert/strict";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { loadModel, saveModel, type WholeModel } from "@/lab/model_store.ts";
import { makeThresholdFile } from "@/thresholds/threshold_file.ts";
import { makeFolder } from "../helpers/folder.ts";
import { randomMatrix } from "../helpers/mod.ts";

/** Stands for a graph: nothing of it is run here. */
const graph = join(makeFolder(), "any.onnx");
await Deno.writeTextFile(graph, "a graph");
const graphHash = createHash("sha256").update("a graph").digest("hex");

const model: WholeModel = {
  config: { DEFAULT: { seed: 7 }, MODEL: { layers: ["stride8", "stride16"], radius: null } },
  backbone: {
    name: "embedded",
    hash: graphHash,
    normalization: { scale: 255, mean: [0.1, 0.2, 0.3], std: [1, 1, 1] },
    addresses: [],
    licence: "MIT",
  },
  graphs: [{ path: graph, hash: graphHash }],
  thresholds: makeThresholdFile({
    model: { name: "any", hash: "1b1b" },
    scope: "group",
    rule: { name: "gumbel", alpha: 0.05 },
    calibration: "crossfit",
    thresholds: new Map([["cluster 0", { value: Math.fround(0.3), count: 1 }]]),
    refusal: null,
  }),
  dimension: 5,
  semanticDimension: 2,
  grid: { rows: 4, columns: 3 },
  groups: [
    {
      name: "cluster 0",
      key: Float32Array.of(0.6, 0.8),
      embeddings: randomMatrix({ rows: 6, columns: 5, seed: 1 }),
      radius: Math.PI,
      trainCount: 12,
      calibration: [{
        image: "nut/train/good/ä 1.png",
        score: Math.fround(0.1),
        meanPatchScore: 0.05,
        keyDistance: 1e-9,
        mapPeak: Math.fround(0.09),
      }],
    },
    {
      name: "cluster 1",
      key: Float32Array.of(1 / 3, -2 / 3),
      embeddings: randomMatrix({ rows: 2, columns: 5, seed: 2 }),
      radius: null,
      trainCount: 1,
      calibration: [],
    },
  ],
};

async function withFolder(body: (folder: string, parent: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await body(join(parent, "runs/model"), parent);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** The model as it is found in a folder: with the graph that lies there. */
function ownGraph(whole: WholeModel, folder: string): WholeModel {
  return { ...whole, graphs: [{ path: join(folder, "backbone-0.onnx"), hash: graphHash }] };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("loadModel() gives back every bit that saveModel() was given", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    assert.deepEqual(await loadModel(folder), ownGraph(model, folder));
    assert.deepEqual(await namesIn(folder), [
      ...["backbone-0.onnx", "group-0.faiss", "group-1.faiss", "model.json", "thresholds.json"],
    ]);
    assert.equal(await Deno.readTextFile(join(folder, "backbone-0.onnx")), "a graph");
    assert.deepEqual(await namesIn(join(folder, "..")), ["model"]);
  });
});

Deno.test("saveModel() writes the same bytes for the same model", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    const first = await Deno.readFile(join(folder, "model.json"));
    await saveModel(folder, await loadModel(folder));
    assert.deepEqual(await Deno.readFile(join(folder, "model.json")), first);
  });
});

Deno.test("saveModel() replaces a model with all its files", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    const smaller = { ...model, groups: model.groups.slice(1) };
    await saveModel(folder, smaller);
    assert.deepEqual(await loadModel(folder), ownGraph(smaller, folder));
    assert.deepEqual(await namesIn(folder), [
      ...["backbone-0.onnx", "group-0.faiss", "model.json", "thresholds.json"],
    ]);
  });
});

Deno.test("saveModel() fills an empty folder and leaves other folders alone", async () => {
  await withFolder(async (folder, parent) => {
    await Deno.mkdir(folder, { recursive: true });
    await saveModel(folder, model);
    await Deno.writeTextFile(join(folder, "notes.txt"), "mine");
    await assert.rejects(saveModel(folder, model), {
      message: `Cannot save model "${folder}": the folder must be new, empty or hold a model ` +
        'alone, got "notes.txt" in it',
    });
    assert.equal(await Deno.readTextFile(join(folder, "notes.txt")), "mine");
    assert.deepEqual(await namesIn(join(parent, "runs")), ["model"]);
  });
});

Deno.test("saveModel() refuses a model that could not be loaded, and keeps the one before", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    await assert.rejects(saveModel(folder, { ...model, dimension: 4 }), {
      name: "TypeError",
      message: `Cannot save model "${folder}": ` +
        'the embeddings of group "cluster 0" must have 4 columns, got 5',
    });
    assert.deepEqual(await loadModel(folder), ownGraph(model, folder));
  });
});

Deno.test("loadModel() names the file of any changed bit", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      const bytes = await Deno.readFile(path);
      for (let i = 0; i < bytes.length; i += Math.max(1, Math.floor(bytes.length / 97))) {
        const changed = bytes.slice();
        changed[i]! ^= 1 << (i % 8);
        await Deno.writeFile(path, changed);
        await assert.rejects(loadModel(folder), (error: Error) => {
          const isNamed = error.message.startsWith(`Cannot load "${path}": `) ||
            name === "model.json" && error.message.startsWith("Cannot load ");
          assert.ok(isNamed, `${name}, byte ${i}: ${error.message}`);
          return true;
        });
      }
      await Deno.writeFile(path, bytes);
    }
    await loadModel(folder);
  });
});

Deno.test("loadModel() opens a model that was moved, and refuses other spacing", async () => {
  await withFolder(async (folder, parent) => {
    await saveModel(folder, model);
    const moved = join(parent, "elsewhere");
    await Deno.rename(folder, moved);
    assert.deepEqual(await loadModel(moved), ownGraph(model, moved));
    const path = join(moved, "model.json");
    await Deno.writeTextFile(path, `${await Deno.readTextFile(path)} `);
    await assert.rejects(loadModel(moved), {
      message: `Cannot load "${path}": it must be as it was written, got other spacing`,
    });
  });
});

Deno.test("saveModel() leaves out a large graph whose weights are published, and no other", async () => {
  await withFolder(async (folder) => {
    const large = join(makeFolder(), "large.onnx");
    await Deno.writeFile(large, new Uint8Array(20_000_001));
    const hash = createHash("sha256").update(new Uint8Array(20_000_001)).digest("hex");
    const graphs = [{ path: large, hash }];
    const addresses = ["https://example.org/weights"];
    const published = { ...model, graphs, backbone: { ...model.backbone, addresses } };
    await saveModel(folder, published);
    assert.deepEqual((await loadModel(folder)).graphs, [{ path: null, hash }]);
    await saveModel(folder, { ...published, backbone: model.backbone });
    assert.deepEqual((await loadModel(folder)).graphs, [
      { path: join(folder, "backbone-0.onnx"), hash },
    ]);
  });
});

Deno.test("loadModel() names the file that is missing", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    for (const name of ["backbone-0.onnx", "thresholds.json", "group-1.faiss", "model.json"]) {
      await Deno.remove(join(folder, name));
      await assert.rejects(loadModel(folder), {
        message: `Cannot load "${join(folder, name)}": no such file`,
      });
    }
  });
});

Deno.test("loadModel() checks model.json against itself and the other files", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    const path = join(folder, "model.json");
    const text = await Deno.readTextFile(path);
    const faults: [string, string, string][] = [
      ['"schema": 2', '"schema": 9', `Cannot load "${path}": schema must be 2, got 9`],
      [
        '"schema": 2',
        '"schema": 1',
        `Cannot load "${path}": schema must be 2, got 1, a model of an earlier version without ` +
        'thresholds and backbone; "deno task run" trains it again',
      ],
      [
        '"rows": 6',
        '"rows": 7',
        `Cannot load "${join(folder, "group-0.faiss")}": ` +
        "it must have 7 rows as in model.json, got 6",
      ],
      [
        '"group-1.faiss"',
        '"../group-1.faiss"',
        `Cannot load model "${folder}": its files must be named group-0.faiss and so on, ` +
        'got "../group-1.faiss"',
      ],
      [
        '"dimension": 5',
        '"dimension": 6',
        `Cannot load model "${folder}": ` +
        'the embeddings of group "cluster 0" must have 6 columns, got 5',
      ],
      [
        '"cluster 1"',
        '"cluster 0"',
        `Cannot load model "${folder}": group names must differ, got "cluster 0" twice`,
      ],
    ];
    for (const [from, to, message] of faults) {
      assert.ok(text.includes(from), from);
      await Deno.writeTextFile(path, text.replace(from, to));
      await assert.rejects(loadModel(folder), { message });
    }
    // What fits and is not what was saved.
    const score = /"score": (\d)/.exec(text)!;
    await Deno.writeTextFile(
      path,
      text.replace(score[0], `"score": ${(Number(score[1]) + 1) % 10}`),
    );
    await assert.rejects(
      loadModel(folder),
      /model\.json": its SHA-256 must be "[0-9a-f]{64}" as it says/,
    );
  });
});
