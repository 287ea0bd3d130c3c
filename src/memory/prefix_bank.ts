/**
 * Memory banks of several sizes from one selection, each the beginning of the next.
 *
 * The first rows of a greedy or a random selection are what a smaller selection would have
 * chosen. So one selection, and one search in which every row is met once, give scores by banks
 * of all sizes, and how well each covers the rows: the covering radius and the mean distance to
 * the nearest kept row. `greedyCoreset` knows the covering radius of what it chooses; here it is
 * measured for any choice.
 *
 * @module
 */
import { membersOf, type Partition } from "@/clustering/partition.ts";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { type FeatureSource, gatherPatches, patchesOf } from "@/features/feature_source.ts";
import { type Matrix, type RowSource, selectRows, stackRows, toMatrix } from "@/math/matrix.ts";
import { createRandom } from "@/math/random.ts";
import type { Sampler } from "@/memory/coreset.ts";
import { routeImages, semanticKey } from "@/memory/memory_bank.ts";
import type { NeighborIndex, NeighborSearch } from "@/memory/neighbor_search.ts";

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

/** Rows whose beginnings can be searched. It holds native memory until it is closed. */
export interface PrefixIndex {
  /** How many rows each prefix has, in rising order. */
  readonly sizes: readonly number[];
  /** For every prefix, the squared distance from each query to the nearest of its rows. */
  nearest(queries: Matrix): Promise<Float32Array[]>;
  /** Frees native memory; the index must not be used afterwards. */
  close(): Promise<void>;
}

/**
 * Makes the prefixes of a matrix ready for searching.
 *
 * Every row is met once, by the first prefix that has it; each later prefix takes over what is
 * nearest in the one before. All prefixes together thus cost about as much as the longest alone.
 */
export async function openPrefixIndex(
  rows: Matrix,
  options: { readonly sizes: readonly number[]; readonly search: NeighborSearch },
): Promise<PrefixIndex> {
  const { sizes, search } = options;
  checkSizes(sizes, rows.rows);
  const parts: (NeighborIndex | null)[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts) await part?.close();
  };
  try {
    for (const [i, size] of sizes.entries()) {
      const first = sizes[i - 1] ?? 0;
      const numbers = Uint32Array.from({ length: size - first }, (_, row) => first + row);
      parts.push(size === first ? null : await search.build(selectRows(rows, numbers)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { sizes, nearest: (queries) => searchParts(parts, queries), close };
}

async function searchParts(
  parts: readonly (NeighborIndex | null)[],
  queries: Matrix,
): Promise<Float32Array[]> {
  const nearest = new Float32Array(queries.rows).fill(Infinity);
  const found: Float32Array[] = [];
  for (const part of parts) {
    const { squaredDistances } = await part?.search(queries, 1) ?? { squaredDistances: nearest };
    for (let query = 0; query < queries.rows; query++) {
      nearest[query] = Math.min(nearest[query]!, squaredDistances[query]!);
    }
    found.push(nearest.slice());
  }
  return found;
}

function checkSizes(sizes: readonly number[], rows: number): void {
  if (sizes.length === 0) {
    throw new RangeError("Cannot index prefixes: at least one size is needed, got none");
  }
  for (const [i, size] of sizes.entries()) {
    const least = sizes[i - 1] ?? 1;
    if (!Number.isInteger(size) || size < least || size > rows) {
      throw new RangeError(
        `Cannot index prefixes: every size must be an integer from the one before, ${least}, ` +
          `to ${rows}, got ${size}`,
      );
    }
  }
}

/** How well kept rows cover others. */
export interface Covering {
  /** Covering radius: largest Euclidean distance from any row to the nearest kept one. */
  readonly radius: number;
  /** Mean of these distances over all rows. */
  readonly mean: number;
  /** How many rows were measured. */
  readonly rows: number;
}

/**
 * Measures how well every prefix of a selection covers some rows.
 *
 * Exact, up to the rounding of 32-bit distances. Takes one search of all rows among the longest
 * prefix.
 */
export async function measureCovering(
  rows: Matrix | RowSource,
  index: PrefixIndex,
): Promise<Covering[]> {
  if (rows.rows === 0) {
    throw new RangeError("Cannot measure a covering: at least one row is needed, got none");
  }
  const largest = new Float64Array(index.sizes.length);
  const sums = new Float64Array(index.sizes.length);
  const measure = async (part: Matrix): Promise<void> => {
    for (const [i, squared] of (await index.nearest(part)).entries()) {
      for (const value of squared) {
        const distance = Math.sqrt(value);
        sums[i]! += distance;
        if (distance > largest[i]!) largest[i] = distance;
      }
    }
  };
  if ("data" in rows) await measure(rows);
  else for await (const part of rows.parts()) await measure(part);
  return index.sizes.map((_, i) => ({
    radius: largest[i]!,
    mean: sums[i]! / rows.rows,
    rows: rows.rows,
  }));
}

/** Joins coverings of different rows. */
export function joinCoverings(coverings: readonly Covering[]): Covering {
  if (coverings.length === 0) {
    throw new RangeError("Cannot join coverings: at least one is needed, got none");
  }
  let radius = 0, sum = 0, rows = 0;
  for (const each of coverings) {
    radius = Math.max(radius, each.radius);
    sum += each.mean * each.rows;
    rows += each.rows;
  }
  return { radius, mean: sum / rows, rows };
}
