/**
 * Takes features from the cache where they are, and makes and keeps the others.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import { embedByNetwork, type NetworkOptions } from "@/features/embed_by_network.ts";
import { type EmbeddedImages, joinImages, selectImages } from "@/features/embedder.ts";
import { type FeatureCache, roundFeatures } from "@/features/feature_cache.ts";
import { hashFile } from "@/files/read.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/** Files hashed at once. */
const hashedAtOnce = 4;

/**
 * Embeds samples batch by batch through a cache.
 *
 * Images that are missing from it go through the network in batches of their own, in order. An entry
 * that is gone by the time it is read is made anew; so is one that found no room.
 *
 * @param samples The images, in order.
 * @param options Where they are, how they are read, the cache, and the hashes of the image files
 *   where they are known.
 * @returns One batch of features after the other, in order.
 * @throws {Error} If an image cannot be read; the message names the file.
 *
 * @example Nothing to embed
 * ```ts
 * import assert from "node:assert/strict";
 * import { embedThroughCache } from "@/features/embed_through_cache.ts";
 * import { openFeatureCache } from "@/features/feature_cache.ts";
 * import { openEmbedder } from "@/features/open_embedder.ts";
 * import { openBoundedFolder } from "@/files/cache.ts";
 *
 * const embedder = await openEmbedder({});
 * const files = openBoundedFolder({ folder: "cache", limit: 1e9 });
 * const cache = openFeatureCache({ files, recipe: [embedder.hash] });
 * const options = { folder: ".", embedder, cache, resize: 288, imagesize: 256, batchSize: 8 };
 * for await (const _batch of embedThroughCache([], options)) assert.fail("no batch expected");
 * await embedder.close();
 * ```
 */
export async function* embedThroughCache(
  samples: readonly Sample[],
  options: NetworkOptions & {
    readonly cache: FeatureCache;
    readonly hashes?: readonly (string | null)[];
  },
): AsyncGenerator<EmbeddedImages> {
  const { cache, batchSize, stopwatch } = options;
  const keys = options.hashes ?? await hashImages(samples, options.folder);
  const isKept = keys.map((key) => key !== null && cache.has(key));
  const made = oneByOne(embedByNetwork(samples.filter((_, i) => !isKept[i]), options));
  /** Entries of the batch that is being made, and of the one before, that are being written. */
  let writing: Promise<unknown>[] = [], earlier: Promise<unknown>[] = [];
  const make = async (from: AsyncGenerator<EmbeddedImages>, i: number): Promise<EmbeddedImages> => {
    const { value } = await from.next();
    if (!value) throw new Error(`Cannot embed "${samples[i]!.image}": the network gave nothing`);
    const image = roundFeatures(value, cache.precision);
    if (keys[i] !== null) {
      const kept = cache.write(keys[i]!, image);
      kept.catch(() => undefined); // met again, and thrown, where its batch is awaited
      writing.push(kept);
    }
    return image;
  };
  const read = (i: number): Promise<EmbeddedImages | null> | EmbeddedImages | null => {
    const work = (): EmbeddedImages | null => cache.read(keys[i]!);
    return stopwatch === undefined ? work() : stopwatch.time("read", { images: 1, work });
  };
  try {
    for (let first = 0; first < samples.length; first += batchSize) {
      const images: EmbeddedImages[] = [];
      for (let i = first; i < Math.min(first + batchSize, samples.length); i++) {
        images.push(
          isKept[i]
            ? await read(i) ?? await make(embedByNetwork([samples[i]!], options), i)
            : await make(made, i),
        );
      }
      await Promise.all(earlier);
      [earlier, writing] = [writing, []];
      yield joinImages(images);
    }
  } finally {
    await Promise.all([...earlier, ...writing]);
    await made.return(undefined);
  }
}

/**
 * Hashes image files, which tells their features apart.
 *
 * @param samples The images.
 * @param folder Folder that their paths are relative to.
 * @returns SHA-256 of every file in hex; `null` for one that cannot be read, which decoding explains.
 *
 * @example No such file
 * ```ts
 * import assert from "node:assert/strict";
 * import { hashImages } from "@/features/embed_through_cache.ts";
 *
 * const gone = { className: "nut", split: "train", isAnomalous: false, defect: null } as const;
 * assert.deepEqual(await hashImages([{ ...gone, image: "gone.png", mask: null }], "."), [null]);
 * ```
 */
export async function hashImages(
  samples: readonly Sample[],
  folder: string,
): Promise<(string | null)[]> {
  const hash = async ({ image }: Sample): Promise<string | null> => {
    try {
      return await hashFile(join(folder, image));
    } catch {
      return null;
    }
  };
  return await mapConcurrently(samples, { limit: hashedAtOnce, apply: hash });
}

async function* oneByOne(
  batches: AsyncGenerator<EmbeddedImages>,
): AsyncGenerator<EmbeddedImages, undefined> {
  for await (const batch of batches) {
    for (let i = 0; i < batch.count; i++) yield selectImages(batch, [i]);
  }
}
