/**
 * Feeds a network with batches of images, reading ahead while it computes.
 *
 * @module
 */
import { type ImageBatch, type Normalization, toImageBatch } from "@/images/image_batch.ts";
import { type ImageGeometry, loadImage } from "@/images/read.ts";

/** How images are read and grouped. */
export interface BatchOptions extends ImageGeometry {
  /** Images per batch; the last batch may be smaller. */
  readonly batchSize: number;
  /** The input range that the backbone expects. */
  readonly normalization: Normalization;
  /** Images read ahead of the batch in use; default 8. Changes time and memory, never a value. */
  readonly prefetch?: number;
}

/** Consecutive images, ready for a network. */
export interface LoadedBatch {
  /** Number of the first image, from 0. */
  readonly first: number;
  /** The images. */
  readonly images: ImageBatch;
}

/**
 * Reads images in order, batch by batch.
 *
 * Decoding happens on other threads: while the network computes on one batch, the next images are
 * being read. At most `batchSize + prefetch` images are in memory or under way.
 *
 * @param paths Image files.
 * @param options Geometry, batch size and input range; see `BatchOptions`.
 * @returns Batches in the order of the paths; none if there is no path.
 * @throws {RangeError} If the batch size or the prefetch is out of range.
 * @throws {Error} If a file cannot be read; the message names it.
 *
 * @example Three images in batches of two
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { loadBatches } from "@/images/image_batches.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * await sharp({ create: { width: 4, height: 4, channels: 3, background: "white" } }).toFile(path);
 * const options = {
 *   resize: 4,
 *   imagesize: 4,
 *   batchSize: 2,
 *   normalization: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
 * } as const;
 * const counts: number[] = [];
 * for await (const { images } of loadBatches([path, path, path], options)) counts.push(images.count);
 * assert.deepEqual(counts, [2, 1]);
 * await Deno.remove(path);
 * ```
 */
export async function* loadBatches(
  paths: readonly string[],
  options: BatchOptions,
): AsyncGenerator<LoadedBatch, void> {
  const { imagesize, batchSize, normalization, prefetch = 8 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(
      `Cannot load images: batchSize must be a positive integer, got ${batchSize}`,
    );
  }
  if (!Number.isInteger(prefetch) || prefetch < 0) {
    throw new RangeError(`Cannot load images: prefetch must be an integer from 0, got ${prefetch}`);
  }
  const underWay: Promise<Uint8Array>[] = [];
  let started = 0;
  const readUpTo = (end: number): void => {
    while (started < Math.min(end, paths.length)) {
      const image = loadImage(paths[started++]!, options);
      image.catch(() => undefined); // met again, and thrown, where its batch is awaited
      underWay.push(image);
    }
  };
  try {
    for (let first = 0; first < paths.length; first += batchSize) {
      readUpTo(first + batchSize);
      const images: Uint8Array[] = [];
      for (const image of underWay.slice(0, batchSize)) images.push(await image);
      underWay.splice(0, batchSize);
      readUpTo(first + batchSize + prefetch);
      yield { first, images: toImageBatch(images, { size: imagesize, normalization }) };
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
