/**
 * The hierarchical memory bank: groups of kept embeddings, each under a semantic key, and the
 * routing between them.
 *
 * Follows HierCore (Neurocomputing 671, 132660, 2026): an image is scored only by the group
 * whose key its semantic vector resembles most. A bank with a single group is PatchCore's (Roth
 * et al., CVPR 2022). How keys are formed is our definition where the paper is silent; see
 * `semanticKey`. The embeddings of a group are in memory, or fetched when they are needed.
 *
 * @module
 */
import { type Matrix, meanRow, normalizeRows, rowOf, toMatrix } from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";

/** One group of a memory bank: a class, a cluster, or everything. */
export interface MemoryGroup {
  /** Class name, or `cluster 0`, `cluster 1`, …, or `all`. */
  readonly name: string;
  /** Semantic key, of Euclidean length 1. */
  readonly key: Float32Array;
  /** The kept patch embeddings, one a row. */
  readonly embeddings: KeptRows;
  /** Covering radius of the coreset as its sampler measured it; `null` if it did not. */
  readonly radius: number | null;
  /** Training images in the group. */
  readonly trainCount: number;
}

/** Rows in memory, or fetched when they are asked for. */
export interface KeptRows {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** Gives the rows, which are not to be changed. */
  load(): Promise<Matrix>;
}

/**
 * Computes the semantic key of a group: the direction that its images have in common.
 *
 * The mean of the L2-normalised semantic vectors, L2-normalised again, so that every image weighs
 * the same whatever the strength of its activations.
 *
 * @param semantics Semantic vectors of the group's training images, one a row.
 * @returns A vector of Euclidean length 1.
 * @throws {RangeError} If there is no image, or the vectors cancel out or are all zero.
 *
 * @example Halfway between two directions
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { semanticKey } from "@/memory/mod.ts";
 *
 * const key = semanticKey(matrixOf([[5, 0], [0, 2]]));
 * assert.deepEqual([...key], [Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
 * ```
 */
export function semanticKey(semantics: Matrix): Float32Array {
  if (semantics.rows === 0) {
    throw new RangeError("Cannot form a semantic key: at least one image is needed, got none");
  }
  const mean = toMatrix(meanRow(normalizeRows(semantics)), { rows: 1, columns: semantics.columns });
  const key = normalizeRows(mean).data;
  if (!(dotProduct(key, key) > 0)) {
    throw new RangeError(
      "Cannot form a semantic key: the mean of the normalised semantic vectors must be finite " +
        "and not zero, got a vector without direction",
    );
  }
  return key;
}

/**
 * Routes each image to the group whose key is most alike, by cosine, to its semantic vector.
 *
 * A tie goes to the lower group number; a zero vector, which resembles nothing, to group 0.
 * Takes O(images × groups × columns) time.
 *
 * @param semantics Semantic vectors, one row per image; they need not be normalised.
 * @param keys Semantic keys, one row per group, each of length 1.
 * @returns The group of every image.
 * @throws {TypeError} If the widths differ.
 * @throws {RangeError} If there is no key, or a semantic vector is not finite.
 *
 * @example Two groups, three images
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/mod.ts";
 * import { routeImages } from "@/memory/mod.ts";
 *
 * const keys = matrixOf([[1, 0], [0, 1]]);
 * const groups = routeImages(matrixOf([[9, 1], [1, 2], [3, 3]]), keys);
 * assert.deepEqual([...groups], [0, 1, 0]);
 * ```
 */
export function routeImages(semantics: Matrix, keys: Matrix): Int32Array {
  if (keys.rows === 0) {
    throw new RangeError("Cannot route images: at least one key is needed, got none");
  }
  if (semantics.columns !== keys.columns) {
    throw new TypeError(
      `Cannot route images: semantic vectors must have ${keys.columns} values like the keys, ` +
        `got ${semantics.columns}`,
    );
  }
  return Int32Array.from({ length: semantics.rows }, (_, image) => {
    const vector = rowOf(semantics, image);
    let best = 0, bestSimilarity = -Infinity;
    for (let group = 0; group < keys.rows; group++) {
      const similarity = dotProduct(vector, rowOf(keys, group));
      if (!Number.isFinite(similarity)) {
        throw new RangeError(
          `Cannot route images: semantic vectors must be finite, got ${similarity} for image ${image}`,
        );
      }
      if (similarity > bestSimilarity) {
        best = group;
        bestSimilarity = similarity;
      }
    }
    return best;
  });
}

/** Rows that stay in memory. */
export function residentRows(matrix: Matrix): KeptRows {
  const { rows, columns } = matrix;
  return { rows, columns, load: () => Promise.resolve(matrix) };
}

/** Gives the rows themselves, whether they are at hand or must be fetched. */
export async function loadRows(rows: Matrix | KeptRows): Promise<Matrix> {
  return "load" in rows ? await rows.load() : rows;
}
