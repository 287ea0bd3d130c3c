/**
 * Reads images and masks from files, with the preprocessing of the reference implementations.
 *
 * Bytes equal what Pillow and torchvision give, for PNG and JPEG files alike. Like them, it keeps the
 * pixel order of the file unless told otherwise, and ignores colour profiles.
 *
 * @module
 */
import { decodeImage, type Orientation } from "@/images/decode.ts";
import { type Fit, planCenterCrop } from "@/images/geometry.ts";
import { readMask } from "@/images/read_mask.ts";
import { resampleBilinear, resampleNearest } from "@/images/resample.ts";

/** Preprocessing of images and masks. */
export interface ImageGeometry {
  /** Pixels of the short side after scaling, or of both. */
  readonly resize: number;
  /** Side of the square cut from the middle, at most `resize`. */
  readonly imagesize: number;
  /** What is scaled to `resize`: the short side, or both sides; default `short_side`. */
  readonly fit?: Fit;
  /** Whether an EXIF orientation is applied, to masks as well; default `file`: it is not. */
  readonly orientation?: Orientation;
}

/**
 * Reads an image, scales it and cuts a square from the middle.
 *
 * Scaling is Pillow's antialiased bilinear. Grey images get three equal channels, an alpha channel is
 * dropped, and of 16 bits the higher 8 are kept.
 *
 * @param path PNG, JPEG, WebP, TIFF or BMP file.
 * @param geometry How it is scaled, and the side of the square; see `ImageGeometry`.
 * @returns RGB values, pixel by pixel: `imagesize` × `imagesize` × 3.
 * @throws {Error} If the file is missing, is not an image or is damaged; the message names it.
 * @throws {RangeError} If the geometry is impossible.
 *
 * @example A black image
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { loadImage } from "@/images/read.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * await sharp({ create: { width: 9, height: 6, channels: 3, background: "black" } }).toFile(path);
 * const pixels = await loadImage(path, { resize: 4, imagesize: 2 });
 * assert.deepEqual(pixels, new Uint8Array(2 * 2 * 3));
 * await Deno.remove(path);
 * ```
 */
export async function loadImage(path: string, geometry: ImageGeometry): Promise<Uint8Array> {
  const { orientation = "file" } = geometry;
  const image = await decodeImage(path, { what: "image", depth: 8, orientation });
  return resampleBilinear(image, planCenterCrop(image, geometry));
}

/**
 * Reads a mask with the geometry of `loadImage`, by nearest neighbour.
 *
 * A pixel is anomalous where any colour channel is not 0, whatever its value: some datasets write
 * 255, others a defect number that looks black.
 *
 * @param path PNG, JPEG, WebP, TIFF or BMP file.
 * @param geometry How it is scaled, and the side of the square; see `ImageGeometry`.
 * @returns 1 where anomalous, else 0, row by row: `imagesize` × `imagesize`.
 * @throws {Error} If the file is missing, is not an image or is damaged; the message names it.
 * @throws {RangeError} If the geometry is impossible.
 *
 * @example A mask of one faint pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { loadMask } from "@/images/read.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * const raw = { width: 2, height: 2, channels: 1 } as const;
 * await sharp(Uint8Array.of(0, 1, 0, 0), { raw }).toFile(path);
 * assert.deepEqual([...await loadMask(path, { resize: 2, imagesize: 2 })], [0, 1, 0, 0]);
 * await Deno.remove(path);
 * ```
 */
export async function loadMask(path: string, geometry: ImageGeometry): Promise<Uint8Array> {
  const { rows: height, columns: width, data } = await readMask(path, geometry);
  const crop = planCenterCrop({ height, width }, geometry);
  return resampleNearest({ height, width, channels: 1, data }, crop);
}
