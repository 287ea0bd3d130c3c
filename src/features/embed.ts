/**
 * Embeds the images of a dataset, a batch at a time: by the network, or through a cache.
 *
 * With a cache, kept features are read from it, and only the others are made and kept. Images are
 * told apart by what their files held before they were decoded; of a file that holds something
 * else afterwards nothing is kept. Where all embeddings together are too many for the memory, they
 * stay in the cache alone and are handed out a few images at a time.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import {
  type EmbeddedImages,
  type Embedder,
  joinImages,
  selectImages,
} from "@/features/embedder.ts";
import { type FeatureCache, roundFeatures } from "@/features/feature_cache.ts";
import type { FeaturePrecision } from "@/features/feature_file.ts";
import { type FeatureSource, residentFeatures } from "@/features/feature_source.ts";
import { hashFile } from "@/files/read.ts";
import type { Stopwatch } from "@/files/stopwatch.ts";
import { type ImageGeometry, loadBatches } from "@/images/read.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import { type Matrix, stackRows, toMatrix } from "@/math/matrix.ts";

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

/** How images are read, embedded and kept. */
export interface EmbedOptions extends NetworkOptions {
  /** Where features are looked up first and kept afterwards; default: nowhere. */
  readonly cache?: FeatureCache | null;
  /** What each image file holds, `null` where it is unreadable; default: looked up for the cache. */
  readonly files?: readonly (FileState | null)[];
  /** Called with the number of an image whose file has changed since; default: nobody is told. */
  readonly onChange?: (image: number) => void;
  /** How embedding values are rounded if no cache does it; default `float32`: not at all. */
  readonly precision?: FeaturePrecision;
  /** Called after each batch with the number of images done so far. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Embeds samples batch by batch; the next batch is decoded while one is embedded.
 *
 * With a cache, only images go through the network whose features are not kept yet. Features are
 * the same either way, to the bit.
 *
 * @param samples The images, in order.
 * @param options Where they are, how they are read and what is kept.
 * @returns One embedded batch after the other, in order.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example Nothing to embed
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedInBatches, openEmbedder } from "@/features/mod.ts";
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
 * import { embedSamples, openEmbedder } from "@/features/mod.ts";
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

/** How images are embedded, and how much may stay in memory. */
export interface FeatureOptions extends EmbedOptions {
  /** Bytes of patch embeddings that may stay in memory. Without a cache they stay in any case. */
  readonly memoryLimit: number;
}

/**
 * Embeds all samples once and hands out their features a few at a time.
 *
 * Beyond the memory limit they are read back from the cache whenever they are asked for.
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
  const files = await lookUpImages(samples, options.folder);
  const keys = files.map((file) => file === null ? null : `${cache.space} ${file.hash}`);
  /** What is made of an image that has changed must not be kept, either. */
  const forget = (image: number): void => void (keys[image] = null);
  const load = async (images: ArrayLike<number>): Promise<EmbeddedImages> => {
    const numbers = Array.from(images);
    const some = {
      ...reading,
      cache,
      files: numbers.map((image) => files[image] ?? null),
      onChange: (i: number) => forget(numbers[i]!),
    };
    const batches = embedInBatches(numbers.map((image) => samples[image]!), some);
    return joinImages(await Array.fromAsync(batches));
  };
  const { grid, embeddings: { columns: dimension, data } } = await load([0]);
  const all = { ...reading, ...report, cache, files, onChange: forget };
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

/** Embeds samples batch by batch; the next batch is decoded while one is embedded. */
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
  try {
    for (let done = 0; done < samples.length;) {
      const expected = Math.min(batchSize, samples.length - done);
      const { value: batch } = await time("decode", expected, () => batches.next());
      if (!batch) throw new Error(`Cannot embed images: got ${done} of ${samples.length}`);
      const { images } = batch;
      yield await time("embed", images.count, () => embedder.embed(images));
      done += images.count;
    }
  } finally {
    await batches.return();
  }
}

/**
 * Embeds samples batch by batch through a cache.
 *
 * Images that are missing from it go through the network in batches of their own, in order. An
 * entry that is gone by the time it is read is made anew; so is one that found no room. Before
 * features are kept, their image file is looked at once more: if it is no longer what it was when
 * it was first looked at, nobody knows which of the two was decoded.
 */
export async function* embedThroughCache(
  samples: readonly Sample[],
  options: NetworkOptions & {
    readonly cache: FeatureCache;
    readonly files?: readonly (FileState | null)[];
    readonly onChange?: (image: number) => void;
  },
): AsyncGenerator<EmbeddedImages> {
  const { cache, batchSize, stopwatch, folder } = options;
  const files = options.files ?? await lookUpImages(samples, folder);
  const isKept = files.map((file) => file !== null && cache.has(file.hash));
  const made = oneByOne(embedByNetwork(samples.filter((_, i) => !isKept[i]), options));
  /** Entries of the batch that is being made, and of the one before, that are being written. */
  let writing: Promise<unknown>[] = [], earlier: Promise<unknown>[] = [];
  const write = async (image: EmbeddedImages, i: number): Promise<void> => {
    const before = files[i]!, after = await lookUpFile(join(folder, samples[i]!.image));
    if (after?.hash === before.hash && after.stamp === before.stamp) {
      await cache.write(before.hash, image);
      return;
    }
    options.onChange?.(i);
    cache.remark(
      `Cannot keep features of "${samples[i]!.image}": the file must stay as it was when it was ` +
        "first read, it has changed since",
    );
  };
  const keep = (value: EmbeddedImages | undefined, i: number): EmbeddedImages => {
    if (!value) throw new Error(`Cannot embed "${samples[i]!.image}": the network gave nothing`);
    const image = roundFeatures(value, cache.precision);
    if (files[i] !== null) {
      const kept = write(image, i);
      kept.catch(() => undefined); // met again, and thrown, where its batch is awaited
      writing.push(kept);
    }
    return image;
  };
  const makeAnew = async (i: number): Promise<EmbeddedImages> => {
    const [value] = await Array.fromAsync(embedByNetwork([samples[i]!], options));
    return keep(value, i);
  };
  const read = (i: number): Promise<EmbeddedImages | null> | EmbeddedImages | null => {
    const work = (): EmbeddedImages | null => cache.read(files[i]!.hash);
    return stopwatch === undefined ? work() : stopwatch.time("read", { images: 1, work });
  };
  let isFailing = false;
  try {
    for (let first = 0; first < samples.length; first += batchSize) {
      const images: EmbeddedImages[] = [];
      for (let i = first; i < Math.min(first + batchSize, samples.length); i++) {
        images.push(
          isKept[i] ? await read(i) ?? await makeAnew(i) : keep((await made.next()).value, i),
        );
      }
      await Promise.all(earlier);
      [earlier, writing] = [writing, []];
      yield joinImages(images);
    }
  } catch (error) {
    isFailing = true;
    throw error;
  } finally {
    await made.return(undefined);
    const written = [...earlier, ...writing];
    await Promise.allSettled(written);
    if (!isFailing) await Promise.all(written); // else what happened first is thrown
  }
}

async function* oneByOne(
  batches: AsyncGenerator<EmbeddedImages>,
): AsyncGenerator<EmbeddedImages, undefined> {
  for await (const batch of batches) {
    for (let i = 0; i < batch.count; i++) yield selectImages(batch, [i]);
  }
}

/** What a file holds. */
export interface FileState {
  /** SHA-256 of its bytes. */
  readonly hash: string;
  /** What changes with every write and every replacement, even by equal bytes. */
  readonly stamp: string;
}

/** Files looked at at once. */
const lookedAtAtOnce = 4;

/** Looks at image files, which tells their features apart; `null` for one that cannot be read. */
async function lookUpImages(
  samples: readonly Sample[],
  folder: string,
): Promise<(FileState | null)[]> {
  return await mapConcurrently(samples, {
    limit: lookedAtAtOnce,
    apply: ({ image }) => lookUpFile(join(folder, image)),
  });
}

/**
 * Looks at a file: between two looks that are equal nobody has changed it, not even back again,
 * for the stamp, which has the time of the last change of all, is taken before it is hashed.
 */
async function lookUpFile(path: string): Promise<FileState | null> {
  try {
    const { isFile, dev, ino, size, mtime, ctime } = await Deno.stat(path);
    if (!isFile) return null; // a pipe would be waited for
    const stamp = [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
    return { hash: await hashFile(path), stamp };
  } catch {
    return null;
  }
}
