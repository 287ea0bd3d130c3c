/**
 * Decodes BMP files, which sharp cannot read.
 *
 * @module
 */
import { Transformer } from "@napi-rs/image";

/** A decoded BMP. */
export interface Bitmap {
  /** Rows of pixels, top first. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Always RGB. */
  readonly channels: 3;
  /** Whether red, green and blue are equal in every pixel. */
  readonly isGrey: boolean;
  /** `data[(y · width + x) · 3 + channel]`, from 0 to 255. */
  readonly data: Uint8Array;
}

/**
 * Tells by its first two bytes whether a file is a BMP.
 *
 * @param start The first bytes of a file, at least two.
 * @returns Whether it begins with `BM`.
 *
 * @example The first bytes of a BMP and of a PNG
 * ```ts
 * import assert from "node:assert/strict";
 * import { isBmp } from "@/images/decode_bmp.ts";
 *
 * assert.equal(isBmp(Uint8Array.of(0x42, 0x4d, 70)), true);
 * assert.equal(isBmp(Uint8Array.of(0x89, 0x50)), false);
 * ```
 */
export function isBmp(start: Uint8Array): boolean {
  return start[0] === 0x42 && start[1] === 0x4d;
}

/**
 * Decodes a BMP of any depth, with or without a palette, stored from the top or from the bottom.
 *
 * @param bytes The whole file.
 * @returns RGB values, pixel by pixel; an alpha channel is dropped.
 * @throws {Error} If the bytes are not a BMP, break off, or name more pixels than they can hold.
 *
 * @example One blue pixel: header, colour format, then blue, green, red and a filler
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeBmp } from "@/images/decode_bmp.ts";
 *
 * const bytes = new Uint8Array(58);
 * const view = new DataView(bytes.buffer);
 * bytes.set([0x42, 0x4d]);
 * for (const [at, value] of [[2, 58], [10, 54], [14, 40], [18, 1], [22, 1], [26, 1], [28, 24]]) {
 *   view.setUint16(at!, value!, true);
 * }
 * bytes[54] = 255;
 * const { data } = await decodeBmp(bytes);
 * assert.deepEqual([...data], [0, 0, 255]);
 * ```
 */
export async function decodeBmp(bytes: Uint8Array): Promise<Bitmap> {
  try {
    const image = new Transformer(bytes);
    const { width, height } = await image.metadata();
    const pixels = await image.rawPixels();
    const { data, isGrey } = toRgb(pixels, width * height);
    return { width, height, channels: 3, isGrey, data };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`the file is damaged (${message.trim()})`, { cause: error });
  }
}

/** Leaves red, green and blue of one, three or four values per pixel. */
function toRgb(pixels: Uint8Array, count: number): { data: Uint8Array; isGrey: boolean } {
  const channels = pixels.length / count;
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new Error(`a pixel must have 1, 3 or 4 values, got ${channels}`);
  }
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  const data = new Uint8Array(3 * count);
  let isGrey = true;
  for (let pixel = 0; pixel < count; pixel++) {
    const from = channels * pixel, to = 3 * pixel;
    data[to] = pixels[from]!;
    data[to + 1] = pixels[from + green]!;
    data[to + 2] = pixels[from + blue]!;
    if (data[to] !== data[to + 1] || data[to] !== data[to + 2]) isGrey = false;
  }
  return { data, isGrey };
}
