/**
 * Embeds the images of a dataset, a batch at a time.
 *
 * @module
 */
import type { Sample } from "@/datasets/dataset.ts";
import { embedByNetwork, type NetworkOptions } from "@/features/embed_by_network.ts";
import { embedThroughCache } from "@/features/embed_through_cache.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { type FeatureCache, roundFeatures } from "@/features/feature_cache.ts";
import type { FeaturePrecision } from "@/features/feature_file.ts";
import { toMatrix } from "@/math/matrix.ts";

/** How images are read, embedded and kept. */
export interface EmbedOptions extends NetworkOptions {
  /** Where features are looked up first and kept afterwards; default: nowhere. */
  readonly cache?: FeatureCache | null;
  /** What `hashImages` gives for the samples, for the cache; default: it is called. */
  readonly hashes?: readonly (string | null)[];
  /** How embedding values are rounded without a cache, which has its own; default `float32`: not. */
  readonly precision?: FeaturePrecision;
  /** Called after each batch with the number of images done so far. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Embeds samples batch by batch; the next batch is decoded while one is embedded.
 *
 * With a cache, only images go through the network whose features are not kept yet. Features are the
 * same either way, to the bit.
 *
 * @param samples The images, in order.
 * @param options Where they are, how they are read and what is kept.
 * @returns One embedded batch after the other, in order.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example Nothing to embed
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedInBatches } from "@/features/embed.ts";
 * import { openEmbedder } from "@/features/open_embedder.ts";
 *
 * const embedder = await openEmbedder({});
 * const options = { folder: ".", embedder, resize: 288, imagesize: 256, batchSize: 8 };
 * for await (const _batch of embedInBatches([], options)) assert.fail("no batch expected");
 * await embedder.close();
 * ```
 */
export async function* embedInBatches(
  samples: readonly Sample[],
  options: EmbedOptions,
): AsyncGenerator<EmbeddedImages> {
  const { cache = null, precision = "float32", onProgress } = options;
  const batches = cache === null
    ? embedByNetwork(samples, options)
    : embedThroughCache(samples, { ...options, cache });
  let done = 0;
  for await (const batch of batches) {
    yield cache === null ? roundFeatures(batch, precision) : batch;
    done += batch.count;
    onProgress?.(done);
  }
}

/**
 * Embeds samples and keeps everything: `images × positions × dimension` 32-bit floats.
 *
 * @param samples At least one image.
 * @param options Where they are and how they are read.
 * @returns All embeddings and semantic vectors, in the order of the samples.
 * @throws {RangeError} If there is no image.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example No image
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedSamples } from "@/features/embed.ts";
 * import { openEmbedder } from "@/features/open_embedder.ts";
 *
 * const embedder = await openEmbedder({});
 * const options = { folder: ".", embedder, resize: 288, imagesize: 256, batchSize: 8 };
 * await assert.rejects(embedSamples([], options), {
 *   message: "Cannot embed images: at least one is needed, got none",
 * });
 * await embedder.close();
 * ```
 */
export async function embedSamples(
  samples: readonly Sample[],
  options: EmbedOptions,
): Promise<EmbeddedImages> {
  let all: EmbeddedImages | undefined;
  let done = 0;
  for await (const batch of embedInBatches(samples, options)) {
    all ??= allocate(samples.length, batch);
    all.embeddings.data.set(
      batch.embeddings.data,
      done * batch.embeddings.data.length / batch.count,
    );
    all.semantics.data.set(batch.semantics.data, done * batch.semantics.columns);
    done += batch.count;
  }
  if (all === undefined) {
    throw new RangeError("Cannot embed images: at least one is needed, got none");
  }
  return all;
}

/** Room for all images, shaped like a first batch. */
function allocate(count: number, batch: EmbeddedImages): EmbeddedImages {
  const { grid, embeddings, semantics } = batch;
  const rows = count * grid.rows * grid.columns;
  return {
    count,
    grid,
    embeddings: toMatrix(new Float32Array(rows * embeddings.columns), {
      rows,
      columns: embeddings.columns,
    }),
    semantics: toMatrix(new Float32Array(count * semantics.columns), {
      rows: count,
      columns: semantics.columns,
    }),
  };
}
