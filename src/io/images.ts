/**
 * Reads images and masks from files, with the preprocessing of the reference implementations.
 *
 * Bytes equal what Pillow and torchvision give, for PNG and JPEG files alike. Like them, it keeps the pixel order of
 * the file: an EXIF orientation is ignored, for images and masks alike, and so are colour profiles.
 *
 * @module
 */
import sharp, { type OutputInfo } from "sharp";
import { planCenterCrop } from "@/center_crop.ts";
import { resampleBilinear, resampleNearest } from "@/resample.ts";

/** Preprocessing of images and masks. */
export interface ImageGeometry {
  /** Pixels of the short side after scaling. */
  readonly resize: number;
  /** Side of the square cut from the middle, at most `resize`. */
  readonly imagesize: number;
}

/**
 * Reads an image, scales its short side and cuts a square from the middle.
 *
 * Scaling is Pillow's antialiased bilinear. Grey images get three equal channels, an alpha channel is
 * dropped, and of 16 bits the higher 8 are kept.
 *
 * @param path PNG, JPEG, WebP or TIFF file.
 * @param geometry Short side after scaling, and side of the square.
 * @returns RGB values, pixel by pixel: `imagesize` × `imagesize` × 3.
 * @throws {Error} If the file is missing, is not an image or is damaged; the message names it.
 * @throws {RangeError} If the geometry is impossible.
 *
 * @example A black image
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { loadImage } from "@/io/images.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * await sharp({ create: { width: 9, height: 6, channels: 3, background: "black" } }).toFile(path);
 * const pixels = await loadImage(path, { resize: 4, imagesize: 2 });
 * assert.deepEqual(pixels, new Uint8Array(2 * 2 * 3));
 * await Deno.remove(path);
 * ```
 */
export async function loadImage(path: string, geometry: ImageGeometry): Promise<Uint8Array> {
  const { data, info } = await decode(path, { what: "image", depth: 8 });
  return resampleBilinear({ ...info, data }, planCenterCrop(info, geometry));
}

/**
 * Reads a mask with the geometry of `loadImage`, by nearest neighbour.
 *
 * A pixel is anomalous where any colour channel is not 0, whatever its value: some datasets write
 * 255, others a defect number that looks black.
 *
 * @param path PNG, JPEG, WebP or TIFF file.
 * @param geometry Short side after scaling, and side of the square.
 * @returns 1 where anomalous, else 0, row by row: `imagesize` × `imagesize`.
 * @throws {Error} If the file is missing, is not an image or is damaged; the message names it.
 * @throws {RangeError} If the geometry is impossible.
 *
 * @example A mask of one faint pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { loadMask } from "@/io/images.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * const raw = { width: 2, height: 2, channels: 1 } as const;
 * await sharp(Uint8Array.of(0, 1, 0, 0), { raw }).toFile(path);
 * assert.deepEqual([...await loadMask(path, { resize: 2, imagesize: 2 })], [0, 1, 0, 0]);
 * await Deno.remove(path);
 * ```
 */
export async function loadMask(path: string, geometry: ImageGeometry): Promise<Uint8Array> {
  const { data, info } = await decode(path, { what: "mask", depth: 16 });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const anomalous = new Uint8Array(info.height * info.width);
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) anomalous[Math.floor(i / 3)] = 1;
  }
  const { height, width } = info;
  const crop = planCenterCrop(info, geometry);
  return resampleNearest({ height, width, channels: 1, data: anomalous }, crop);
}

/** Decodes a file to RGB of 8 or 16 bits. */
async function decode(
  path: string,
  { what, depth }: { what: string; depth: 8 | 16 },
): Promise<{ data: Uint8Array; info: OutputInfo }> {
  const image = sharp(path, { ignoreIcc: true }).removeAlpha();
  const raw = depth === 8 ? image.raw() : image.toColourspace("rgb16").raw({ depth: "ushort" });
  const decoded = await raw.toBuffer({ resolveWithObject: true }).catch(async (error: unknown) => {
    throw new Error(`Cannot load ${what} "${path}": ${await explain(path, error)}`, {
      cause: error,
    });
  });
  if (decoded.info.channels !== 3) {
    throw new Error(
      `Cannot load ${what} "${path}": it must decode to 3 channels, got ${decoded.info.channels}`,
    );
  }
  return decoded;
}

/** Says why a file cannot be decoded, in more words than the decoder has. */
async function explain(path: string, error: unknown): Promise<string> {
  const start = new Uint8Array(2);
  try {
    if (!(await Deno.stat(path)).isFile) return "it must be a file, got a folder";
    using file = await Deno.open(path);
    await file.read(start);
  } catch (reason) {
    if (reason instanceof Deno.errors.NotFound) return "no such file";
    if (reason instanceof Deno.errors.PermissionDenied) return "no permission to read it";
    throw reason;
  }
  if (start[0] === 0x42 && start[1] === 0x4d) {
    return "sharp cannot read BMP files, convert them to PNG first";
  }
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("unsupported image format")) {
    return "it must be a PNG, JPEG, WebP or TIFF image";
  }
  return `the file is damaged (${message.trim().replaceAll(/\s+/g, " ")})`;
}
