/**
 * The detector: scores embedded images against a memory bank.
 *
 * One detector serves PatchCore (Roth et al., CVPR 2022: a single group) and HierCore
 * (Neurocomputing 671, 132660, 2026: a group per class or cluster). It knows an embedding only
 * as numbers, and the neighbour search only by its interface. `fitDetector` makes one from
 * normal images.
 *
 * An image goes to the index of its group, which a shelf opens when it is needed; the distances
 * to the nearest kept embeddings become patch scores, and these the image's score. Where the
 * same images are scored under several assignments to groups, only what differs is searched.
 *
 * @module
 */
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { type Matrix, rowOf, stackRows, toMatrix } from "@/math/matrix.ts";
import { type KeptRows, type MemoryGroup, routeImages } from "@/memory/memory_bank.ts";
import type { NeighborIndex, Neighbors, NeighborSearch } from "@/memory/neighbor_search.ts";

/** A fitted detector. It holds native memory until it is closed. */
export interface Detector {
  /** The groups of the memory bank. */
  readonly groups: readonly MemoryGroup[];
  /** Calibration scores of the training images, in the order of the images. */
  readonly calibration: readonly CalibrationResult[];
  /** Chooses the group for each semantic vector. */
  route(semantics: Matrix): Int32Array;
  /** Scores images, each by the group named for it. */
  score(images: EmbeddedImages, groups: Int32Array): Promise<ImageScores>;
  /** Frees the neighbour indexes. */
  close(): Promise<void>;
}

/** Anomaly scores of a batch of images. */
export interface ImageScores {
  /** One anomaly score per image: the largest of its patch scores. */
  readonly scores: Float32Array;
  /** Patch scores, one row per image, row-major over the grid. */
  readonly patchScores: Matrix;
}

/** The score of a normal training image by a bank that has not seen it. */
export interface CalibrationResult {
  /** Number of the training image. */
  readonly image: number;
  /** Its group. */
  readonly group: number;
  /** Its anomaly score. */
  readonly score: number;
}

/**
 * Puts a detector together from the groups of a memory bank.
 *
 * A group's index is made when an image is first scored by it.
 */
export function createDetector(parts: {
  groups: readonly MemoryGroup[];
  search: NeighborSearch;
  calibration: readonly CalibrationResult[];
  numNeighbors?: number;
  openIndexes?: number;
}): Detector {
  const { groups, search, calibration, numNeighbors = 1, openIndexes = Infinity } = parts;
  if (groups.length === 0) {
    throw new RangeError("Cannot create a detector: at least one group is needed, got none");
  }
  const banks = groups.map(({ embeddings }) => embeddings);
  const indexes = createIndexShelf(banks, { search, most: openIndexes });
  const keys = stackRows(
    groups.map(({ key }) => toMatrix(key, { rows: 1, columns: key.length })),
  );
  return {
    groups,
    calibration,
    route: (semantics) => routeImages(semantics, keys),
    score: async (images, assigned) => {
      checkGroups(images, assigned, groups.length);
      const positions = images.grid.rows * images.grid.columns;
      const scores = new Float32Array(images.count);
      const patchScores = new Float32Array(images.count * positions);
      for (const group of groups.keys()) {
        const members = [...assigned.keys()].filter((image) => assigned[image] === group);
        if (members.length === 0) continue;
        const all = members.length === images.count;
        const some = all ? images : selectImages(images, members);
        const result = await indexes.use(
          group,
          (index) => scoreByNeighbors(some, { index, numNeighbors }),
        );
        members.forEach((image, i) => {
          scores[image] = result.scores[i]!;
          patchScores.set(rowOf(result.patchScores, i), image * positions);
        });
      }
      return {
        scores,
        patchScores: toMatrix(patchScores, { rows: images.count, columns: positions }),
      };
    },
    close: () => indexes.close(),
  };
}

function checkGroups(images: EmbeddedImages, groups: Int32Array, count: number): void {
  if (groups.length !== images.count) {
    throw new TypeError(
      `Cannot score images: one group per image is needed, got ${groups.length} for ${images.count} images`,
    );
  }
  for (const [image, group] of groups.entries()) {
    if (group < 0 || group >= count) {
      throw new RangeError(
        `Cannot score image ${image}: its group must be from 0 to ${count - 1}, got ${group}`,
      );
    }
  }
}

/** Scores embedded images against one index. */
export async function scoreByNeighbors(
  images: EmbeddedImages,
  options: { index: NeighborIndex; numNeighbors: number },
): Promise<ImageScores> {
  const { index, numNeighbors } = options;
  const neighbors = await index.search(images.embeddings, Math.min(numNeighbors, index.rows));
  return scorePatches(neighbors, { images: images.count });
}

/**
 * Scores patches and images from the neighbours of their embeddings.
 *
 * Patch score: mean of the squared Euclidean distances to the `k` nearest kept embeddings. Anomaly
 * score of an image: the largest of its patch scores.
 */
export function scorePatches(neighbors: Neighbors, options: { images: number }): ImageScores {
  const { k, squaredDistances } = neighbors;
  const { images } = options;
  const patches = squaredDistances.length / k;
  const positions = patches / images;
  if (!Number.isInteger(positions) || positions < 1) {
    throw new TypeError(
      `Cannot score patches: every image must have the same number of patches, ` +
        `got ${patches} patches for ${images} images`,
    );
  }
  const patchScores = new Float32Array(patches);
  const scores = new Float32Array(images);
  for (let patch = 0; patch < patches; patch++) {
    let sum = 0;
    for (let j = patch * k; j < (patch + 1) * k; j++) sum += squaredDistances[j]!;
    const score = sum / k;
    if (!Number.isFinite(score)) {
      throw new RangeError(
        `Cannot score patches: distances must be finite, got ${score} for patch ` +
          `${patch % positions} of image ${Math.floor(patch / positions)}`,
      );
    }
    patchScores[patch] = score;
    const image = Math.floor(patch / positions);
    if (score > scores[image]!) scores[image] = score;
  }
  return { scores, patchScores: toMatrix(patchScores, { rows: images, columns: positions }) };
}

/** How indexes are made, and how many may be open. */
export interface IndexShelfOptions {
  /** Finds nearest neighbours. */
  readonly search: NeighborSearch;
  /** Indexes that stay open while they are not used; default: all. */
  readonly most?: number;
}

/** Indexes by the number of their group. */
export interface IndexShelf {
  /** Works with the index of a group, which stays open at least as long. */
  use<Result>(group: number, work: (index: NeighborIndex) => Promise<Result>): Promise<Result>;
  /** Closes all indexes. */
  close(): Promise<void>;
}

/** An index and how many are working with it. */
interface ShelvedIndex {
  readonly opening: Promise<NeighborIndex>;
  users: number;
}

/**
 * Makes a shelf. An index is opened when its group is first used; the one that was not used for
 * longest is closed when more than `most` are open and nobody works with it.
 */
export function createIndexShelf(
  banks: readonly KeptRows[],
  { search, most = Infinity }: IndexShelfOptions,
): IndexShelf {
  /** In the order of their last use. */
  const open = new Map<number, ShelvedIndex>();
  const discard = async (group: number, { opening }: ShelvedIndex): Promise<void> => {
    open.delete(group);
    await (await opening).close();
  };
  const closeIdle = async (): Promise<void> => {
    for (const [group, shelved] of [...open]) {
      if (open.size <= most) return;
      if (shelved.users === 0) await discard(group, shelved);
    }
  };
  const openIndex = async (group: number): Promise<NeighborIndex> =>
    await search.build(await banks[group]!.load());
  return {
    use: async (group, work) => {
      const shelved = open.get(group) ?? { opening: openIndex(group), users: 0 };
      open.delete(group);
      open.set(group, shelved);
      shelved.users++;
      try {
        return await work(await shelved.opening);
      } catch (error) {
        // An index that could not be opened is tried again the next time.
        await shelved.opening.catch(() => open.delete(group));
        throw error;
      } finally {
        shelved.users--;
        await closeIdle();
      }
    },
    close: async () => {
      for (const [group, shelved] of [...open]) await discard(group, shelved);
    },
  };
}

/**
 * Scores images once for each assignment of images to groups.
 *
 * An image that several assignments give to the same group is searched once.
 */
export async function scoreAssignments(
  images: EmbeddedImages,
  options: { detector: Detector; assignments: readonly Int32Array[] },
): Promise<ImageScores[]> {
  const { detector, assignments } = options;
  const results: ImageScores[] = [];
  for (const [number, groups] of assignments.entries()) {
    const earlier = [...groups].map((group, image) =>
      assignments.slice(0, number).findIndex((assignment) => assignment[image] === group)
    );
    const fresh = [...earlier.keys()].filter((image) => earlier[image] === -1);
    if (fresh.length === images.count) {
      results.push(await detector.score(images, groups));
      continue;
    }
    const positions = images.grid.rows * images.grid.columns;
    const scores = new Float32Array(images.count);
    const patchScores = new Float32Array(images.count * positions);
    const copy = (image: number, from: ImageScores, row: number): void => {
      scores[image] = from.scores[row]!;
      patchScores.set(rowOf(from.patchScores, row), image * positions);
    };
    earlier.forEach((from, image) => from === -1 || copy(image, results[from]!, image));
    if (fresh.length > 0) {
      const some = Int32Array.from(fresh, (image) => groups[image]!);
      const scored = await detector.score(selectImages(images, fresh), some);
      fresh.forEach((image, row) => copy(image, scored, row));
    }
    results.push({
      scores,
      patchScores: toMatrix(patchScores, { rows: images.count, columns: positions }),
    });
  }
  return results;
}
