import assert from "node:assert/strict";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import type { AboutDetector } from "@/deploy/export_detector.ts";
import { exportDetector } from "@/deploy/export_detector.ts";
import { openEmbedder } from "@/features/open_embedder.ts";
import { loadImage, toImageBatch } from "@/images/read.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { loadModel } from "@/lab/model_store.ts";
import { embedderOptions } from "@/lab/settings.ts";
import { anomalyMap } from "@/memory/anomaly_map.ts";
import { createDetector } from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { plainSearch } from "@/memory/neighbor_search.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const photographs = await makeTinyDataset();

type Row = Record<string, string>;

/** Trains on the tiny dataset, whose photographs are scaled and cut. */
async function train(overrides: readonly string[] = []): Promise<string> {
  const config = await tinyConfig(photographs, [
    "DATASET.resize=80",
    "DATASET.imagesize=64",
    `DEFAULT.savedir=${makeFolder()}`,
    ...overrides,
  ]);
  return (await runExperiment(config)).folder;
}

async function readScores(run: string): Promise<Row[]> {
  const [heading, ...lines] = (await Deno.readTextFile(join(run, "scores.csv"))).trim().split("\n");
  const names = heading!.split(",");
  return lines.map((line) =>
    Object.fromEntries(line.split(",").map((value, i) => [names[i]!, value]))
  ).filter(({ split }) => split === "test");
}

async function openExported(folder: string): Promise<
  (path: string) => Promise<Record<string, ort.Tensor>>
> {
  const session = await ort.InferenceSession.create(join(folder, "detector.onnx"));
  return async (path) => {
    const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    const dims = [info.height, info.width, info.channels];
    return await session.run({ image: new ort.Tensor("uint8", new Uint8Array(data), dims) });
  };
}

/** The largest difference of two lists, beside the largest value of the first. */
function difference(own: ArrayLike<number>, other: ArrayLike<number>): number {
  let most = 0, largest = 0;
  assert.equal(other.length, own.length);
  for (let i = 0; i < own.length; i++) {
    most = Math.max(most, Math.abs(own[i]!));
    largest = Math.max(largest, Math.abs(own[i]! - other[i]!));
  }
  return largest / most;
}

/** Exports a run and compares every test photograph with what the run gave. */
async function compare(run: string, about: (exported: AboutDetector) => void = () => {}) {
  const folder = join(makeFolder(), "exported");
  const exported = await exportDetector(run, { folder });
  about(exported.about);
  const score = await openExported(folder);
  const rows = await readScores(run);
  for (const row of rows) {
    const results = await score(join(photographs, row.image!));
    const number = (name: string): number => Number(results[name]!.data[0]);
    const what = `${row.image} in ${run}`;
    assert.ok(Math.abs(number("score") / Number(row.score) - 1) < 1e-4, what);
    assert.equal(exported.about.groups[number("group")]!.name, row.group, what);
    assert.ok(Math.abs(number("similarity") - Number(row.similarity)) < 1e-6, what);
    assert.equal(number("threshold"), Number(row.threshold), what);
    assert.equal(number("anomalous"), Number(row.decision), what);
    assert.equal(number("refused"), row.refused === "" ? 0 : 1, what);
  }
  assert.equal(rows.length, 24);
}

Deno.test("exportDetector() gives the scores, groups, decisions and refusals of the run", async () => {
  const variants = [
    [],
    ["MODEL.routed_groups=2", "MODEL.image_score=smoothed", "MODEL.num_neighbors=3"],
    ["MODEL.name=PatchCore", "DATASET.fit=square", "MODEL.feature_precision=float16"],
    ["MODEL.semantic_batch_size=2", "MODEL.input_mean=[10,20,30]", "MODEL.input_scale=2"],
  ];
  for (const overrides of variants) await compare(await train(overrides));
});

Deno.test("exportDetector() gives the product's patch scores and maps", async () => {
  const run = await train(), folder = join(makeFolder(), "exported");
  await exportDetector(join(run, "model"), { folder });
  const score = await openExported(folder);
  const model = await loadModel(join(run, "model"));
  const config = await tinyConfig(photographs, ["DATASET.resize=80", "DATASET.imagesize=64"]);
  const embedder = await openEmbedder(embedderOptions(config));
  const detector = createDetector({
    groups: model.groups.map((group) => ({ ...group, embeddings: residentRows(group.embeddings) })),
    search: plainSearch,
    calibration: [],
  });
  const geometry = { resize: 80, imagesize: 64 };
  for (const row of (await readScores(run)).filter((_, i) => i % 5 === 0)) {
    const path = join(photographs, row.image!);
    const batch = toImageBatch([await loadImage(path, geometry)], {
      size: 64,
      normalization: embedder.normalization,
    });
    const images = await embedder.embed(batch);
    const { patchScores } = await detector.score(images, detector.route(images.semantics));
    const results = await score(path);
    const given = results.patch_scores!.data as Float32Array;
    assert.ok(difference(patchScores.data, given) < 1e-5, row.image!);
    const size = { height: 64, width: 64 };
    const map = anomalyMap(patchScores.data, { grid: model.grid, size });
    assert.ok(difference(map, results.anomaly_map!.data as Float32Array) < 1e-5, row.image!);
  }
  await detector.close();
  await embedder.close();
});
