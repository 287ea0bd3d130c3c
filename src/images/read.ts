/**
 * From image files to what a network takes in, with the preprocessing of the reference
 * implementations.
 *
 * Bytes equal what Pillow and torchvision give, for PNG and JPEG files alike, CMYK among them; of
 * 16 bits, which Pillow cuts off at 255 where they are grey, the higher 8 are taken. As with them,
 * the pixel order of the file is kept unless told otherwise, and colour profiles are ignored. What
 * would be read with other values is refused.
 * Batches of images are read ahead while the network computes.
 *
 * @module
 */
import { decodeImage, type Orientation } from "@/images/decode.ts";
import { decodeMask } from "@/images/decode_mask.ts";
import { type Fit, planCenterCrop } from "@/images/geometry.ts";
import type { MaskGrid } from "@/images/masks.ts";
import { resampleBilinear, resampleNearest } from "@/images/resample.ts";
import { checkCount } from "@/messages.ts";

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
 * Scaling is Pillow's antialiased bilinear. Grey images get three equal channels, an alpha
 * channel is dropped, of 16 bits the higher 8 are kept, and CMYK becomes RGB as in Pillow. Signed
 * numbers, floats and more than 16 bits are refused, as is a file of several images.
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
 * import { loadImage } from "@/images/mod.ts";
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
 * 255, others a defect number that looks black, in bits, integers or floats. JPEG and lossy WebP
 * leave grey rims, so that a mask of these is anomalous from 128 on.
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
 * import { loadMask } from "@/images/mod.ts";
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

/**
 * Reads a mask in its own size, turned as `orientation` says: a pixel is anomalous where any
 * colour channel is not 0, or from the middle on where the format is lossy.
 */
export async function readMask(
  path: string,
  options: { readonly orientation?: Orientation } = {},
): Promise<MaskGrid> {
  const { height, width, data } = await decodeMask(path, options);
  return { rows: height, columns: width, data };
}

/** How pixel values 0 to 255 become network input: `(value / scale − mean) / std`, per channel. */
export interface Normalization {
  /** Divides every pixel value first. */
  readonly scale: number;
  /** Subtracted per channel. */
  readonly mean: readonly [number, number, number];
  /** Divides per channel last. */
  readonly std: readonly [number, number, number];
}

/** Images of one size as planes: `data[((n · 3 + channel) · height + y) · width + x]`. */
export interface ImageBatch {
  /** Number of images. */
  readonly count: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** RGB as floats; the range is the one the embedder's `normalization` produces. */
  readonly data: Float32Array;
}

/**
 * Lays images out as normalised planes.
 *
 * @param images Square RGB images, pixel by pixel, values 0 to 255; left unchanged.
 * @param options Side of every image in pixels, and the backbone's input range.
 * @returns The batch, in the order of the images.
 * @throws {RangeError} If the side is not a positive integer.
 * @throws {TypeError} If an image is not of that size.
 *
 * @example One white pixel for a backbone that expects values from −1 to 1
 * ```ts
 * import assert from "node:assert/strict";
 * import { toImageBatch } from "@/images/mod.ts";
 *
 * const batch = toImageBatch([Uint8Array.of(255, 0, 255)], {
 *   size: 1,
 *   normalization: { scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
 * });
 * assert.deepEqual([...batch.data], [1, -1, 1]);
 * ```
 */
export function toImageBatch(
  images: readonly Uint8Array[],
  options: { size: number; normalization: Normalization },
): ImageBatch {
  const { size, normalization } = options;
  checkCount(size, { task: "Cannot form a batch", name: "size" });
  const plane = size * size;
  const inputs = inputOfValue(normalization);
  const data = new Float32Array(images.length * 3 * plane);
  for (const [number, image] of images.entries()) {
    if (image.length !== 3 * plane) {
      throw new TypeError(
        `Cannot form a batch: image ${number} must have ${3 * plane} values ` +
          `(${size} × ${size} RGB), got ${image.length}`,
      );
    }
    for (let channel = 0; channel < 3; channel++) {
      const begin = (number * 3 + channel) * plane;
      const input = inputs[channel]!;
      for (let i = 0, j = channel; i < plane; i++, j += 3) data[begin + i] = input[image[j]!]!;
    }
  }
  return { count: images.length, height: size, width: size, data };
}

/** The network input for each of the 256 values of each channel. */
function inputOfValue({ scale, mean, std }: Normalization): Float32Array[] {
  return [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, value) => (value / scale - mean[channel]!) / std[channel]!,
    )
  );
}

/** How images are read and grouped. */
export interface BatchOptions extends ImageGeometry {
  /** Images per batch; the last batch may be smaller. */
  readonly batchSize: number;
  /** The input range that the backbone expects. */
  readonly normalization: Normalization;
  /** Images read ahead of the batch in use; default 8. Changes time and memory, never a value. */
  readonly prefetch?: number;
}

/** Consecutive images, ready for a network. */
export interface LoadedBatch {
  /** Number of the first image, from 0. */
  readonly first: number;
  /** The images. */
  readonly images: ImageBatch;
}

/**
 * Reads images in order, batch by batch.
 *
 * Decoding happens on other threads: while the network computes on one batch, the next images are
 * being read. At most `batchSize + prefetch` images are in memory or under way.
 *
 * @param paths Image files.
 * @param options Geometry, batch size and input range; see `BatchOptions`.
 * @returns Batches in the order of the paths; none if there is no path.
 * @throws {RangeError} If the batch size or the prefetch is out of range.
 * @throws {Error} If a file cannot be read; the message names it.
 *
 * @example Three images in batches of two
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { loadBatches } from "@/images/mod.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * await sharp({ create: { width: 4, height: 4, channels: 3, background: "white" } }).toFile(path);
 * const options = {
 *   resize: 4,
 *   imagesize: 4,
 *   batchSize: 2,
 *   normalization: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1] },
 * } as const;
 * const counts: number[] = [];
 * for await (const { images } of loadBatches([path, path, path], options)) {
 *   counts.push(images.count);
 * }
 * assert.deepEqual(counts, [2, 1]);
 * await Deno.remove(path);
 * ```
 */
export async function* loadBatches(
  paths: readonly string[],
  options: BatchOptions,
): AsyncGenerator<LoadedBatch, void> {
  const { imagesize, batchSize, normalization, prefetch = 8 } = options;
  checkCount(batchSize, { task: "Cannot load images", name: "batchSize" });
  checkCount(prefetch, { task: "Cannot load images", name: "prefetch", least: 0 });
  const underWay: Promise<Uint8Array>[] = [];
  let started = 0;
  const readUpTo = (end: number): void => {
    while (started < Math.min(end, paths.length)) {
      const image = loadImage(paths[started++]!, options);
      image.catch(() => undefined); // met again, and thrown, where its batch is awaited
      underWay.push(image);
    }
  };
  try {
    for (let first = 0; first < paths.length; first += batchSize) {
      readUpTo(first + batchSize);
      const images: Uint8Array[] = [];
      for (const image of underWay.slice(0, batchSize)) images.push(await image);
      underWay.splice(0, batchSize);
      readUpTo(first + batchSize + prefetch);
      yield { first, images: toImageBatch(images, { size: imagesize, normalization }) };
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
