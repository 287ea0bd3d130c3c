/**
 * The detector: scores embedded images against a memory bank.
 *
 * One detector serves PatchCore (Roth et al., CVPR 2022: a single group) and HierCore
 * (Neurocomputing 671, 132660, 2026: a group per class or cluster). It knows an embedding only
 * as numbers, and the neighbour search only by its interface. `fitDetector` makes one from
 * normal images.
 *
 * An image goes to the index of its group, which a shelf opens when it is needed; the distances
 * to the nearest kept embeddings become patch scores, and these the image's score. With a second
 * group (ours), each patch takes the smaller of the two banks' scores. Where the same images are
 * scored under several assignments to groups, no image is searched twice in one group.
 *
 * @module
 */
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { type Matrix, rowOf, selectRows, stackRows, toMatrix } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";
import { type KeptRows, type MemoryGroup, routeImages } from "@/memory/memory_bank.ts";
import type { NeighborIndex, Neighbors, NeighborSearch } from "@/memory/neighbor_search.ts";

/** A fitted detector. It holds native memory until it is closed. */
export interface Detector {
  /** The groups of the memory bank. */
  readonly groups: readonly MemoryGroup[];
  /** Calibration scores of the training images by their groups, in the order of the images. */
  readonly calibration: readonly CalibrationResult[];
  /**
   * Calibration scores as images that are routed by their keys get them: the same, unless second
   * groups help to score.
   */
  readonly routedCalibration: readonly CalibrationResult[];
  /** Chooses the group for each semantic vector. */
  route(semantics: Matrix): Int32Array;
  /**
   * The group whose key is most alike among the others; `null` unless second groups help to score
   * and there are several.
   */
  routeSecond(semantics: Matrix, groups: Int32Array): Int32Array | null;
  /** As above, whether or not second groups help; `null` if no group is left. */
  routeAmongOthers(semantics: Matrix, ...excluded: readonly Int32Array[]): Int32Array | null;
  /** Cosine between each semantic vector and the key of the group named for it. */
  similarities(semantics: Matrix, groups: Int32Array): Float32Array;
  /** Patch scores by one group, one row per image. */
  patchScores(images: EmbeddedImages, group: number): Promise<Matrix>;
  /** The anomaly score of an image, from its patch scores. */
  readonly imageScore: ImageScorer;
  /** Scores images, each by the group named for it, and a second one if one is named. */
  score(
    images: EmbeddedImages,
    groups: Int32Array,
    second?: Int32Array | null,
  ): Promise<ImageScores>;
  /** Frees the neighbour indexes. */
  close(): Promise<void>;
}

/** Makes the anomaly score of an image from its patch scores, row-major over the grid. */
export type ImageScorer = (patchScores: Float32Array) => number;

/** The largest patch score, as PatchCore has it without reweighting. */
export const maxScore: ImageScorer = (patchScores: Float32Array): number => {
  let largest = 0;
  for (const score of patchScores) if (score > largest) largest = score;
  return largest;
};

/** The mean of an image's patch scores. */
export function meanOf(patchScores: Float32Array): number {
  let sum = 0;
  for (const score of patchScores) sum += score;
  return sum / patchScores.length;
}

/** Anomaly scores of a batch of images. */
export interface ImageScores {
  /** One anomaly score per image. */
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
  /** Mean of its patch scores. */
  readonly meanPatchScore: number;
  /** 1 − the cosine between its semantic vector and the key of the group's other images. */
  readonly keyDistance: number;
  /** Highest value of its anomaly map. */
  readonly mapPeak: number;
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
  routedGroups?: 1 | 2;
  imageScore?: ImageScorer;
  openIndexes?: number;
}): Detector {
  const { groups, search, calibration, numNeighbors = 1, openIndexes = Infinity } = parts;
  const { routedGroups = 1, imageScore = maxScore } = parts;
  if (groups.length === 0) {
    throw new RangeError("Cannot create a detector: at least one group is needed, got none");
  }
  const banks = groups.map(({ embeddings }) => embeddings);
  const indexes = createIndexShelf(banks, { search, most: openIndexes });
  const keys = stackRows(
    groups.map(({ key }) => toMatrix(key, { rows: 1, columns: key.length })),
  );
  const detector: Detector = {
    groups,
    calibration,
    routedCalibration: calibration,
    imageScore,
    route: (semantics) => routeImages(semantics, keys),
    routeSecond: (semantics, first) =>
      routedGroups === 1 ? null : routeAmongOthers(semantics, { keys, excluded: [first] }),
    routeAmongOthers: (semantics, ...excluded) => routeAmongOthers(semantics, { keys, excluded }),
    similarities: (semantics, assigned) =>
      Float32Array.from(assigned, (group, image) => {
        const vector = rowOf(semantics, image);
        return cosine(vector, rowOf(keys, group));
      }),
    patchScores: (images, group) =>
      indexes.use(group, (index) => scoreByNeighbors(images, { index, numNeighbors })),
    score: async (images, assigned, second = null) => {
      const assignments = [{ groups: assigned, second }];
      return (await scoreAssignments(images, { detector, assignments }))[0]!;
    },
    close: () => indexes.close(),
  };
  return detector;
}

/** The most similar key but those excluded, for each image; `null` if none is left. */
function routeAmongOthers(
  semantics: Matrix,
  { keys, excluded }: { keys: Matrix; excluded: readonly Int32Array[] },
): Int32Array | null {
  if (keys.rows <= excluded.length) return null;
  return Int32Array.from({ length: semantics.rows }, (_, image) => {
    const others = [...Array(keys.rows).keys()].filter((group) =>
      excluded.every((groups) => groups[image] !== group)
    );
    const one = toMatrix(rowOf(semantics, image), { rows: 1, columns: semantics.columns });
    return others[routeImages(one, selectRows(keys, others))[0]!]!;
  });
}

/** The cosine of a vector and a key of length 1; 0 if the vector is all zero. */
function cosine(vector: Float32Array, key: Float32Array): number {
  const length = Math.sqrt(dotProduct(vector, vector));
  return length > 0 ? dotProduct(vector, key) / length : 0;
}

/** Refuses groups that are not one for every image, or that are not there. */
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

/** Patch scores of embedded images against one index, one row per image. */
export async function scoreByNeighbors(
  images: EmbeddedImages,
  options: { index: NeighborIndex; numNeighbors: number },
): Promise<Matrix> {
  const { index, numNeighbors } = options;
  const neighbors = await index.search(images.embeddings, Math.min(numNeighbors, index.rows));
  return scorePatches(neighbors, { images: images.count });
}

/**
 * Scores patches from the neighbours of their embeddings; one row per image.
 *
 * Patch score: mean of the squared Euclidean distances to the `k` nearest kept embeddings.
 */
export function scorePatches(neighbors: Neighbors, options: { images: number }): Matrix {
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
  }
  return toMatrix(patchScores, { rows: images, columns: positions });
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

/** Which groups score each image. */
export interface GroupAssignment {
  /** The group of every image. */
  readonly groups: Int32Array;
  /** A second one, whose smaller patch scores count; `null`: none. */
  readonly second: Int32Array | null;
}

/**
 * Scores images once for each assignment of images to groups.
 *
 * An image that several assignments give to the same group is searched once.
 */
export async function scoreAssignments(
  images: EmbeddedImages,
  options: { detector: Detector; assignments: readonly GroupAssignment[] },
): Promise<ImageScores[]> {
  const { detector, assignments } = options;
  const named = assignments.flatMap(({ groups, second }) =>
    second === null ? groups : [groups, second]
  );
  for (const groups of named) checkGroups(images, groups, detector.groups.length);
  const positions = images.grid.rows * images.grid.columns;
  const found = new Map<number, Float32Array>();
  const placeOf = (group: number, image: number): number => group * images.count + image;
  for (const group of detector.groups.keys()) {
    const members = Array.from({ length: images.count }, (_, image) => image)
      .filter((image) => named.some((groups) => groups[image] === group));
    if (members.length === 0) continue;
    const some = members.length === images.count ? images : selectImages(images, members);
    const scores = await detector.patchScores(some, group);
    members.forEach((image, row) => found.set(placeOf(group, image), rowOf(scores, row)));
  }
  return assignments.map(({ groups, second }) => {
    const scores = new Float32Array(images.count);
    const patchScores = new Float32Array(images.count * positions);
    for (let image = 0; image < images.count; image++) {
      const own = patchScores.subarray(image * positions, (image + 1) * positions);
      own.set(found.get(placeOf(groups[image]!, image))!);
      if (second !== null) takeSmaller(own, found.get(placeOf(second[image]!, image))!);
      scores[image] = detector.imageScore(own);
    }
    return {
      scores,
      patchScores: toMatrix(patchScores, { rows: images.count, columns: positions }),
    };
  });
}

/** Lowers patch scores to those of a second bank where these are smaller. */
export function takeSmaller(patchScores: Float32Array, second: Float32Array): void {
  for (let i = 0; i < patchScores.length; i++) {
    if (second[i]! < patchScores[i]!) patchScores[i] = second[i]!;
  }
}
