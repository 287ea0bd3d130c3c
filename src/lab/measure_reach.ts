/**
 * Measures how far a change in the middle of images reaches in the layers of a backbone.
 *
 * @module
 */
import type { LayerReach } from "@/charts/features.ts";
import type { FeatureMaps } from "@/features/feature_maps.ts";
import { featureReach } from "@/features/reach.ts";
import { shiftCenter } from "@/images/alter.ts";
import { toImageBatch } from "@/images/read.ts";

/** What is changed, and how the result is summed up. */
export interface MeasureReachOptions {
  /** Side of the changed square in pixels; default 8. */
  readonly block?: number;
  /** Share of the squared change that the diameter encloses; default 0.9. */
  readonly share?: number;
}

/**
 * Runs images as they are and with a small square in the middle shifted, and compares the features.
 *
 * Where a network mixes all positions, as squeeze-and-excitation does, the change reaches every
 * position, and the formal receptive field is the whole image; the rings tell how much arrives.
 *
 * @param maps The opened backbone.
 * @param images RGB bytes of at least one image of the backbone's size.
 * @param options Size of the square, and the share that diameters enclose.
 * @returns Change by distance, and the diameter, for every layer in order.
 * @throws {RangeError} If there is no image, or the square or the share is out of range.
 * @throws {TypeError} If an image is of another size.
 *
 * @example A coarser layer spreads a change farther
 * ```ts
 * import assert from "node:assert/strict";
 * import { embeddedBackbone } from "@/backbones/embedded.ts";
 * import { openFeatureMaps } from "@/features/feature_maps.ts";
 * import { measureReach } from "@/lab/measure_reach.ts";
 *
 * const maps = await openFeatureMaps(embeddedBackbone, {
 *   imageSize: 128,
 *   layers: ["stride8", "stride16"],
 * });
 * const [fine, coarse] = await measureReach(maps, [new Uint8Array(3 * 128 * 128).fill(90)]);
 * await maps.close();
 *
 * assert.ok(coarse!.diameter > fine!.diameter);
 * ```
 */
export async function measureReach(
  maps: FeatureMaps,
  images: readonly Uint8Array[],
  options: MeasureReachOptions = {},
): Promise<LayerReach[]> {
  const { block = 8, share = 0.9 } = options;
  if (images.length === 0) {
    throw new RangeError("Cannot measure reach: at least one image is needed, got none");
  }
  const { imageSize: side, normalization } = maps;
  const changed = images.map((image) => shiftCenter(image, { side, block }));
  const before = await maps.run(toImageBatch(images, { size: side, normalization }));
  const after = await maps.run(toImageBatch(changed, { size: side, normalization }));
  return maps.layers.map((layer) => ({
    layer,
    ...featureReach(before.get(layer)!, after.get(layer)!, { imageSize: side, share }),
  }));
}
