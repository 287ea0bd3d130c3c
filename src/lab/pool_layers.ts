/**
 * Averages the feature maps of many images over their positions, for every layer of a backbone.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import type { FeatureMaps } from "@/features/feature_maps.ts";
import { meanFeatures } from "@/features/layers.ts";
import { toImageBatch } from "@/images/read.ts";
import { type ImageSource, loadPixels } from "@/lab/load_pixels.ts";
import { type Matrix, stackRows } from "@/math/matrix.ts";

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
 * import { embeddedBackbone } from "@/backbones/embedded.ts";
 * import { defaultConfig } from "@/config.ts";
 * import { openFeatureMaps } from "@/features/feature_maps.ts";
 * import { poolLayers } from "@/lab/pool_layers.ts";
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
