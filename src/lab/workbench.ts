/**
 * Opens everything that an experiment works with, from its configuration.
 *
 * @module
 */
import { env as onnxRuntime } from "onnxruntime-node";
import { provideWeights } from "@/backbones/weights.ts";
import { createClusterer } from "@/clustering/clusterers.ts";
import type { Clusterer } from "@/clustering/partition.ts";
import type { ExperimentConfig } from "@/config.ts";
import type { Dataset, Sample } from "@/datasets/dataset.ts";
import { describeRemarks, requireFaultless } from "@/datasets/faults.ts";
import { glanceAtDataset } from "@/datasets/inspect.ts";
import { scanDataset } from "@/datasets/registry.ts";
import { embedFeatures, embedInBatches } from "@/features/embed.ts";
import type { EmbeddedImages, Embedder } from "@/features/embedder.ts";
import { type FeatureCacheOptions, openFeatureCache } from "@/features/feature_cache.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import { type OpenEmbedder, openEmbedder } from "@/features/open_embedder.ts";
import { type BoundedFolder, openBoundedFolder } from "@/files/cache.ts";
import { dataFolder } from "@/files/environment.ts";
import { createCheckpoint, interruptible, stoppable } from "@/files/interruption.ts";
import { noProgress, type StartProgress } from "@/files/progress.ts";
import type { Stopwatch } from "@/files/stopwatch.ts";
import { calibrationOf, datasetRequest, embedderOptions, threadsOf } from "@/lab/settings.ts";
import { withoutExcluded } from "@/lab/thresholds/exclude_images.ts";
import type { CalibrationScheme } from "@/memory/calibration.ts";
import type { Sampler } from "@/memory/coreset.ts";
import { faissSearch, hnswSearch, ivfSearch } from "@/memory/engines/faiss.ts";
import { onnxSearch } from "@/memory/engines/onnx_search.ts";
import { parallelSampler } from "@/memory/engines/parallel_sampler.ts";
import { type NeighborSearch, plainSearch } from "@/memory/neighbor_search.ts";
import { identitySampler, randomSampler } from "@/memory/samplers.ts";

/** How a workbench embeds. */
export interface EmbeddingOptions {
  /** Times the stages of embedding; default: not timed. */
  readonly stopwatch?: Stopwatch;
  /** Shows progress; default: as the workbench does. */
  readonly startProgress?: StartProgress;
}

/** What an experiment works with. It holds native memory and threads until it is closed. */
export interface Workbench {
  /** The configuration it was opened from. */
  readonly config: ExperimentConfig;
  /** The dataset, with the configured classes. */
  readonly dataset: Dataset;
  /** Training images. */
  readonly train: readonly Sample[];
  /** Test images. */
  readonly test: readonly Sample[];
  /** The backbone. */
  readonly embedder: OpenEmbedder;
  /** Chooses the embeddings that stay. */
  readonly sampler: Sampler;
  /** Selections that may run at once. */
  readonly concurrency: number;
  /** Finds nearest neighbours. */
  readonly search: NeighborSearch;
  /** Groups semantic vectors. */
  readonly clusterer: Clusterer;
  /** How normal calibration scores are made. */
  readonly calibration: CalibrationScheme;
  /** Where results that need not be computed twice are kept; `null`: nowhere. */
  readonly cache: BoundedFolder | null;
  /** Shows progress. */
  readonly startProgress: StartProgress;
  /** Takes one line about what is not as it seems; default: nobody hears it. */
  readonly notice?: ((line: string) => void) | undefined;
  /**
   * Embeds all training images that the cache does not have; progress is shown as the workbench
   * shows it, unless told otherwise.
   */
  embedTraining(options?: EmbeddingOptions): Promise<FeatureSource>;
  /** Embeds the test images batch by batch, in order, as far as the cache does not have them. */
  embedTest(options?: EmbeddingOptions): AsyncGenerator<EmbeddedImages>;
  /** Frees native memory and threads. */
  close(): Promise<void>;
}

/** How a workbench is opened. */
export interface OpenWorkbenchOptions {
  /** Shows progress; default: nothing is shown. */
  readonly startProgress?: StartProgress;
  /** Takes one line about what was passed over or may not be as it seems; default: nobody hears it. */
  readonly notice?: (line: string) => void;
  /** Folder for what need not be computed twice; default: the project's. */
  readonly cacheFolder?: string;
  /** Whether there must be a test image; default: there must. */
  readonly needsTest?: boolean;
}

/**
 * Opens dataset, backbone, sampler and search as a configuration names them.
 *
 * Weights of a listed backbone that are missing are downloaded first.
 *
 * @param config The configuration.
 * @param options How progress and notices are shown, and the folder for what need not be computed
 *   twice; see `OpenWorkbenchOptions`.
 * @returns The workbench; close it when done.
 * @throws {Error} If the dataset cannot be read, or has no training image or no test image.
 * @throws {RangeError} If the backbone or a layer does not exist.
 *
 * @example A dataset that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { openWorkbench } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const config = await loadConfig(null, ["DATASET.name=Folder", "DATASET.datadir=no-such-folder"]);
 * await assert.rejects(openWorkbench(config), /no-such-folder/);
 * ```
 */
export async function openWorkbench(
  config: ExperimentConfig,
  options: OpenWorkbenchOptions = {},
): Promise<Workbench> {
  const startProgress = stoppable(options.startProgress ?? noProgress);
  const { needsTest = true } = options;
  const { DATASET, MODEL, EVALUATION, RUNTIME } = config;
  const scan = await scanDataset({ ...datasetRequest(config), startProgress });
  const dataset = requireFaultless(scan);
  const glance = await glanceAtDataset(scan, { orientation: DATASET.orientation });
  const note = describeRemarks(glance);
  if (note !== null) options.notice?.(note);
  const train = withoutExcluded(dataset, DATASET.exclude);
  const test = dataset.samples.filter(({ split }) => split === "test");
  if (train.length === 0 || (test.length === 0 && needsTest)) {
    const wayOut = train.length === 0 ? "" : '; "deno task run" trains without test images';
    throw new Error(
      `Cannot run on dataset "${dataset.name}": training and test images are needed, ` +
        `got ${train.length} and ${test.length}${wayOut}`,
    );
  }
  if (test.length === 0 && EVALUATION.threshold_rule === "oracle_f1") {
    throw new Error(
      `Cannot run on dataset "${dataset.name}": EVALUATION.threshold_rule=oracle_f1 sets ` +
        "thresholds on test images, got none",
    );
  }
  await provideWeights({
    backbone: config.MODEL.backbone,
    backboneFile: config.MODEL.backbone_file,
  }, { startProgress });
  const embedder = await openEmbedder(embedderOptions(config));
  const concurrency = threadsOf(config);
  const { sampler, close: closeSampler } = openSampler(config, concurrency);
  const cache = RUNTIME.cache_gigabytes === 0 ? null : openBoundedFolder({
    folder: options.cacheFolder ?? dataFolder("cache"),
    limit: 1e9 * RUNTIME.cache_gigabytes,
  });
  const reading = {
    folder: dataset.folder,
    embedder,
    resize: DATASET.resize,
    imagesize: DATASET.imagesize,
    fit: DATASET.fit,
    orientation: DATASET.orientation,
    precision: MODEL.feature_precision,
    cache: cache === null
      ? null
      : openFeatureCache({ files: cache, ...shapeOfFeatures(config, embedder) }),
    batchSize: Math.max(MODEL.batch_size, MODEL.semantic_batch_size ?? 1),
  };
  const embedding = (label: string, samples: readonly Sample[], own: EmbeddingOptions) => {
    const progress = stoppable(own.startProgress ?? startProgress)(label);
    const onProgress = (done: number): void => {
      progress.report(done / samples.length);
      if (done === samples.length) progress.finish();
    };
    return { ...reading, stopwatch: stopBetweenStages(own.stopwatch), onProgress };
  };
  return {
    config,
    dataset,
    train,
    test,
    embedder,
    sampler,
    concurrency,
    search: openSearch(config),
    clusterer: openClusterer(config),
    calibration: calibrationOf(config),
    cache,
    startProgress,
    notice: options.notice,
    embedTraining: (own = {}) =>
      interruptible(() =>
        embedFeatures(train, {
          ...embedding("embed training images", train, own),
          memoryLimit: 1e9 * RUNTIME.memory_gigabytes,
        })
      ),
    embedTest: (own = {}) => embedInBatches(test, embedding("score test images", test, own)),
    close: async () => {
      closeSampler();
      await embedder.close();
    },
  };
}

/** Lets work be stopped before each of the stages that are timed, of which images pass several. */
function stopBetweenStages(stopwatch?: Stopwatch): Stopwatch {
  const checkpoint = createCheckpoint();
  return {
    time: async (stage, timed) => {
      await checkpoint();
      return await (stopwatch === undefined ? timed.work() : stopwatch.time(stage, timed));
    },
    summary: () => stopwatch?.summary() ?? {},
  };
}

/** Everything but the image that shapes its features. */
function shapeOfFeatures(
  { DATASET, MODEL, RUNTIME }: ExperimentConfig,
  { hash, normalization }: Embedder,
): Pick<FeatureCacheOptions, "recipe" | "precision"> {
  const { resize, imagesize, fit, orientation } = DATASET;
  return {
    recipe: [
      hash,
      RUNTIME.provider,
      onnxRuntime.versions,
      normalization,
      { resize, imagesize, fit, orientation },
    ],
    precision: MODEL.feature_precision,
  };
}

/** Opens the sampler that a configuration names, and what ends its threads. */
export function openSampler(
  { MODEL }: ExperimentConfig,
  workers: number,
): { sampler: Sampler; close: () => void } {
  switch (MODEL.sampler) {
    case "greedy":
    case "greedy_coreset": {
      const sampler = parallelSampler({ workers });
      return { sampler, close: () => sampler.close() };
    }
    case "random":
      return { sampler: randomSampler, close: () => {} };
    case "identity":
      return { sampler: identitySampler, close: () => {} };
  }
}

/** Opens the clusterer that a configuration names. */
export function openClusterer({ MODEL }: ExperimentConfig): Clusterer {
  return createClusterer(MODEL.clustering_method, {
    clusters: MODEL.n_clusters,
    epsilon: MODEL.dbscan_epsilon,
    minPoints: MODEL.dbscan_min_points,
  });
}

/** Opens the search that a configuration names. */
export function openSearch({ MODEL, RUNTIME }: ExperimentConfig): NeighborSearch {
  switch (MODEL.neighbor_search) {
    case "onnx":
      return onnxSearch({ threads: RUNTIME.threads });
    case "faiss":
      return faissSearch;
    case "plain":
      return plainSearch;
    case "ivf":
      return ivfSearch;
    case "hnsw":
      return hnswSearch;
  }
}
