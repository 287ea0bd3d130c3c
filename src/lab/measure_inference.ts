/**
 * Measures what each stage of inference costs, from the image file to the anomaly map: each
 * stage by itself, and of the network what each further layer adds.
 *
 * @module
 */
import { median } from "simple-statistics";
import type { Backbone } from "@/backbones/backbone.ts";
import type { StageCost } from "@/charts/stage_costs.ts";
import type { ExperimentConfig } from "@/config.ts";
import { type FeatureMaps, openFeatureHead, openFeatureMaps } from "@/features/feature_maps.ts";
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { type ImageBatch, toImageBatch } from "@/images/read.ts";
import { loadPixels } from "@/lab/pictures.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { rowOf } from "@/math/matrix.ts";
import { createAnomalyMapper } from "@/memory/anomaly_map.ts";
import type { Detector } from "@/memory/detector.ts";
import { checkCount } from "@/messages.ts";

/** What is measured besides the workbench's own embedder. */
export interface MeasureInferenceOptions extends Omit<MeasureStagesOptions, "images"> {
  /** The network behind the embedder. */
  readonly backbone: Backbone;
  /** The detector that routes and searches. */
  readonly detector: Detector;
}

/**
 * Times one batch of test images stage by stage, on the configuration's number of threads.
 *
 * The network is cut off behind each of the embedder's layers in turn; what a further layer
 * costs is the difference of two such times, and 0 where noise makes it negative. Patch
 * embedding and pooling are timed by themselves, in a graph that begins with the feature maps.
 *
 * @param workbench Test images, embedder and batch size.
 * @param options Backbone, detector, and numbers of runs.
 * @returns Milliseconds per image, stage by stage in the order of inference.
 * @throws {RangeError} If a number of runs is out of range.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example Two test photographs, every stage once
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { fitMemory, measureInference, openWorkbench } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 2, normal: 1, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   "MODEL.batch_size=2",
 *   "MODEL.sampler=random",
 * ]);
 * const workbench = await openWorkbench(config);
 * const training = await workbench.embedTraining();
 * const { detector } = await fitMemory(workbench, { training, grouping: "all" });
 * const costs = await measureInference(workbench, {
 *   backbone: embeddedBackbone,
 *   detector,
 *   runs: 1,
 *   warmUp: 0,
 * });
 * await detector.close();
 * await workbench.close();
 *
 * assert.equal(costs[0]!.stage, "decode and crop");
 * assert.equal(costs.at(-1)!.stage, "anomaly map");
 * assert.ok(costs.every(({ milliseconds }) => milliseconds >= 0));
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function measureInference(
  workbench: Workbench,
  options: MeasureInferenceOptions,
): Promise<StageCost[]> {
  const { backbone, detector, ...timing } = options;
  const { test, config, embedder } = workbench;
  const { imagesize: size } = config.DATASET;
  const samples = test.slice(0, config.MODEL.batch_size);
  const { normalization } = embedder;
  const read = async () =>
    toImageBatch(await loadPixels(workbench, samples), { size, normalization });
  const images = await read();
  const embedded = await embedder.embed(images);
  const groups = detector.route(embedded.semantics);
  const { patchScores } = await detector.score(embedded, groups);
  const toMap = createAnomalyMapper({
    grid: embedded.grid,
    size: { height: size, width: size },
  });
  const parts = await openParts(backbone, { config, images });
  try {
    const costs = await measureStages([
      { stage: "decode and crop", work: read },
      ...parts.networks.map((maps, number) => ({
        stage: `backbone${number === 0 ? "" : ", on"} to ${maps.layers[0]}`,
        work: () => maps.run(images),
      })),
      { stage: "patch embedding and pooling", work: () => parts.head.run(parts.features) },
      { stage: "routing", work: () => detector.route(embedded.semantics) },
      { stage: "search", work: () => detector.score(embedded, groups) },
      {
        stage: "anomaly map",
        work: () => samples.forEach((_, image) => toMap(rowOf(patchScores, image))),
      },
    ], { ...timing, images: samples.length });
    const end = 1 + parts.networks.length;
    return [costs[0]!, ...stepCosts(costs.slice(1, end)), ...costs.slice(end)];
  } finally {
    await parts.close();
  }
}

/** The network up to each of the embedder's layers, from fine to coarse, and the head after it. */
async function openParts(
  backbone: Backbone,
  { config, images }: { config: ExperimentConfig; images: ImageBatch },
) {
  const { layers, semantic_layer: semanticLayer } = config.MODEL;
  const { threads } = config.RUNTIME;
  const depth = (layer: string): number => backbone.layers.indexOf(layer);
  const names = [...new Set([...layers, semanticLayer])].sort((a, b) => depth(a) - depth(b));
  const networks: FeatureMaps[] = [];
  const close = async (): Promise<void> => {
    for (const maps of networks) await maps.close();
  };
  try {
    const features = new Map<string, FeatureMap>();
    for (const layer of names) {
      const maps = await openFeatureMaps(backbone, {
        imageSize: images.height,
        layers: [layer],
        threads,
      });
      networks.push(maps);
      features.set(layer, (await maps.run(images)).get(layer)!);
    }
    const head = await openFeatureHead(features, {
      layers,
      semanticLayer,
      patchSize: config.MODEL.patch_size,
      pretrainEmbedDimension: config.MODEL.pretrain_embed_dimension,
      targetEmbedDimension: config.MODEL.target_embed_dimension,
      threads,
    });
    const closeAll = async (): Promise<void> => {
      await head.close();
      await close();
    };
    return { networks, features, head, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One stage to be timed. */
export interface TimedStage {
  /** Name of the stage. */
  readonly stage: string;
  /** Does the work once. */
  readonly work: () => unknown;
}

/** How often and for how many images. */
export interface MeasureStagesOptions {
  /** Images that one run of a stage handles; default 1. */
  readonly images?: number;
  /** Timed runs of every stage; default 9. */
  readonly runs?: number;
  /** Untimed runs before these; default 2. */
  readonly warmUp?: number;
  /** Clock in milliseconds; default the monotonic clock. */
  readonly now?: () => number;
}

/**
 * Runs all stages in turn, over and over, and takes the median of each.
 *
 * Taking turns spreads what else the machine is doing over all stages alike; the median leaves
 * out what struck a few runs.
 */
export async function measureStages(
  stages: readonly TimedStage[],
  options: MeasureStagesOptions = {},
): Promise<StageCost[]> {
  const { images = 1, runs = 9, warmUp = 2, now = () => performance.now() } = options;
  const task = "Cannot measure stages";
  checkCount(images, { task, name: "images", least: 1 });
  checkCount(runs, { task, name: "runs", least: 1 });
  checkCount(warmUp, { task, name: "warmUp", least: 0 });
  const times = stages.map((): number[] => []);
  for (let run = 0; run < warmUp + runs; run++) {
    for (const [number, { work }] of stages.entries()) {
      const begin = now();
      await work();
      if (run >= warmUp) times[number]!.push(now() - begin);
    }
  }
  return stages.map(({ stage }, number) => ({
    stage,
    milliseconds: median(times[number]!) / images,
  }));
}

/**
 * Turns times of ever longer parts of the same work into the cost of what each adds to the one
 * before, at least 0.
 */
export function stepCosts(parts: readonly StageCost[]): StageCost[] {
  return parts.map(({ stage, milliseconds }, number) => ({
    stage,
    milliseconds: Math.max(0, milliseconds - (parts[number - 1]?.milliseconds ?? 0)),
  }));
}
