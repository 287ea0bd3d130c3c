/**
 * What the layers of a backbone are good for, in three studies.
 *
 * `studyLayers` compares choices of layers for patch embeddings: one model per class, everything
 * else equal. `poolLayers` averages the feature maps of images over their positions, and
 * `recognizeByLayer` counts by what each layer pools how often test images find their class by
 * the mean directions of the classes. `measureReach` measures how far a change in the middle of
 * images reaches.
 *
 * @module
 */
import type { LayerChoiceScore, LayerReach } from "@/charts/features.ts";
import { membersOf, partitionOf } from "@/clustering/partition.ts";
import type { ExperimentConfig } from "@/config.ts";
import type { Sample } from "@/datasets/dataset.ts";
import { scenarios } from "@/evaluation/scenarios.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import type { FeatureMaps } from "@/features/feature_maps.ts";
import type { FeatureSource } from "@/features/feature_source.ts";
import { meanFeatures } from "@/features/layers.ts";
import { featureReach } from "@/features/reach.ts";
import type { StartProgress } from "@/files/progress.ts";
import { shiftCenter } from "@/images/alter.ts";
import { toImageBatch } from "@/images/read.ts";
import { type ImageSource, loadPixels } from "@/lab/pictures.ts";
import { runConditions } from "@/lab/run_conditions.ts";
import type { AssignedScores } from "@/lab/score_test_images.ts";
import { openWorkbench, type Workbench } from "@/lab/workbench.ts";
import { type Matrix, selectRows, stackRows, toMatrix } from "@/math/matrix.ts";
import { routeImages, semanticKey } from "@/memory/memory_bank.ts";

/** What is compared, and at which size of the memory bank. */
export interface StudyLayersOptions {
  /** The choices; at least one, each of at least one layer of the backbone. */
  readonly choices: readonly (readonly string[])[];
  /**
   * Patch embeddings kept per training image, or all where there are fewer; default: what the
   * configuration's share makes of the first choice. A coarse grid would otherwise keep a handful.
   */
  readonly rowsPerImage?: number;
  /** How progress is shown; default: not at all. */
  readonly startProgress?: StartProgress;
}

/** What one choice of layers came to. */
export interface LayerChoice {
  /** The layers joined by " + ". */
  readonly choice: string;
  /** Values per patch embedding. */
  readonly dimension: number;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** Patch embeddings kept, over all classes. */
  readonly kept: number;
  /** Image and pixel AUROC of each class. */
  readonly classes: readonly LayerChoiceScore[];
  /** Scores of the test images. */
  readonly scored: AssignedScores;
}

/**
 * Fits one bank per class for every choice of layers and measures how well it finds defects.
 *
 * All choices keep equally many patch embeddings, as far as they have them: what is compared is
 * what the layers know and not how much of it is kept.
 *
 * @param config The experiment; its layers are replaced by each choice in turn.
 * @param options Choices and size of the memory bank.
 * @returns One result per choice, in order.
 * @throws {RangeError} If there is no choice, or the backbone does not have a layer.
 *
 * @example No choice
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { studyLayers } from "@/lab/mod.ts";
 *
 * await assert.rejects(studyLayers(defaultConfig, { choices: [] }), {
 *   message: "Cannot study layers: at least one choice is needed, got none",
 * });
 * ```
 */
export async function studyLayers(
  config: ExperimentConfig,
  options: StudyLayersOptions,
): Promise<LayerChoice[]> {
  const { choices, startProgress } = options;
  if (choices.length === 0) {
    throw new RangeError("Cannot study layers: at least one choice is needed, got none");
  }
  const found: LayerChoice[] = [];
  let { rowsPerImage } = options;
  for (const layers of choices) {
    const workbench = await openWorkbench(
      { ...config, MODEL: { ...config.MODEL, layers } },
      startProgress === undefined ? {} : { startProgress },
    );
    try {
      const training = await workbench.embedTraining();
      const positions = training.grid.rows * training.grid.columns;
      rowsPerImage ??= config.MODEL.sampler_ratio * positions;
      found.push(await studyChoice(workbench, { training, ratio: rowsPerImage / positions }));
    } finally {
      await workbench.close();
    }
  }
  return found;
}

async function studyChoice(
  workbench: Workbench,
  { training, ratio }: { training: FeatureSource; ratio: number },
): Promise<LayerChoice> {
  const { config, embedder } = workbench;
  const MODEL = { ...config.MODEL, sampler_ratio: Math.min(1, ratio) };
  const scenario = scenarios[0]!;
  const { results, grid, close } = await runConditions({
    ...workbench,
    config: { ...config, MODEL },
    embedTraining: () => Promise.resolve(training),
  }, [{ model: "PatchCore", scenario }]);
  const { evaluation, memory, scored } = results[0]!;
  const choice = MODEL.layers.join(" + ");
  const kept = memory.detector.groups.reduce((sum, { embeddings }) => sum + embeddings.rows, 0);
  await close();
  return {
    choice,
    dimension: embedder.dimension,
    grid,
    kept,
    classes: Object.entries(evaluation.classes).map(([className, metrics]) => ({
      choice,
      className,
      image: metrics.image_auroc,
      pixel: metrics.pixel_auroc,
    })),
    scored,
  };
}

/** By what, and from what, classes are recognised. */
export interface RecognizeOptions extends Omit<PoolLayersOptions, "samples"> {
  /** Pooled features of the training images by layer, as `poolLayers` gives them. */
  readonly known: ReadonlyMap<string, Matrix>;
}

/**
 * Routes the test images by the semantic keys that each layer makes of the training images'
 * classes.
 *
 * With altered test images it shows what a layer goes by: one that goes by colours fails where they
 * are exchanged.
 *
 * @param workbench Training and test images.
 * @param options The opened backbone, what it made of the training images, and what is done to test
 *   images.
 * @returns By layer, the share of test images that arrive at their own class.
 * @throws {RangeError} If a layer is missing among the known features, or a class among the
 *   training images.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example Two classes by the coarsest layer
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { openFeatureMaps } from "@/features/mod.ts";
 * import { openWorkbench, poolLayers, recognizeByLayer } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear", "weave"],
 *   counts: { train: 1, normal: 1, defective: 1 },
 * });
 * const config = await loadConfig(null, ["DATASET.name=Folder", `DATASET.datadir=${datadir}`]);
 * const workbench = await openWorkbench(config);
 * const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 256, layers: ["stride32"] });
 * const known = await poolLayers(workbench, { maps, samples: workbench.train });
 * const shares = await recognizeByLayer(workbench, { maps, known });
 * await maps.close();
 * await workbench.close();
 *
 * assert.deepEqual(shares, { stride32: 1 });
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function recognizeByLayer(
  workbench: Pick<Workbench, "config" | "dataset" | "train" | "test">,
  options: RecognizeOptions,
): Promise<Record<string, number>> {
  const { known, ...pooling } = options;
  const { train, test } = workbench;
  const missing = pooling.maps.layers.find((layer) => !known.has(layer));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot recognise classes by layer: training images must be pooled for "${missing}", too`,
    );
  }
  const asked = await poolLayers(workbench, { ...pooling, samples: test });
  const namesOf = (samples: Workbench["train"]): string[] =>
    samples.map(({ className }) => className);
  return Object.fromEntries(
    [...asked].map(([layer, vectors]) => [
      layer,
      recognitionRate(
        { vectors: known.get(layer)!, classNames: namesOf(train) },
        { vectors, classNames: namesOf(test) },
      ),
    ]),
  );
}

/** Vectors of images with the images' classes. */
export interface ClassedVectors {
  /** One row per image. */
  readonly vectors: Matrix;
  /** Class of every image. */
  readonly classNames: readonly string[];
}

/**
 * Forms a semantic key of every class from known images, routes others by them, and gives the
 * share of those that arrive at their own class.
 */
export function recognitionRate(known: ClassedVectors, others: ClassedVectors): number {
  for (const { vectors, classNames } of [known, others]) {
    if (vectors.rows !== classNames.length) {
      throw new TypeError(
        `Cannot recognise classes: one class per vector is needed, ` +
          `got ${classNames.length} for ${vectors.rows} vectors`,
      );
    }
  }
  const names = [...new Set(known.classNames)];
  const unknown = others.classNames.find((name) => !names.includes(name));
  if (names.length === 0 || others.classNames.length === 0 || unknown !== undefined) {
    const got = unknown !== undefined
      ? `"${unknown}"`
      : `${known.classNames.length} known and ${others.classNames.length} other images`;
    throw new RangeError(
      `Cannot recognise classes: images on both sides, all of known classes, are needed, got ${got}`,
    );
  }
  const keys = stackRows(
    membersOf(partitionOf(known.classNames)).map((members) => {
      const key = semanticKey(selectRows(known.vectors, members));
      return toMatrix(key, { rows: 1, columns: key.length });
    }),
  );
  const routed = routeImages(others.vectors, keys);
  const arrived = others.classNames.filter((name, image) => names[routed[image]!] === name);
  return arrived.length / others.classNames.length;
}

/** Which images, and through which backbone. */
export interface PoolLayersOptions {
  /** The opened backbone, for images of the source's size. */
  readonly maps: FeatureMaps;
  /** The images; at least one. */
  readonly samples: readonly Sample[];
  /** Changes an image's RGB bytes before the network sees it; default: nothing is changed. */
  readonly alter?: (image: Uint8Array) => Uint8Array;
}

/**
 * Pools all layers of images, in batches of the configuration's size.
 *
 * @param source Where images are, their geometry and the batch size.
 * @param options Backbone, images, and what is done to them first.
 * @returns By layer, one row per image in the order of the samples.
 * @throws {RangeError} If there is no image.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No image, nothing to pool
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { defaultConfig } from "@/config.ts";
 * import { openFeatureMaps } from "@/features/mod.ts";
 * import { poolLayers } from "@/lab/mod.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 256 });
 * await assert.rejects(poolLayers({ config: defaultConfig, dataset }, { maps, samples: [] }), {
 *   message: "Cannot pool layers: at least one image is needed, got none",
 * });
 * await maps.close();
 * ```
 */
export async function poolLayers(
  source: ImageSource,
  options: PoolLayersOptions,
): Promise<ReadonlyMap<string, Matrix>> {
  const { maps, samples, alter = (image) => image } = options;
  if (samples.length === 0) {
    throw new RangeError("Cannot pool layers: at least one image is needed, got none");
  }
  const { imageSize: size, normalization } = maps;
  const { batch_size: batchSize } = source.config.MODEL;
  const parts = new Map(maps.layers.map((layer) => [layer, [] as Matrix[]]));
  let next = loadPixels(source, samples.slice(0, batchSize));
  for (let done = 0; done < samples.length; done += batchSize) {
    const images = await next;
    // The next batch is read while the network works on this one.
    next = loadPixels(source, samples.slice(done + batchSize, done + 2 * batchSize));
    next.catch(() => undefined); // met again, and thrown, where it is awaited
    const found = await maps.run(toImageBatch(images.map(alter), { size, normalization }));
    for (const [layer, map] of found) parts.get(layer)!.push(meanFeatures(map));
  }
  return new Map([...parts].map(([layer, rows]) => [layer, stackRows(rows)]));
}

/** What is changed, and how the result is summed up. */
export interface MeasureReachOptions {
  /** Side of the changed square in pixels; default 8. */
  readonly block?: number;
  /** Share of the squared change that the diameter encloses; default 0.9. */
  readonly share?: number;
}

/**
 * Runs images as they are and with a small square in the middle shifted, and compares the features.
 *
 * Where a network mixes all positions, as squeeze-and-excitation does, the change reaches every
 * position, and the formal receptive field is the whole image; the rings tell how much arrives.
 *
 * @param maps The opened backbone.
 * @param images RGB bytes of at least one image of the backbone's size.
 * @param options Size of the square, and the share that diameters enclose.
 * @returns Change by distance, and the diameter, for every layer in order.
 * @throws {RangeError} If there is no image, or the square or the share is out of range.
 * @throws {TypeError} If an image is of another size.
 *
 * @example A coarser layer spreads a change farther
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/mod.ts";
 * import { openFeatureMaps } from "@/features/mod.ts";
 * import { measureReach } from "@/lab/mod.ts";
 *
 * const maps = await openFeatureMaps(embeddedBackbone, {
 *   imageSize: 128,
 *   layers: ["stride8", "stride16"],
 * });
 * const [fine, coarse] = await measureReach(maps, [new Uint8Array(3 * 128 * 128).fill(90)]);
 * await maps.close();
 *
 * assert.ok(coarse!.diameter > fine!.diameter);
 * ```
 */
export async function measureReach(
  maps: FeatureMaps,
  images: readonly Uint8Array[],
  options: MeasureReachOptions = {},
): Promise<LayerReach[]> {
  const { block = 8, share = 0.9 } = options;
  if (images.length === 0) {
    throw new RangeError("Cannot measure reach: at least one image is needed, got none");
  }
  const { imageSize: side, normalization } = maps;
  const changed = images.map((image) => shiftCenter(image, { side, block }));
  const before = await maps.run(toImageBatch(images, { size: side, normalization }));
  const after = await maps.run(toImageBatch(changed, { size: side, normalization }));
  return maps.layers.map((layer) => ({
    layer,
    ...featureReach(before.get(layer)!, after.get(layer)!, { imageSize: side, share }),
  }));
}
