/**
 * Sends the images of samples through the network, a batch at a time.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import type { EmbeddedImages, Embedder } from "@/features/embedder.ts";
import type { Stopwatch } from "@/files/stopwatch.ts";
import { type ImageGeometry, loadBatches } from "@/images/read.ts";

/** How images are read and embedded. */
export interface NetworkOptions extends ImageGeometry {
  /** Folder that the samples' paths are relative to. */
  readonly folder: string;
  /** Turns images into embeddings. */
  readonly embedder: Embedder;
  /** Images per batch. */
  readonly batchSize: number;
  /** Times the stages `decode` and `embed`; default: not timed. */
  readonly stopwatch?: Stopwatch;
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
 * import { embedByNetwork } from "@/features/embed_by_network.ts";
 * import { openEmbedder } from "@/features/open_embedder.ts";
 *
 * const embedder = await openEmbedder({});
 * const options = { folder: ".", embedder, resize: 288, imagesize: 256, batchSize: 8 };
 * for await (const _batch of embedByNetwork([], options)) assert.fail("no batch expected");
 * await embedder.close();
 * ```
 */
export async function* embedByNetwork(
  samples: readonly Sample[],
  options: NetworkOptions,
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
  }
}
