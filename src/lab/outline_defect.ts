/**
 * Draws where the defect of a sample is.
 *
 * @module
 */
import { join } from "node:path";
import type { Sample } from "@/datasets/dataset.ts";
import { outlineMask, type Picture } from "@/images/picture.ts";
import { loadMask } from "@/images/read.ts";
import type { ImageSource } from "@/lab/load_pixels.ts";

/**
 * Draws the outline of a sample's mask around its defect.
 *
 * @param source Where masks are, and their geometry.
 * @param options The sample, and its photograph or a picture of that size.
 * @returns A new picture, or the same where there is no mask.
 * @throws {Error} If the mask cannot be read; the message names the file.
 *
 * @example A normal image has no mask
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { toPicture } from "@/images/picture.ts";
 * import { outlineDefect } from "@/lab/outline_defect.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const picture = toPicture(new Uint8Array(3), 1);
 * const sample = {
 *   className: "nut", split: "test", image: "0.png", mask: null, defect: null, isAnomalous: false,
 * } as const;
 * const source = { config: defaultConfig, dataset };
 * assert.equal(await outlineDefect(source, { sample, picture }), picture);
 * ```
 */
export async function outlineDefect(
  source: ImageSource,
  options: { readonly sample: Sample; readonly picture: Picture },
): Promise<Picture> {
  const { sample, picture } = options;
  if (sample.mask === null) return picture;
  const mask = await loadMask(join(source.dataset.folder, sample.mask), source.config.DATASET);
  return outlineMask(picture, mask);
}
