/**
 * Finds the mask of each image by name, never by position.
 *
 * @module
 */

/** Which mask belongs to which image, and what fits nowhere. */
export interface MaskPairs {
  /** The mask of each image, in order, or `null` where there is none. */
  readonly masks: readonly (string | null)[];
  /** Masks without an image of their own. */
  readonly unused: readonly string[];
  /** Pairs of images, or of masks, that differ only in their extension. */
  readonly clashes: readonly (readonly [string, string])[];
}

/**
 * Pairs images with masks.
 *
 * The mask of `bent/003.png` is called `003_mask` or, where there is none, `003`, with any extension.
 * Of files that differ only in their extension the first counts.
 *
 * @param images Paths of images of one folder.
 * @param masks Paths of masks for that folder.
 * @returns The mask of each image, masks left over, and names that clash.
 *
 * @example One image with a mask, one without
 * ```ts
 * import assert from "node:assert/strict";
 * import { pairMasks } from "@/datasets/mask_pairing.ts";
 *
 * const { masks } = pairMasks(["bent/1.jpg", "bent/2.jpg"], ["masks/2_mask.png"]);
 * assert.deepEqual(masks, [null, "masks/2_mask.png"]);
 * ```
 */
export function pairMasks(images: readonly string[], masks: readonly string[]): MaskPairs {
  const clashes: [string, string][] = [];
  const imageOf = indexByStem(images, clashes);
  const maskOf = indexByStem(masks, clashes);
  const stems = [...imageOf.keys()];
  // A file "a_mask" is the mask of image "a" before it can be that of an image "a_mask".
  const taken = new Set(stems.map((stem) => `${stem}_mask`).filter((stem) => maskOf.has(stem)));
  const maskOfImage = new Map<string, string>();
  for (const [stem, image] of imageOf) {
    let match = `${stem}_mask`;
    if (!maskOf.has(match)) {
      if (!maskOf.has(stem) || taken.has(stem)) continue;
      match = stem;
      taken.add(stem);
    }
    maskOfImage.set(image, maskOf.get(match)!);
  }
  return {
    masks: images.map((image) => maskOfImage.get(image) ?? null),
    unused: [...maskOf].filter(([stem]) => !taken.has(stem)).map(([, mask]) => mask),
    clashes,
  };
}

/**
 * The name of a file without folder and extension.
 *
 * @param path Path with forward slashes.
 * @returns Its stem.
 *
 * @example A stem with a dot
 * ```ts
 * import assert from "node:assert/strict";
 * import { stemOf } from "@/datasets/mask_pairing.ts";
 *
 * assert.equal(stemOf("bent/1.5.png"), "1.5");
 * ```
 */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
}

function indexByStem(
  paths: readonly string[],
  clashes: [string, string][],
): Map<string, string> {
  const index = new Map<string, string>();
  for (const path of paths) {
    const stem = stemOf(path);
    const other = index.get(stem);
    if (other === undefined) index.set(stem, path);
    else clashes.push([other, path]);
  }
  return index;
}
