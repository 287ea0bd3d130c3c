import assert from "node:assert/strict";
import { join } from "node:path";
import { loadModel, saveModel } from "@/lab/model_store.ts";
import type { TrainedModel } from "@/memory/trained_model.ts";
import { randomMatrix } from "../helpers/mod.ts";

const model: TrainedModel = {
  config: { DEFAULT: { seed: 7 }, MODEL: { layers: ["stride8", "stride16"], radius: null } },
  backbone: { name: "embedded", hash: "5a5a" },
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
      calibration: [{ image: "nut/train/good/ä 1.png", score: Math.fround(0.1) }],
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

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("loadModel() gives back every bit that saveModel() was given", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    assert.deepEqual(await loadModel(folder), model);
    assert.deepEqual(await namesIn(folder), ["group-0.faiss", "group-1.faiss", "model.json"]);
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
    assert.deepEqual(await loadModel(folder), smaller);
    assert.deepEqual(await namesIn(folder), ["group-0.faiss", "model.json"]);
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
    assert.deepEqual(await loadModel(folder), model);
  });
});

Deno.test("loadModel() notices any changed byte of an embedding", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    const path = join(folder, "group-1.faiss");
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assert.rejects(loadModel(folder), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot load "${path}": its SHA-256 must be `));
      return true;
    });
  });
});

Deno.test("loadModel() names the file that is missing", async () => {
  await withFolder(async (folder) => {
    await saveModel(folder, model);
    for (const name of ["group-1.faiss", "model.json"]) {
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
      ['"schema": 1', '"schema": 9', `Cannot load "${path}": schema must be 1, got 9`],
      [
        '"rows": 6',
        '"rows": 7',
        `Cannot load "${join(folder, "group-0.faiss")}": ` +
        "it must have 7 rows as in model.json, got 6",
      ],
      [
        '"group-1.faiss"',
        '"../group-1.faiss"',
        `Cannot load model "${folder}": group files must be named group-0.faiss and so on, ` +
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
    // Models of before have none.
    await Deno.writeTextFile(path, text.replace(/,\s*"sha256": "[0-9a-f]{64}"\s*\}\s*$/, "}"));
    await loadModel(folder);
  });
});
