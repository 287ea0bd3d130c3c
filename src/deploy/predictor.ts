/**
 * A trained model that scores new photographs, as its run scored the test images.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { provideWeights } from "@/backbones/weights.ts";
import { configKeys, defaultConfig, type ExperimentConfig } from "@/config.ts";
import type { ScopedScore } from "@/evaluation/decisions.ts";
import { roundFeatures } from "@/features/feature_cache.ts";
import { type OpenEmbedder, openEmbedder, openEmbedderGraphs } from "@/features/open_embedder.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";
import { statIfExists } from "@/files/read.ts";
import { loadImage, toImageBatch } from "@/images/read.ts";
import { scenarioOf } from "@/lab/experiment.ts";
import { loadModel, manifestName, type WholeModel } from "@/lab/model_store.ts";
import { embedderOptions, thresholdRuleOf } from "@/lab/settings.ts";
import {
  checkModel,
  limitsFromFile,
  readThresholdFile,
  thresholdFileName,
  thresholdsFromFile,
} from "@/lab/thresholds/threshold_files.ts";
import { openSearch } from "@/lab/workbench.ts";
import { rowOf } from "@/math/matrix.ts";
import { createAnomalyMapper, smoothedScore } from "@/memory/anomaly_map.ts";
import { createDetector, type Detector, meanOf } from "@/memory/detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import { refuseImages } from "@/thresholds/refusal.ts";
import { promiseOf, type Threshold, thresholdFrom } from "@/thresholds/rules.ts";
import type { ThresholdFile } from "@/thresholds/threshold_file.ts";

/** How a predictor is opened. */
export interface PredictorOptions {
  /** A file of thresholds in place of the run's; default: none. */
  readonly thresholds?: string | null;
  /** Threads of the network and the search, 0 for one per core; default: as the run. */
  readonly threads?: number | null;
  /** Where the network runs: `cpu`, `cuda` or `webgpu`; default: as the run. */
  readonly provider?: string | null;
  /** Shows the progress of a download of weights; default: nothing is shown. */
  readonly startProgress?: StartProgress;
}

/** What became of a photograph. */
export interface Prediction {
  /** Name of the group whose key is most alike. */
  readonly group: string;
  /** Cosine of the photograph's semantic vector and that key. */
  readonly similarity: number;
  /** Anomaly score. */
  readonly score: number;
  /** Threshold that it met; infinite if nothing can be anomalous. */
  readonly threshold: number;
  /** Score ÷ threshold; `null` where no threshold above 0 is finite. */
  readonly ratio: number | null;
  /** Whether the score is at or above the threshold. */
  readonly isAnomalous: boolean;
  /** Whether it is unlike anything trained. */
  readonly isRefused: boolean;
  /** What a map is measured in: the threshold; where that says nothing, the highest normal score. */
  readonly mapUnit: number;
  /** Values of the map from which on a pixel is marked; infinite if none ever is. */
  readonly pixelThreshold: number;
  /** Makes the anomaly map, row by row: `imagesize` × `imagesize`. */
  readonly map: () => Float32Array;
}

/** A trained model that scores photographs. It holds native memory until it is closed. */
export interface Predictor {
  /** The configuration of its run. */
  readonly config: ExperimentConfig;
  /** Names of its groups. */
  readonly groups: readonly string[];
  /** Photographs that go through it at once. */
  readonly batchSize: number;
  /** What is not as it seems, a line each. */
  readonly notices: readonly string[];
  /** What its masks promise, in a line. */
  readonly maskPromise: string;
  /** Reads a photograph as the run read its images: RGB, `imagesize` × `imagesize`. */
  read(path: string): Promise<Uint8Array>;
  /** Scores photographs that were read. */
  predict(images: readonly Uint8Array[]): Promise<Prediction[]>;
  /** Frees native memory. */
  close(): Promise<void>;
}

/**
 * Opens the model of a finished run to score new photographs.
 *
 * Everything is as in the run: reading, network, search, score, thresholds, refusal; of the same
 * file come the same numbers, to the bit, on the same machine. A photograph has no class: it goes to
 * the group whose semantic key its semantic vector resembles most. Thresholds are those of the
 * run's `thresholds.json`, or where the model lies by itself those within it.
 *
 * @param run Folder of a finished run, or the `model` in it.
 * @param options A file of thresholds in place of the run's, threads, provider.
 * @returns The predictor; close it when done.
 * @throws {Error} If there is no model, a file of it was changed, or its backbone is another one.
 * @throws {RangeError} If thresholds are of another model, or need the class of a photograph.
 *
 * @example A folder that holds no run
 * ```ts
 * import assert from "node:assert/strict";
 * import { openPredictor } from "@/deploy/mod.ts";
 *
 * await assert.rejects(openPredictor("/no/such/run"), {
 *   message: 'Cannot load "/no/such/run/model/model.json": no such file',
 * });
 * ```
 */
export async function openPredictor(
  run: string,
  options: PredictorOptions = {},
): Promise<Predictor> {
  const { folder, own } = await findModel(run);
  const model = await loadModel(folder);
  const config = configOf(model, options);
  const verdicts = await readVerdicts(model, {
    run,
    config,
    given: options.thresholds ?? null,
    own,
  });
  const embedder = await openOwnEmbedder(model, { run, config, ...options });
  return assemble(model, { config, verdicts, embedder });
}

/** Finds the model of a run, and the thresholds beside it, if they are there. */
export async function findModel(run: string): Promise<{ folder: string; own: string | null }> {
  if (await statIfExists(join(run, manifestName)) !== null) {
    return { folder: resolve(run), own: null };
  }
  const own = join(run, thresholdFileName);
  if (await statIfExists(join(run, "seed_summary.json")) !== null) {
    throw new RangeError(
      `Cannot predict with "${run}": one model must be named, got the runs of several seeds; ` +
        `name one of them, such as the first of its folders "seed-…"`,
    );
  }
  return {
    folder: join(resolve(run), "model"),
    own: await statIfExists(own) === null ? null : own,
  };
}

/** The configuration of a model, in which keys that are newer have their defaults. */
export function configOf(
  { config }: WholeModel,
  { threads = null, provider = null }: Pick<PredictorOptions, "threads" | "provider"> = {},
  task = "predict",
): ExperimentConfig {
  const given = config as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const whole = structuredClone(defaultConfig) as unknown as Record<
    string,
    Record<string, unknown>
  >;
  for (const { path } of configKeys) {
    const [section, key] = path.split(".") as [string, string];
    const value = given[section]?.[key];
    if (value !== undefined) whole[section]![key] = value;
  }
  for (const [name, value] of Object.entries({ threads, provider })) {
    if (value === null) continue;
    const { accepts, requirement } = configKeys.find(({ path }) => path === `RUNTIME.${name}`)!;
    if (!accepts(value)) {
      throw new RangeError(`Cannot ${task}: ${name} must be ${requirement}, got ${value}`);
    }
    whole.RUNTIME![name] = value;
  }
  return whole as unknown as ExperimentConfig;
}

/** What is decided about images of each group, by its number. */
interface Verdicts {
  readonly thresholds: readonly number[];
  readonly pixelThresholds: readonly number[];
  readonly mapUnits: readonly number[];
  readonly limits: ReturnType<typeof limitsFromFile>;
  readonly routesByClass: boolean;
  readonly notices: readonly string[];
  readonly maskPromise: string;
}

async function readVerdicts(
  model: WholeModel,
  { run, config, given, own }: {
    run: string;
    config: ExperimentConfig;
    given: string | null;
    own: string | null;
  },
): Promise<Verdicts> {
  const path = given ?? own;
  const read = path === null ? model.thresholds : await readThresholdFile(path);
  const file = withUncalibrated(read, model);
  const source = path ?? join(run, thresholdFileName);
  checkModel(file, { model: model.thresholds.model, source });
  const setting = scenarioOf(config).settings[config.MODEL.name];
  if (file.scope === "class" && setting.grouping !== "class") {
    throw new RangeError(
      `Cannot predict with "${run}": thresholds must be for groups or all together, since nobody ` +
        `tells the class of a photograph, got those for classes in "${source}"; ` +
        `"deno task thresholds RUN --scope group --out FILE" makes some for --thresholds FILE`,
    );
  }
  const names = model.groups.map(({ name }) => name);
  const scopedAs = (group: number): ScopedScore => ({
    className: names[group]!,
    groupName: names[group]!,
    group,
    score: 0,
  });
  const calibration = model.groups.flatMap((each, group) =>
    each.calibration.map((image) => ({ ...scopedAs(group), ...image }))
  );
  const byScope = thresholdsFromFile(file, {
    samples: names.map((_, group) => scopedAs(group)),
    calibration,
    source,
  });
  const key = (group: number): string => file.scope === "global" ? "global" : names[group]!;
  const pixels = pixelThresholds(file, {
    config,
    calibration,
    scopes: names.map((_, i) => key(i)),
  });
  const thresholds = names.map((_, group) => byScope.get(key(group))!.value);
  const highest = new Float64Array(names.length);
  for (const { group, score } of calibration) highest[group] = Math.max(highest[group]!, score);
  const routesByClass = setting.routing === "class";
  return {
    thresholds,
    pixelThresholds: pixels.values,
    mapUnits: thresholds.map((value, group) =>
      value > 0 && value < Infinity ? value : highest[group]! || 1
    ),
    limits: limitsFromFile(file, { groupNames: names, source }),
    routesByClass,
    notices: [
      ...(routesByClass
        ? [
          "The run gave every image to the group of its class, which nobody tells of a new " +
          "photograph: each goes to the group whose key is most alike.",
        ]
        : []),
      ...names.filter((_, group) => thresholds[group] === Infinity).map((name) =>
        `Group "${name}" never alarms: ${
          byScope.get(key(names.indexOf(name)))!.reason ?? "infinite"
        }.`
      ),
    ],
    maskPromise: pixels.promise,
  };
}

/**
 * Adds groups that have no calibration image, which files leave out where no test image met them:
 * they never alarm and refuse nothing.
 */
function withUncalibrated(file: ThresholdFile, { groups }: WholeModel): ThresholdFile {
  const names = groups.filter(({ calibration }) => calibration.length === 0)
    .map(({ name }) => name);
  const line = {
    value: null,
    reason: "no calibration score",
    count: 0,
    promise: "never alarms without calibration images",
  };
  const limit = { patch_mean: null, key_distance: null };
  const added = <Value>(value: Value): Record<string, Value> =>
    Object.fromEntries(names.map((name) => [name, value]));
  return {
    ...file,
    thresholds: file.scope === "global" ? file.thresholds : { ...added(line), ...file.thresholds },
    refusal: file.refusal && {
      ...file.refusal,
      limits: { ...added(limit), ...file.refusal.limits },
    },
  };
}

/**
 * Thresholds of pixels: those of the highest values of the maps of normal calibration images, by the
 * same rule and for the same scopes, so that of normal images as many have a marked pixel at most
 * as the rule allows false alarms.
 */
function pixelThresholds(
  file: ThresholdFile,
  { config, calibration, scopes }: {
    config: ExperimentConfig;
    calibration: readonly { readonly group: number; readonly mapPeak: number }[];
    scopes: readonly string[];
  },
): { values: number[]; promise: string } {
  const usual = thresholdRuleOf(config.EVALUATION);
  const fallback = usual.name === "oracle_f1"
    ? { name: "gumbel", alpha: config.EVALUATION.alpha } as const
    : usual;
  const made = scopes.map((scope): { threshold: Threshold; sentence: string } => {
    const named = file.thresholds[scope]?.rule ?? file.rule;
    const rule = named === null || named.name === "oracle_f1" ? fallback : named;
    const peaks = calibration.filter(({ group }) => scopes[group] === scope)
      .map(({ mapPeak }) => mapPeak);
    const threshold = thresholdFrom(peaks, rule);
    const { sentence } = promiseOf(rule, { count: threshold.count, isApproximate: true });
    return { threshold, sentence };
  });
  const sentences = [...new Set(made.map(({ sentence }) => sentence))];
  return {
    values: made.map(({ threshold }) => threshold.value),
    promise:
      "Masks mark pixels by a threshold of their own, that of the highest values of normal " +
      `maps; of normal photographs with any marked pixel, this promises: ${
        sentences.join(", or ")
      }.`,
  };
}

/** Opens the graphs that lie in the model, or makes them of the published weights. */
export async function openOwnEmbedder(
  model: WholeModel,
  { run, config, task = "predict with", startProgress = noProgress }: PredictorOptions & {
    run: string;
    config: ExperimentConfig;
    task?: string;
  },
): Promise<OpenEmbedder> {
  const { DATASET, MODEL, RUNTIME } = config;
  const { name, hash, normalization } = model.backbone;
  const graphs = model.graphs.flatMap(({ path, hash }) => path === null ? [] : [{ path, hash }]);
  if (graphs.length === model.graphs.length) {
    return await openEmbedderGraphs({
      ...{ name, normalization, graphs },
      imageSize: DATASET.imagesize,
      batchSize: MODEL.batch_size,
      semanticBatchSize: MODEL.semantic_batch_size,
      threads: RUNTIME.threads,
      provider: RUNTIME.provider,
    });
  }
  const { backbone, backbone_file: backboneFile } = MODEL;
  await provideWeights({ backbone, backboneFile }, { startProgress });
  const embedder = await openEmbedder(embedderOptions(config));
  if (embedder.hash === hash) return embedder;
  await embedder.close();
  throw new Error(
    `Cannot ${task} "${run}": backbone "${name}" must be the one it was trained with, ` +
      `${hash.slice(0, 12)}, got ${embedder.hash.slice(0, 12)}`,
  );
}

function assemble(
  model: WholeModel,
  { config, verdicts, embedder }: {
    config: ExperimentConfig;
    verdicts: Verdicts;
    embedder: OpenEmbedder;
  },
): Predictor {
  const { DATASET, MODEL } = config;
  const { grid, groups } = model;
  const size = { height: DATASET.imagesize, width: DATASET.imagesize };
  const toMap = createAnomalyMapper({ grid, size });
  const detector = createDetector({
    groups: groups.map((group) => ({ ...group, embeddings: residentRows(group.embeddings) })),
    search: openSearch(config),
    calibration: [],
    numNeighbors: MODEL.num_neighbors,
    // Thresholds of a run that routes by class are of scores by one bank.
    routedGroups: verdicts.routesByClass ? 1 : MODEL.routed_groups,
    ...(MODEL.image_score === "smoothed" && { imageScore: smoothedScore({ grid, size }) }),
  });
  return {
    config,
    groups: groups.map(({ name }) => name),
    batchSize: Math.max(MODEL.batch_size, MODEL.semantic_batch_size ?? 1),
    notices: verdicts.notices,
    maskPromise: verdicts.maskPromise,
    read: (path) => loadImage(path, DATASET),
    predict: async (images) => {
      const { normalization } = embedder;
      const batch = toImageBatch(images, { size: DATASET.imagesize, normalization });
      const embedded = roundFeatures(await embedder.embed(batch), MODEL.feature_precision);
      return await judge(embedded, { detector, verdicts, toMap });
    },
    close: async () => {
      await detector.close();
      await embedder.close();
    },
  };
}

async function judge(
  images: Parameters<Detector["score"]>[0],
  { detector, verdicts, toMap }: {
    detector: Detector;
    verdicts: Verdicts;
    toMap: (patchScores: Float32Array) => Float32Array;
  },
): Promise<Prediction[]> {
  const assigned = detector.route(images.semantics);
  const second = detector.routeSecond(images.semantics, assigned);
  const { scores, patchScores } = await detector.score(images, assigned, second);
  const similarities = detector.similarities(images.semantics, assigned);
  const { limits } = verdicts;
  const refused = limits === undefined ? null : refuseImages(
    Array.from(assigned, (group, image) => ({
      group,
      patchMean: meanOf(rowOf(patchScores, image)),
      keyDistance: Math.max(0, 1 - similarities[image]!),
    })),
    { training: [], limits },
  ).refused;
  return Array.from(assigned, (group, image): Prediction => {
    const threshold = verdicts.thresholds[group]!, score = scores[image]!;
    return {
      group: detector.groups[group]!.name,
      similarity: similarities[image]!,
      score,
      threshold,
      ratio: threshold > 0 && threshold < Infinity ? score / threshold : null,
      isAnomalous: score >= threshold,
      isRefused: refused?.[image] ?? false,
      mapUnit: verdicts.mapUnits[group]!,
      pixelThreshold: verdicts.pixelThresholds[group]!,
      map: () => toMap(rowOf(patchScores, image)),
    };
  });
}
