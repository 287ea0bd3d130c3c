/**
 * Photographs and masks as arrays: decoded, scaled and cut as the reference does, drawn on.
 *
 * Bytes equal what Pillow and torchvision give. Read `read.ts` first: `loadImage` from a file to
 * the pixels that a network sees.
 *
 * @module
 */
export { shiftCenter, swapColors, turnImage } from "@/images/alter.ts";
export { fitMask, type MaskGrid } from "@/images/masks.ts";
export { outlineMask, overlayMap, type Picture, toPicture } from "@/images/picture.ts";
export {
  type ImageBatch,
  loadBatches,
  loadImage,
  loadMask,
  type Normalization,
  toImageBatch,
} from "@/images/read.ts";
