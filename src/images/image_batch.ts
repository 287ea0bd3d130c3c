/**
 * From pixels to network input.
 *
 * @module
 */

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
 * import { toImageBatch } from "@/images/image_batch.ts";
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
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`Cannot form a batch: size must be a positive integer, got ${size}`);
  }
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
