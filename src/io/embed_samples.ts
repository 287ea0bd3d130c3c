/**
 * Embeds the images of a dataset, a batch at a time.
 *
 * @module
 */
import { join } from "node:path";
import type { EmbeddedImages, Embedder } from "@/embedder.ts";
import { loadBatches } from "@/io/image_batches.ts";
import type { ImageGeometry } from "@/io/images.ts";
import type { Stopwatch } from "@/io/stopwatch.ts";
import { toMatrix } from "@/matrix.ts";
import type { Sample } from "@/sample.ts";

/** How images are read and embedded. */
export interface EmbedOptions extends ImageGeometry {
  /** Folder that the samples' paths are relative to. */
  readonly folder: string;
  /** Turns images into embeddings. */
  readonly embedder: Embedder;
  /** Images per batch. */
  readonly batchSize: number;
  /** Times the stages `decode` and `embed`; default: not timed. */
  readonly stopwatch?: Stopwatch;
  /** Called after each batch with the number of images embedded so far. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Embeds samples batch by batch; the next batch is decoded while one is embedded.
 *
 * @param samples The images, in order.
 * @param options Where they are and how they are read.
 * @returns One embedded batch after the other, in order.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example Nothing to embed
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedInBatches } from "@/io/embed_samples.ts";
 * import { openEmbedder } from "@/io/session.ts";
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
  const { folder, embedder, batchSize, stopwatch } = options;
  const paths = samples.map((sample) => join(folder, sample.image));
  const { normalization } = embedder;
  const batches = loadBatches(paths, { ...options, normalization });
  const time = <Result>(stage: string, images: number, work: () => Promise<Result>) =>
    stopwatch === undefined ? work() : stopwatch.time(stage, { images, work });
  for (let done = 0; done < samples.length;) {
    const expected = Math.min(batchSize, samples.length - done);
    const { value: batch } = await time("decode", expected, () => batches.next());
    if (!batch) throw new Error(`Cannot embed images: got ${done} of ${samples.length}`);
    const { images } = batch;
    yield await time("embed", images.count, () => embedder.embed(images));
    done += images.count;
    options.onProgress?.(done);
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
 * import { embedSamples } from "@/io/embed_samples.ts";
 * import { openEmbedder } from "@/io/session.ts";
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
