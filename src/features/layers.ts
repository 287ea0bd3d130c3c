/**
 * Feature maps averaged over all positions: what an image shows, without where.
 *
 * @module
 */
import type { FeatureMap } from "@/features/patch_embedding.ts";
import { type Matrix, toMatrix } from "@/math/matrix.ts";

/**
 * Averages a feature map over its positions, as the semantic vector of an embedder does.
 *
 * @param map The feature map of one or more images.
 * @returns One row per image, one column per channel; summed in 64-bit floats.
 * @throws {TypeError} If the map has no position or its values do not fit its shape.
 *
 * @example Two channels, two positions
 * ```ts
 * import assert from "node:assert/strict";
 * import { meanFeatures } from "@/features/layers.ts";
 *
 * const map = { count: 1, channels: 2, height: 1, width: 2, data: Float32Array.of(1, 3, 5, 5) };
 * assert.deepEqual([...meanFeatures(map).data], [2, 5]);
 * ```
 */
export function meanFeatures(map: FeatureMap): Matrix {
  const { count, channels, height, width, data } = map;
  const positions = height * width;
  if (positions < 1 || data.length !== count * channels * positions) {
    throw new TypeError(
      `Cannot average features: a map of ${count} × ${channels} × ${height} × ${width} must have ` +
        `that many values and a position, got ${data.length} values`,
    );
  }
  const means = new Float32Array(count * channels);
  for (let row = 0; row < means.length; row++) {
    let sum = 0;
    for (let i = row * positions; i < (row + 1) * positions; i++) sum += data[i]!;
    means[row] = sum / positions;
  }
  return toMatrix(means, { rows: count, columns: channels });
}
