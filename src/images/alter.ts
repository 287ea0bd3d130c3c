/**
 * Alterations of an image that show what a network goes by: a spot, its colours, its direction.
 *
 * @module
 */

/** Shape of a square RGB image, as far as its bytes do not say. */
export interface SquareImage {
  /** Pixels per row, and rows. */
  readonly side: number;
}

/**
 * Shifts the values of a small square in the middle of an image by half of their range.
 *
 * Every byte of the square moves by exactly 128, around the end of the range if need be, so the
 * change is equally strong in every image, and the square keeps its texture.
 *
 * @param image RGB bytes, pixel by pixel; left unchanged.
 * @param options Side of the image, and of the square: an even difference; default 8.
 * @returns A new image.
 * @throws {TypeError} If the bytes do not make a square of that side.
 * @throws {RangeError} If the square does not lie inside and in the middle.
 *
 * @example The middle of 4 × 4 pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { shiftCenter } from "@/images/mod.ts";
 *
 * const shifted = shiftCenter(new Uint8Array(48), { side: 4, block: 2 });
 * assert.equal(shifted.filter((value) => value === 128).length, 2 * 2 * 3);
 * ```
 */
export function shiftCenter(
  image: Uint8Array,
  options: SquareImage & { readonly block?: number },
): Uint8Array {
  const { side, block = 8 } = options;
  requireSquare(image, side);
  const margin = (side - block) / 2;
  if (!Number.isInteger(block) || block < 1 || !Number.isInteger(margin) || margin < 0) {
    throw new RangeError(
      `Cannot shift the centre of an image: block must be at most ${side} and differ from it by ` +
        `an even number, got ${block}`,
    );
  }
  const shifted = image.slice();
  for (let y = margin; y < margin + block; y++) {
    const begin = 3 * (y * side + margin);
    for (let i = begin; i < begin + 3 * block; i++) shifted[i] = (image[i]! + 128) % 256;
  }
  return shifted;
}

/**
 * Exchanges red and blue.
 *
 * @param image RGB bytes, pixel by pixel; left unchanged.
 * @returns A new image.
 *
 * @example One orange pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import { swapColors } from "@/images/mod.ts";
 *
 * assert.deepEqual([...swapColors(Uint8Array.of(255, 128, 0))], [0, 128, 255]);
 * ```
 */
export function swapColors(image: Uint8Array): Uint8Array {
  return image.map((_, i) => image[i - i % 3 + 2 - i % 3]!);
}

/**
 * Turns an image by a quarter, clockwise.
 *
 * @param image RGB bytes, pixel by pixel; left unchanged.
 * @param options Side of the image.
 * @returns A new image.
 * @throws {TypeError} If the bytes do not make a square of that side.
 *
 * @example The upper left corner comes to the upper right
 * ```ts
 * import assert from "node:assert/strict";
 * import { turnImage } from "@/images/mod.ts";
 *
 * const image = Uint8Array.of(9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0);
 * assert.deepEqual([...turnImage(image, { side: 2 })], [0, 0, 0, 9, 9, 9, 0, 0, 0, 0, 0, 0]);
 * ```
 */
export function turnImage(image: Uint8Array, options: SquareImage): Uint8Array {
  const { side } = options;
  requireSquare(image, side);
  const turned = new Uint8Array(image.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = 3 * (y * side + x), to = 3 * (x * side + side - 1 - y);
      for (let channel = 0; channel < 3; channel++) turned[to + channel] = image[from + channel]!;
    }
  }
  return turned;
}

function requireSquare(image: Uint8Array, side: number): void {
  if (image.length !== 3 * side * side) {
    throw new TypeError(
      `Cannot alter an image: it must have ${side} × ${side} RGB pixels, got ${image.length} values`,
    );
  }
}
