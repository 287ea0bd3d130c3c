/**
 * Embeds training images into memory or, when they are too many, into the cache alone.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import { embedInBatches, type EmbedOptions, embedSamples } from "@/features/embed.ts";
import { hashImages } from "@/features/embed_through_cache.ts";
import { type EmbeddedImages, joinImages } from "@/features/embedder.ts";
import { type FeatureSource, residentFeatures } from "@/features/feature_source.ts";
import { type Matrix, stackRows } from "@/math/matrix.ts";

/** How images are embedded, and how much may stay in memory. */
export interface FeatureOptions extends EmbedOptions {
  /** Bytes of patch embeddings that may stay in memory. Without a cache they stay in any case. */
  readonly memoryLimit: number;
}

/**
 * Embeds all samples once and hands out their features a few at a time.
 *
 * @param samples At least one image.
 * @param options How they are read and embedded, the cache, and the limit.
 * @returns The features: in memory where they fit or there is no cache, otherwise read from the cache
 *   whenever they are asked for, and embedded again where it has no room for them.
 * @throws {RangeError} If there is no image.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No image
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedFeatures } from "@/features/embed_features.ts";
 * import { openEmbedder } from "@/features/open_embedder.ts";
 *
 * const embedder = await openEmbedder({});
 * const options = { folder: ".", embedder, resize: 288, imagesize: 256, batchSize: 8 };
 * await assert.rejects(embedFeatures([], { ...options, memoryLimit: 1e9 }), {
 *   message: "Cannot embed images: at least one is needed, got none",
 * });
 * await embedder.close();
 * ```
 */
export async function embedFeatures(
  samples: readonly Sample[],
  options: FeatureOptions,
): Promise<FeatureSource> {
  const { cache = null, memoryLimit, stopwatch, onProgress, ...reading } = options;
  const report = { ...(stopwatch && { stopwatch }), ...(onProgress && { onProgress }) };
  if (cache === null || samples.length === 0) {
    return residentFeatures(await embedSamples(samples, { ...reading, ...report }));
  }
  const hashes = await hashImages(samples, options.folder);
  const load = async (images: ArrayLike<number>): Promise<EmbeddedImages> => {
    const numbers = Array.from(images);
    const some = {
      ...reading,
      cache,
      hashes: numbers.map((image) => hashes[image] ?? null),
    };
    const batches = embedInBatches(numbers.map((image) => samples[image]!), some);
    return joinImages(await Array.fromAsync(batches));
  };
  const { grid, embeddings: { columns: dimension, data } } = await load([0]);
  const keys = hashes.map((hash) => hash === null ? null : `${cache.space} ${hash}`);
  const all = { ...reading, ...report, cache, hashes };
  if (samples.length * data.byteLength <= memoryLimit) {
    return { ...residentFeatures(await embedSamples(samples, all)), keys };
  }
  const semantics: Matrix[] = [];
  for await (const batch of embedInBatches(samples, all)) semantics.push(batch.semantics);
  return {
    count: samples.length,
    grid,
    dimension,
    semantics: stackRows(semantics),
    keys,
    load,
  };
}
