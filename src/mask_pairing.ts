/**
 * Finds the mask of each image by name, never by position.
 *
 * @module
 */

/**
 * Pairs images with masks.
 *
 * The mask of `bent/003.png` is called `003_mask` or, where there is none, `003`, with any extension.
 *
 * @param images Paths of images of one folder.
 * @param masks Paths of masks for that folder.
 * @returns The mask of each image, or `null` where there is none.
 * @throws {Error} If two images or two masks differ only in their extension, or a mask is left over.
 *
 * @example One image with a mask, one without
 * ```ts
 * import assert from "node:assert/strict";
 * import { pairMasks } from "@/mask_pairing.ts";
 *
 * const masks = pairMasks(["bent/1.jpg", "bent/2.jpg"], ["masks/2_mask.png"]);
 * assert.deepEqual(masks, [null, "masks/2_mask.png"]);
 * ```
 */
export function pairMasks(
  images: readonly string[],
  masks: readonly string[],
): (string | null)[] {
  const imageOf = indexByStem(images);
  const maskOf = indexByStem(masks);
  const stems = [...imageOf.keys()];
  // A file "a_mask" is the mask of image "a" before it can be that of an image "a_mask".
  const taken = new Set(stems.map((stem) => `${stem}_mask`).filter((stem) => maskOf.has(stem)));
  const pairs = stems.map((stem) => {
    if (maskOf.has(`${stem}_mask`)) return `${stem}_mask`;
    if (!maskOf.has(stem) || taken.has(stem)) return null;
    taken.add(stem);
    return stem;
  });
  for (const [stem, mask] of maskOf) {
    if (!taken.has(stem)) {
      throw new Error(
        `Cannot pair masks: every mask must have an image of its own, got none for "${mask}"`,
      );
    }
  }
  return pairs.map((stem) => stem === null ? null : maskOf.get(stem)!);
}

function indexByStem(paths: readonly string[]): Map<string, string> {
  const index = new Map<string, string>();
  for (const path of paths) {
    const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
    const other = index.get(stem);
    if (other !== undefined) {
      throw new Error(
        `Cannot pair masks: files must differ in more than their extension, got "${other}" and "${path}"`,
      );
    }
    index.set(stem, path);
  }
  return index;
}
