/**
 * Memory banks of several sizes from one selection, each the beginning of the next.
 *
 * The first rows of a greedy or a random selection are what a smaller selection would have chosen.
 *
 * @module
 */
import { membersOf, type Partition } from "@/clustering/partition.ts";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { type FeatureSource, gatherPatches, patchesOf } from "@/features/feature_source.ts";
import { selectRows, stackRows, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import { type Covering, joinCoverings, measureCovering } from "@/memory/covering_radius.ts";
import { routeImages, semanticKey } from "@/memory/memory_bank.ts";
import type { NeighborSearch } from "@/memory/neighbor_search.ts";
import { openPrefixIndex, type PrefixIndex } from "@/memory/prefix_index.ts";
import type { Sampler } from "@/memory/sampler.ts";

/** How the banks are made. */
export interface PrefixBankOptions {
  /** The grouping of the training images. */
  readonly partition: Partition;
  /** Chooses the embeddings that stay; its shorter selections must begin its longer ones. */
  readonly sampler: Sampler;
  /** Shares of the embeddings that stay, above 0 and at most 1, never falling. */
  readonly ratios: readonly number[];
  /** Finds nearest neighbours. */
  readonly search: NeighborSearch;
  /** Seed of the sampler's choices. */
  readonly seed: number;
}

/** Banks of several sizes. It holds native memory until it is closed. */
export interface PrefixBank {
  /** How many embeddings each size keeps of each training image: one array per size. */
  readonly keptPerImage: readonly Uint32Array[];
  /** How well each size covers the embeddings of some training images, each by its own group. */
  cover(images: ArrayLike<number>): Promise<Covering[]>;
  /** Anomaly scores of images by each size: the largest squared distance of their patches. */
  score(images: EmbeddedImages): Promise<Float32Array[]>;
  /** Frees the neighbour indexes. */
  close(): Promise<void>;
}

/**
 * Selects the largest bank and makes all its beginnings ready for scoring.
 *
 * Every group keeps ⌊ratio × rows⌋ embeddings (at least one). An image is scored by the group whose
 * semantic key it resembles most, and by the nearest kept embedding.
 *
 * @param training Features of normal images.
 * @param options Groups, sampler, shares and search.
 * @returns The banks; close them when done.
 * @throws {RangeError} If there is no share, or the shares are out of range or fall.
 *
 * @example Two sizes of one group
 * ```ts
 * import assert from "node:assert/strict";
 * import { residentFeatures } from "@/features/feature_source.ts";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 * import { fitPrefixBank } from "@/memory/prefix_bank.ts";
 * import { identitySampler } from "@/memory/samplers.ts";
 *
 * const images = {
 *   count: 2,
 *   grid: { rows: 1, columns: 2 },
 *   embeddings: matrixOf([[0], [1], [5], [6]]),
 *   semantics: matrixOf([[1], [1]]),
 * };
 * const bank = await fitPrefixBank(residentFeatures(images), {
 *   partition: { labels: Int32Array.of(0, 0), clusters: 1 },
 *   sampler: identitySampler,
 *   ratios: [0.25, 1],
 *   search: plainSearch,
 *   seed: 0,
 * });
 * assert.deepEqual(bank.keptPerImage.map((counts) => [...counts]), [[1, 0], [2, 2]]);
 * assert.deepEqual((await bank.score(images)).map((scores) => [...scores]), [[1, 36], [0, 0]]);
 * await bank.close();
 * ```
 */
export async function fitPrefixBank(
  training: FeatureSource,
  options: PrefixBankOptions,
): Promise<PrefixBank> {
  const { partition, ratios } = options;
  checkRatios(ratios);
  const keptPerImage = ratios.map(() => new Uint32Array(training.count));
  const members = membersOf(partition);
  const indexes: PrefixIndex[] = [];
  const close = async (): Promise<void> => {
    for (const index of indexes) await index.close();
  };
  try {
    for (const [group, images] of members.entries()) {
      const { indices, sizes } = await selectGroup(training, { ...options, group, images });
      const rows = await gatherPatches(training, { images, indices });
      indexes.push(await openPrefixIndex(rows, { sizes, search: options.search }));
      const positions = training.grid.rows * training.grid.columns;
      for (const [i, size] of sizes.entries()) {
        for (const row of indices.subarray(0, size)) {
          keptPerImage[i]![images[Math.floor(row / positions)]!]!++;
        }
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  const keys = stackRows(members.map((images) => {
    const key = semanticKey(selectRows(training.semantics, images));
    return toMatrix(key, { rows: 1, columns: key.length });
  }));
  return {
    keptPerImage,
    cover: async (images) => {
      const parts: Covering[][] = [];
      for (const [group, index] of indexes.entries()) {
        const own = Array.from(images).filter((image) => partition.labels[image] === group);
        if (own.length > 0) parts.push(await measureCovering(patchesOf(training, own), index));
      }
      return ratios.map((_, i) => joinCoverings(parts.map((each) => each[i]!)));
    },
    score: async (images) => {
      const groups = routeImages(images.semantics, keys);
      const scores = ratios.map(() => new Float32Array(images.count));
      for (const [group, index] of indexes.entries()) {
        const own = [...groups.keys()].filter((image) => groups[image] === group);
        if (own.length === 0) continue;
        const nearest = await index.nearest(selectImages(images, own).embeddings);
        for (const [i, distances] of nearest.entries()) {
          const positions = distances.length / own.length;
          distances.forEach((distance, row) => {
            const image = own[Math.floor(row / positions)]!;
            scores[i]![image] = Math.max(scores[i]![image]!, distance);
          });
        }
      }
      return scores;
    },
    close,
  };
}

async function selectGroup(
  training: FeatureSource,
  options: PrefixBankOptions & { readonly group: number; readonly images: Uint32Array },
): Promise<{ indices: Uint32Array; sizes: number[] }> {
  const { sampler, ratios, seed, group, images } = options;
  const source = patchesOf(training, images);
  const sizes = ratios.map((ratio) => Math.max(1, Math.floor(ratio * source.rows)));
  const { indices } = await sampler.select(source, {
    size: sizes.at(-1)!,
    seed: createRandom(seed, `group ${group}`).integer(2 ** 32),
  });
  return { indices, sizes };
}

function checkRatios(ratios: readonly number[]): void {
  const isWrong = ratios.some((ratio, i) =>
    !(ratio > 0 && ratio <= 1 && (i === 0 || ratio >= ratios[i - 1]!))
  );
  if (ratios.length === 0 || isWrong) {
    throw new RangeError(
      "Cannot fit banks of several sizes: shares must be above 0, at most 1 and never fall, got " +
        (ratios.length === 0 ? "none" : ratios.join(", ")),
    );
  }
}
