/**
 * From nearest neighbours to patch scores and image scores.
 *
 * @module
 */
import { toMatrix } from "@/math/matrix.ts";
import type { ImageScores } from "@/memory/detector.ts";
import type { Neighbors } from "@/memory/neighbor_search.ts";

/**
 * Scores patches and images from the neighbours of their embeddings.
 *
 * Patch score: mean of the squared Euclidean distances to the `k` nearest kept embeddings. Anomaly
 * score of an image: the largest of its patch scores.
 *
 * @param neighbors Neighbours of every patch, image-major.
 * @param options Number of images that the patches belong to, the same number of patches each.
 * @returns Image scores and patch scores.
 * @throws {TypeError} If the patches cannot be divided evenly among the images.
 * @throws {RangeError} If a distance is not finite, which would hide an anomaly.
 *
 * @example Two images of two patches
 * ```ts
 * import assert from "node:assert/strict";
 * import { scorePatches } from "@/memory/patch_scores.ts";
 *
 * const neighbors = {
 *   k: 1,
 *   squaredDistances: Float32Array.of(1, 4, 9, 0),
 *   indices: Int32Array.of(0, 0, 0, 0),
 * };
 * assert.deepEqual([...scorePatches(neighbors, { images: 2 }).scores], [4, 9]);
 * ```
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
