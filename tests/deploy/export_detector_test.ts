import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { decodeModel } from "@/backbones/onnx_schema.ts";
import { type AboutDetector, exportDetector } from "@/deploy/export_detector.ts";
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
import { makeFolder, writeFile } from "../helpers/folder.ts";
import { foreignFile } from "../helpers/foreign.ts";

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

Deno.test("exportDetector() keeps to the operators of an old backbone", async () => {
  const backbone = writeFile("net.onnx", foreignFile(11));
  const run = await train([
    "MODEL.backbone=onnx",
    `MODEL.backbone_file=${backbone}`,
    "MODEL.layers=[fine,coarse]",
    "MODEL.semantic_layer=pooled",
    "MODEL.input_scale=255",
    "MODEL.input_mean=[0.4,0.5,0.6]",
    "MODEL.input_std=[0.2,0.3,0.4]",
  ]);
  await compare(run, ({ backbone }) => assert.equal(backbone.licence, "that of one's own weights"));
  await assert.rejects(exportDetector(run, { folder: makeFolder(), resize: "fast" }), {
    message: 'Cannot export a detector: "--resize fast" needs a backbone of operator set 18 or ' +
      'later, got 11; "exact" needs 11',
  });
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

const trained = await train();

/** A copy of the trained run whose model says something else of itself. */
async function copyWith(changes: object): Promise<string> {
  const copy = makeFolder();
  for await (const { path, isFile } of walk(trained)) {
    const target = join(copy, path);
    if (isFile) await Deno.copyFile(join(trained, path), target);
    else await Deno.mkdir(target, { recursive: true });
  }
  const path = join(copy, "model", "model.json");
  const { sha256: _own, ...manifest } = JSON.parse(await Deno.readTextFile(path));
  const changed = { ...manifest, ...changes };
  const sha256 = createHash("sha256").update(JSON.stringify(changed)).digest("hex");
  await Deno.writeTextFile(path, `${JSON.stringify({ ...changed, sha256 }, null, 1)}\n`);
  return copy;
}

async function* walk(
  folder: string,
  below = "",
): AsyncGenerator<{ path: string; isFile: boolean }> {
  for await (const { name, isFile } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    yield { path, isFile };
    if (!isFile) yield* walk(folder, path);
  }
}

/** The model whose thresholds the trained run has, where it says so. */
const identity = await Deno.readTextFile(join(trained, "thresholds.json"))
  .then((text) => JSON.parse(text).model, () => ({ name: "mine", hash: "ab".repeat(32) }));

/** Writes a file of thresholds for the trained run. */
function writeThresholds(changes: object = {}): string {
  const line = { value: 7, count: 8, promise: "as given; nothing is promised" };
  const names = ["cluster 0", "cluster 1", "cluster 2"];
  const each = <Value>(value: Value) => Object.fromEntries(names.map((name) => [name, value]));
  const content = {
    schema: 1,
    about: "",
    model: identity,
    scope: "group",
    rule: { name: "gumbel", alpha: 0.02 },
    calibration: "",
    thresholds: { ...each(line), "cluster 2": { ...line, value: null } },
    refusal: { alpha: 0.05, limits: each({ patch_mean: 1, key_distance: null }) },
    ...changes,
  };
  return writeFile("thresholds.json", JSON.stringify(content));
}

Deno.test("exportDetector() takes thresholds and limits of a file", async () => {
  const folder = makeFolder();
  const { about, notices } = await exportDetector(trained, {
    folder,
    thresholds: writeThresholds(),
  });
  assert.deepEqual(about.groups.map(({ threshold }) => threshold), [7, 7, null]);
  for (const { patch_mean, key_distance } of about.groups) {
    assert.deepEqual([patch_mean, key_distance], [1, null]);
  }
  assert.equal(about.alpha, 0.02);
  assert.match(notices[0]!, /^1 group of 3 never alarms/);
  const score = await openExported(folder);
  for (const { image } of (await readScores(trained)).filter((_, i) => i % 8 === 0)) {
    const results = await score(join(photographs, image!));
    const group = Number(results.group!.data[0]);
    assert.equal(Number(results.threshold!.data[0]), group === 2 ? Infinity : 7);
  }
  const named = await exportDetector(trained, {
    folder,
    thresholds: writeThresholds({
      scope: "global",
      thresholds: { global: { value: 3, count: 24, promise: "nothing" } },
      refusal: null,
    }),
  });
  assert.deepEqual(named.about.groups.map(({ threshold }) => threshold), [3, 3, 3]);
  assert.equal(named.about.refuse_alpha, null);
});

Deno.test("exportDetector() says in one line what keeps it from exporting", async () => {
  const folder = join(makeFolder(), "exported");
  const refused = async (message: RegExp, options: object, run = trained): Promise<void> => {
    const error = await exportDetector(run, { folder, ...options }).catch((error) => error);
    assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"), error.message);
  };
  await refused(/^Cannot load ".*model\/model.json": no such file$/, {}, photographs);
  await refused(
    /^Cannot export ".*": a detector is not told the class of a photograph, .*known_class=false$/,
    {
      thresholds: writeThresholds({
        scope: "class",
        thresholds: { rings: { value: 1, count: 8, promise: "" } },
      }),
    },
  );
  await refused(/thresholds must be a file, got nothing at "no.json"$/, { thresholds: "no.json" });
  await refused(/must have a threshold for group "cluster 0", got those for none$/, {
    thresholds: writeThresholds({ thresholds: {} }),
  });
  const taken = makeFolder();
  await Deno.writeTextFile(join(taken, "notes.txt"), "mine");
  await refused(/^Cannot write results to ".*": the folder must be new, empty or of the same/, {
    folder: taken,
  });
  assert.equal(await Deno.stat(folder).catch(() => null), null, "nothing was written");
});

Deno.test("exportDetector() refuses another backbone than that of the training", async () => {
  const manifest = JSON.parse(await Deno.readTextFile(join(trained, "model", "model.json")));
  const run = await copyWith({ backbone: { ...manifest.backbone, hash: "ef".repeat(32) } });
  await assert.rejects(
    exportDetector(run, { folder: makeFolder() }),
    /backbone "embedded" must be the one it was trained with, efefefefefef, got \w{12}$/,
  );
});

Deno.test("exportDetector() writes what the detector is, the same each time", async () => {
  const folder = join(makeFolder(), "exported");
  const { files, about } = await exportDetector(trained, { folder });
  const first = await Deno.readFile(join(folder, "detector.onnx"));
  await exportDetector(trained, { folder });
  assert.deepEqual(await Deno.readFile(join(folder, "detector.onnx")), first);
  assert.deepEqual(Object.keys(files), [
    "detector.onnx",
    "use_detector.py",
    "index.html",
    "runtime/ort.wasm.bundle.min.mjs",
    "runtime/ort-wasm-simd-threaded.wasm",
    "README.md",
  ]);
  const { metadataProps = [] } = decodeModel(first);
  const metadata = new Map(metadataProps.map(({ key, value }) => [key, value]));
  assert.deepEqual(JSON.parse(metadata.get("hiercore.groups")!), about.groups);
  assert.equal(metadata.get("hiercore.promise"), "largest calibration score");
  assert.deepEqual(JSON.parse(metadata.get("hiercore.backbone")!).licence, "MIT");
  const page = await Deno.readTextFile(join(folder, "index.html"));
  const [, json] = page.match(/<script id="about"[^>]*>(.*)<\/script>/)!;
  assert.deepEqual(JSON.parse(json!), about);
  const readme = await Deno.readTextFile(join(folder, "README.md"));
  assert.match(readme, /^- cluster 0: 8 images of training; at most about/m);
});

/** A Python that has what the script needs; `HIERCORE_PYTHON` names one. */
async function findPython(): Promise<string | null> {
  const root = join(import.meta.dirname!, "..", "..");
  for (const name of [Deno.env.get("HIERCORE_PYTHON"), join(root, ".venv/bin/python"), "python3"]) {
    if (name === undefined) continue;
    // A program that is not there is an error that is thrown at once, not one of the promise.
    const found = await Promise.try(() => {
      const args = ["-c", "import onnxruntime, PIL, numpy"];
      return new Deno.Command(name, { args, stderr: "null" }).output();
    }).catch(() => null);
    if (found?.success) return name;
  }
  return null;
}

Deno.test("use_detector.py prints the verdicts of the run", async () => {
  const python = await findPython();
  if (python === null) {
    const line = "SKIPPED use_detector.py: needs a Python with onnxruntime, Pillow and NumPy, " +
      "which HIERCORE_PYTHON can name\n";
    await Deno.stdout.write(new TextEncoder().encode(line));
    return;
  }
  const folder = join(makeFolder(), "exported");
  await exportDetector(trained, { folder });
  const rows = await readScores(trained);
  const { stdout, success } = await new Deno.Command(python, {
    args: [join(folder, "use_detector.py"), ...rows.map(({ image }) => join(photographs, image!))],
    stderr: "inherit",
  }).output();
  assert.ok(success);
  const [heading, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(heading, "photograph\tgroup\tscore\tthreshold\tverdict");
  for (const [i, row] of rows.entries()) {
    const [path, group, score, , verdict] = lines[i]!.split("\t");
    assert.equal(path, join(photographs, row.image!));
    assert.equal(group, row.group);
    assert.ok(Math.abs(Number(score) / Number(row.score) - 1) < 1e-4, row.image!);
    assert.ok(verdict!.startsWith(row.decision === "1" ? "anomalous" : "normal"), verdict!);
    assert.equal(verdict!.includes("defective or unknown"), row.refused !== "");
  }
});
