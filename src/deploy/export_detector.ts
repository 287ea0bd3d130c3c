/**
 * Exports a finished run: its trained model as one ONNX file, with a page, a script and a note on
 * how to use them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import "@/backbones/onnx_runtime.ts";
import { readBackbones } from "@/backbones/registry.ts";
import { provideWeights } from "@/backbones/weights.ts";
import type { ExperimentConfig } from "@/config.ts";
import { detectorGraph } from "@/deploy/detector_graph.ts";
import { configOf } from "@/deploy/predictor.ts";
import type { Scaling } from "@/deploy/prepare_graph.ts";
import { readVerdicts, type Verdicts } from "@/deploy/verdicts.ts";
import { openEmbedder } from "@/features/open_embedder.ts";
import { readPackage } from "@/files/environment.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";
import { replaceFolder } from "@/files/write.ts";
import type { Normalization } from "@/images/read.ts";
import { loadModel } from "@/lab/model_store.ts";
import { datasetLabel, embedderOptions } from "@/lab/settings.ts";
import type { TrainedModel } from "@/memory/trained_model.ts";
import { plural } from "@/messages.ts";
import { describeRule } from "@/thresholds/rules.ts";

/** What is exported, and how. */
export interface ExportOptions {
  /** Folder to write. */
  readonly folder: string;
  /** A file of thresholds in place of the run's; default: none. */
  readonly thresholds?: string | null;
  /** How photographs are scaled inside; default `exact`. */
  readonly resize?: Scaling;
  /** Whether a folder that holds something else is taken; default: it is not. */
  readonly overwrite?: boolean;
  /** Shows the progress of a download of weights; default: nothing is shown. */
  readonly startProgress?: StartProgress;
}

/** An exported detector. */
export interface ExportedDetector {
  /** The folder. */
  readonly folder: string;
  /** Bytes of every file in it, by name. */
  readonly files: Readonly<Record<string, number>>;
  /** Version of ONNX's operators that a runtime must know. */
  readonly operatorSet: number;
  /** What the detector says about itself, as in the file's metadata. */
  readonly about: AboutDetector;
  /** What is not as it seems, a line each. */
  readonly notices: readonly string[];
}

/** What an exported detector says about itself. */
export interface AboutDetector {
  /** Version of this layout. */
  readonly schema: 1;
  /** Version of this program. */
  readonly version: string;
  /** Method and dataset. */
  readonly model: string;
  /** SHA-256 that tells the trained model. */
  readonly model_sha256: string;
  /** The network, where it comes from, and the licence of its weights. */
  readonly backbone: {
    readonly name: string;
    readonly hash: string;
    readonly source: string;
    readonly licence: string;
  };
  /** How a photograph is read. */
  readonly input: {
    readonly resize: number;
    readonly imagesize: number;
    readonly fit: string;
    readonly orientation: string;
    readonly scaling: Scaling;
  };
  /** For whom one threshold holds. */
  readonly scope: string;
  /** The rule that set thresholds; `null` where each has its own, or none. */
  readonly rule: unknown;
  /** Share of false alarms that the rule is for; `null` where it has none. */
  readonly alpha: number | null;
  /** What the rule promises, in words. */
  readonly promise: string;
  /** Alpha of refusal; `null` where nothing is refused. */
  readonly refuse_alpha: number | null;
  /** Groups in the order of their numbers; what is infinite is `null`. */
  readonly groups: readonly {
    readonly name: string;
    readonly images: number;
    readonly rows: number;
    readonly threshold: number | null;
    readonly promise: string;
    readonly patch_mean: number | null;
    readonly key_distance: number | null;
  }[];
}

/** A protocol buffer cannot be longer. */
const mostBytes = 2 ** 31 - 1;

/**
 * Exports a finished run as a folder: `detector.onnx`, from photograph to verdict in one file;
 * `index.html`, a page that uses it in a browser; `use_detector.py`; and `README.md`.
 *
 * The folder appears when it is complete and the file has been run once. A folder that holds
 * anything but an earlier export of the same run is not replaced unless told so. Scores are those of
 * the run to a few millionths; where photographs are scaled as `fast`, to about one per cent. Search
 * is exact and goes through the rows of the routed groups alone.
 *
 * @param run Folder of a finished run, or the `model` in it.
 * @param options Where to, thresholds and scaling; see `ExportOptions`.
 * @returns What was written.
 * @throws {Error} If the folder is not that of a finished run, a file was changed, the backbone is
 *   another one, or the folder must not be replaced.
 * @throws {RangeError} If thresholds need the class of a photograph, or the file would be 2 GiB.
 *
 * @example A folder that holds no run
 * ```ts
 * import assert from "node:assert/strict";
 * import { exportDetector } from "@/deploy/mod.ts";
 *
 * await assert.rejects(exportDetector("/no/such/run", { folder: "/tmp/detector" }), {
 *   message: 'Cannot load "/no/such/run/model/model.json": no such file',
 * });
 * ```
 */
export async function exportDetector(
  run: string,
  options: ExportOptions,
): Promise<ExportedDetector> {
  const { folder, thresholds = null, resize: scaling = "exact", overwrite = false } = options;
  const { startProgress = noProgress } = options;
  const { root, modelFolder } = await foldersOf(run);
  const model = await loadModel(modelFolder);
  const config = configOf(model);
  const verdicts = await readVerdicts(root, {
    modelFolder,
    groupNames: model.groups.map(({ name }) => name),
    thresholds,
  });
  const { MODEL } = config;
  await provideWeights(
    { backbone: MODEL.backbone, backboneFile: MODEL.backbone_file },
    { startProgress },
  );
  const embedder = await findEmbedder(config, { model, run });
  const about = await aboutOf({ model, config, verdicts, modelFolder, scaling });
  const size = embedder.bytes.length + 4 * totalRows(model) * (model.dimension + 1);
  if (size > mostBytes - 2 ** 20) {
    throw new RangeError(
      `Cannot export "${run}": detector.onnx must be smaller than 2 GiB, got ` +
        `${(size / 2 ** 30).toFixed(1)} GiB for ${
          totalRows(model).toLocaleString("en-US")
        } rows of ` +
        `${model.dimension} values; train with a smaller MODEL.sampler_ratio`,
    );
  }
  const { bytes, operatorSet } = detectorGraph({
    resize: config.DATASET.resize,
    imagesize: config.DATASET.imagesize,
    fit: config.DATASET.fit,
    normalization: embedder.normalization,
    scaling,
    groups: model.groups.map((group, i) => ({ ...group, ...verdicts.groups[i]! })),
    grid: model.grid,
    numNeighbors: MODEL.num_neighbors,
    routedGroups: MODEL.routed_groups,
    imageScore: MODEL.image_score,
    isHalf: MODEL.feature_precision === "float16",
    embedder,
    metadata: metadataOf(about),
  });
  const files: Record<string, number> = {};
  await replaceFolder(folder, async (temporary) => {
    const write = async (name: string, content: string | Uint8Array): Promise<void> => {
      const path = join(temporary, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(path, data);
      files[name] = data.length;
    };
    await write("detector.onnx", bytes);
    await checkDetector(join(temporary, "detector.onnx"), { run, side: config.DATASET.resize });
    await write("use_detector.py", await readAsset("use_detector.py"));
    await write("index.html", pageOf(await readAsset("index.html"), about));
    for (const path of runtimeFiles()) {
      await write(`runtime/${basename(path)}`, await Deno.readFile(path));
    }
    await write("README.md", readmeOf(about));
  }, { mark: { kind: "detector", of: { model: modelFolder } }, overwrite });
  return { folder, files, operatorSet, about, notices: noticesOf({ config, verdicts, bytes }) };
}

/** The folders of the run and of its model, without links, whichever of the two was named. */
async function foldersOf(run: string): Promise<{ root: string; modelFolder: string }> {
  const path = await Deno.realPath(run).catch(() => resolve(run));
  const isModel = await Deno.stat(join(path, "model.json")).then(() => true, () => false);
  return isModel
    ? { root: dirname(path), modelFolder: path }
    : { root: path, modelFolder: join(path, "model") };
}

/** The embedder's graph with both outputs, once it is certain that it is the model's. */
async function findEmbedder(
  config: ExperimentConfig,
  { model, run }: { model: TrainedModel; run: string },
): Promise<{ bytes: Uint8Array; path: string; normalization: Normalization }> {
  const options = { ...embedderOptions(config), provider: "cpu", threads: 1 } as const;
  const open = async (own: typeof options) => {
    const embedder = await openEmbedder(own);
    await embedder.close();
    return embedder;
  };
  const found = await open(options);
  if (found.hash !== model.backbone.hash) {
    throw new Error(
      `Cannot export "${run}": backbone "${model.backbone.name}" must be the one it was trained ` +
        `with, ${model.backbone.hash.slice(0, 12)}, got ${found.hash.slice(0, 12)}`,
    );
  }
  const whole = found.files.length === 1 ? found : await open({
    ...options,
    semanticBatchSize: null,
  });
  const path = whole.files[0]!;
  return { bytes: await Deno.readFile(path), path, normalization: found.normalization };
}

function totalRows({ groups }: TrainedModel): number {
  return groups.reduce((sum, { embeddings }) => sum + embeddings.rows, 0);
}

async function aboutOf(
  { model, config, verdicts, modelFolder, scaling }: {
    model: TrainedModel;
    config: ExperimentConfig;
    verdicts: Verdicts;
    modelFolder: string;
    scaling: Scaling;
  },
): Promise<AboutDetector> {
  const { DATASET, MODEL } = config;
  const { scope, rule, refuseAlpha } = verdicts;
  const manifest = await Deno.readTextFile(join(modelFolder, "model.json"));
  const entry = (await readBackbones()).get(MODEL.backbone);
  const { version } = await readPackage();
  const finite = (value: number): number | null => Number.isFinite(value) ? value : null;
  return {
    schema: 1,
    version,
    model: `${MODEL.name} on ${datasetLabel(config)}`,
    model_sha256: JSON.parse(manifest).sha256 ??
      createHash("sha256").update(manifest).digest("hex"),
    backbone: {
      name: model.backbone.name,
      hash: model.backbone.hash,
      source: entry?.source ?? "not listed",
      licence: MODEL.backbone_file === null
        ? entry?.licence ?? "not known"
        : "that of one's own weights",
    },
    input: {
      resize: DATASET.resize,
      imagesize: DATASET.imagesize,
      fit: DATASET.fit,
      orientation: DATASET.orientation,
      scaling,
    },
    scope,
    rule,
    alpha: rule !== null && "alpha" in rule ? rule.alpha : null,
    promise: rule === null ? "as each threshold says" : describeRule(rule),
    refuse_alpha: refuseAlpha,
    groups: model.groups.map(({ name, trainCount, embeddings }, i) => {
      const { threshold, promise, patchMean, keyDistance } = verdicts.groups[i]!;
      return {
        name,
        images: trainCount,
        rows: embeddings.rows,
        threshold: finite(threshold),
        promise,
        patch_mean: finite(patchMean),
        key_distance: finite(keyDistance),
      };
    }),
  };
}

/** Texts by key, as ONNX keeps them: what is no text is JSON. */
function metadataOf(about: AboutDetector): Record<string, string> {
  const entries = Object.entries({ ...about, orientation: about.input.orientation });
  return Object.fromEntries(entries.map(([key, value]) => [
    `hiercore.${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]));
}

/** Runs the file once, on a black photograph that is not square. */
async function checkDetector(
  path: string,
  { run, side }: { run: string; side: number },
): Promise<void> {
  try {
    const session = await ort.InferenceSession.create(path);
    const height = side + 9, width = side + 4;
    const pixels = new Uint8Array(height * width * 3);
    const results = await session.run({
      image: new ort.Tensor("uint8", pixels, [height, width, 3]),
    });
    await session.release();
    const score = Number(results.score!.data[0]);
    if (!(score >= 0 && score < Infinity)) throw new Error(`a score of ${score}`);
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(
      `Cannot export "${run}": ONNX Runtime must be able to run detector.onnx, got "${line}"`,
      { cause: error },
    );
  }
}

async function readAsset(name: string): Promise<string> {
  return await Deno.readTextFile(join(import.meta.dirname!, "page", name));
}

/** The smallest build of ONNX Runtime for browsers: it runs on the processor alone. */
function runtimeFiles(): string[] {
  return ["onnxruntime-web/wasm", "onnxruntime-web/ort-wasm-simd-threaded.wasm"]
    .map((name) => fileURLToPath(import.meta.resolve(name)));
}

/** The page with what it says about the detector in it. */
function pageOf(template: string, about: AboutDetector): string {
  const json = JSON.stringify(about).replaceAll("<", "\\u003c");
  return template.replace(
    /(<script id="about"[^>]*>)\s*null\s*(?=<\/script>)/,
    (_, start) => `${start}${json}`,
  );
}

function noticesOf(
  { config, verdicts, bytes }: {
    config: ExperimentConfig;
    verdicts: Verdicts;
    bytes: Uint8Array;
  },
): string[] {
  const { MODEL } = config;
  const never = verdicts.groups.filter(({ threshold }) => threshold === Infinity).length;
  return [
    ...never === 0 ? [] : [
      `${plural(never, "group")} of ${verdicts.groups.length} never ${
        never === 1 ? "alarms" : "alarm"
      }: no score reaches an infinite threshold.`,
    ],
    ...verdicts.scope !== "class" ? [] : [
      "Thresholds are those of classes: a photograph meets that of the group that its key chooses.",
    ],
    ...MODEL.neighbor_search !== "ivf" && MODEL.neighbor_search !== "hnsw" ? [] : [
      `Search is exact here, and was not in the run (MODEL.neighbor_search=${MODEL.neighbor_search}):` +
      " scores can be smaller.",
    ],
    ...verdicts.rule?.name !== "oracle_f1" ? [] : [
      "Thresholds have seen the labels of the test images: they promise nothing.",
    ],
    ...bytes.length <= 500e6 ? [] : [
      `detector.onnx has ${Math.round(bytes.length / 1e6)} MB: browsers need four times as much ` +
      "memory, and phones may not have it.",
    ],
  ];
}

function readmeOf(about: AboutDetector): string {
  const { model, groups, promise, input, backbone, refuse_alpha } = about;
  const { imagesize, resize, fit, scaling, orientation } = input;
  const shape = fit === "square" ? "part of the photograph, scaled to a square" : "square of it";
  const known = groups.map((group) =>
    `- ${group.name}: ${plural(group.images, "image")} of training; ${group.promise}.\n`
  );
  const refusal = refuse_alpha === null
    ? "Nothing is refused: another product is scored by the group that is most alike."
    : "A photograph unlike anything trained is marked as refused: defective or unknown.";
  const size = imagesize === resize ? "" : `, ${imagesize} of ${resize} pixels`;
  const scaled = scaling === "exact"
    ? "A photograph is scaled as in the run, to the byte."
    : "A photograph is scaled by ONNX's Resize: some bytes differ by 1, scores by about 1 %.";
  const turned = orientation === "exif"
    ? "It stands as its EXIF orientation says."
    : "Its EXIF orientation is not looked at.";
  return `# ${model}

- **Page**: \`python3 -m http.server\` in this folder, then http://localhost:8000; drop photographs.
  Nothing leaves the machine. Any static server does; with the headers
  \`Cross-Origin-Opener-Policy: same-origin\` and \`Cross-Origin-Embedder-Policy: require-corp\` it
  uses several threads.
- **Python**: \`pip install onnxruntime pillow numpy\`, then \`python3 use_detector.py PHOTO…\`.
- **Anything else**: \`detector.onnx\` in any ONNX Runtime from 1.17 on. Input \`image\`: the bytes
  of an RGB photograph, height × width × 3. Outputs: \`score\`, \`threshold\`, \`anomalous\`,
  \`refused\`, \`group\`, \`similarity\`, \`similarities\`, \`patch_mean\`, \`key_distance\`,
  \`patch_scores\`, \`anomaly_map\` (${imagesize} × ${imagesize}) and \`visible\`: left, top, width and
  height of what is seen, in pixels of the photograph.

**What it promises.** Thresholds: ${promise}. This holds for photographs
like those of the training: same products, camera, light and distance. It knows these groups:

${known.join("")}
**Its limits.** ${refusal}
Only the middle ${shape} is seen${size}. ${scaled} ${turned}
Of 16 bits only 8 are read by Pillow and browsers, not always as in the run: save 8-bit files.

**Licences.** Backbone: ${backbone.source}; ${backbone.licence}.
\`runtime/\`: ONNX Runtime Web, MIT, Copyright (c) Microsoft Corporation.
`;
}
