/**
 * The detector: scores embedded images against a memory bank.
 *
 * One detector serves PatchCore (Roth et al., CVPR 2022: a single group) and HierCore (Neurocomputing
 * 671, 132660, 2026: a group per class or cluster). It knows an embedding only as numbers, and the
 * neighbour search only by its interface. `fitDetector` makes one from normal images.
 *
 * @module
 */
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import { type Matrix, rowOf, stackRows, toMatrix } from "@/math/matrix.ts";
import { createIndexShelf } from "@/memory/index_shelf.ts";
import { type MemoryGroup, routeImages } from "@/memory/memory_bank.ts";
import type { NeighborIndex, NeighborSearch } from "@/memory/neighbor_search.ts";
import { scorePatches } from "@/memory/patch_scores.ts";

/** The score of a normal training image by a bank that has not seen it. */
export interface CalibrationResult {
  /** Number of the training image. */
  readonly image: number;
  /** Its group. */
  readonly group: number;
  /** Its anomaly score. */
  readonly score: number;
}

/** Anomaly scores of a batch of images. */
export interface ImageScores {
  /** One anomaly score per image: the largest of its patch scores. */
  readonly scores: Float32Array;
  /** Patch scores, one row per image, row-major over the grid. */
  readonly patchScores: Matrix;
}

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

/**
 * Puts a detector together from the groups of a memory bank. A group's index is made when an image
 * is first scored by it.
 *
 * @param parts The groups, how neighbours are found, the calibration scores, the neighbours over
 *   which a patch score is averaged (default 1; all where a group has fewer), and how many indexes
 *   stay open (default all).
 * @returns The detector, which closes its indexes when it is closed.
 * @throws {RangeError} If there is no group.
 *
 * @example A detector that knows one embedding
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { createDetector } from "@/memory/detector.ts";
 * import { residentRows } from "@/memory/kept_rows.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 *
 * const embeddings = residentRows(matrixOf([[2]]));
 * const detector = createDetector({
 *   groups: [{ name: "all", key: Float32Array.of(1), embeddings, radius: 0, trainCount: 1 }],
 *   search: plainSearch,
 *   calibration: [],
 * });
 * assert.deepEqual([...detector.route(matrixOf([[5]]))], [0]);
 * await detector.close();
 * ```
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

/**
 * Scores embedded images against one index.
 *
 * @param images The images; left unchanged.
 * @param options The index to search, and the neighbours over which a patch score is averaged.
 * @returns Image and patch scores.
 * @throws {TypeError} If the embeddings are not as wide as the rows of the index.
 *
 * @example A patch at distance 3 from the only kept one
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { scoreByNeighbors } from "@/memory/detector.ts";
 * import { plainSearch } from "@/memory/neighbor_search.ts";
 *
 * const images = {
 *   count: 1,
 *   grid: { rows: 1, columns: 1 },
 *   embeddings: matrixOf([[5]]),
 *   semantics: matrixOf([[1]]),
 * };
 * const index = await plainSearch.build(matrixOf([[2]]));
 * const { scores } = await scoreByNeighbors(images, { index, numNeighbors: 1 });
 * assert.deepEqual([...scores], [9]);
 * ```
 */
export async function scoreByNeighbors(
  images: EmbeddedImages,
  options: { index: NeighborIndex; numNeighbors: number },
): Promise<ImageScores> {
  const { index, numNeighbors } = options;
  const neighbors = await index.search(images.embeddings, Math.min(numNeighbors, index.rows));
  return scorePatches(neighbors, { images: images.count });
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
