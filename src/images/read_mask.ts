/**
 * Masks of any format in their own size, turned as the configuration says.
 *
 * @module
 */
import { decodeImage, type Orientation } from "@/images/decode.ts";
import type { MaskGrid } from "@/images/masks.ts";

/**
 * Reads a mask in its own size: a pixel is anomalous where any colour channel is not 0.
 *
 * @param path PNG, JPEG, WebP, TIFF or BMP file.
 * @param options Which way is up; default `file`.
 * @returns The mask, the whole of what `loadMask` scales and cuts.
 * @throws {Error} If the file is missing, is not an image or is damaged; the message names it.
 *
 * @example A mask of one faint pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { readMask } from "@/images/read_mask.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * const raw = { width: 2, height: 1, channels: 1 } as const;
 * await sharp(Uint8Array.of(0, 1), { raw }).toFile(path);
 * assert.deepEqual(await readMask(path), { rows: 1, columns: 2, data: Uint8Array.of(0, 1) });
 * await Deno.remove(path);
 * ```
 */
export async function readMask(
  path: string,
  options: { readonly orientation?: Orientation } = {},
): Promise<MaskGrid> {
  const { orientation = "file" } = options;
  const { data, height, width } = await decodeImage(path, { what: "mask", depth: 16, orientation });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const marked = new Uint8Array(height * width);
  for (let i = 0; i < values.length; i++) {
    if (values[i]! !== 0) marked[Math.floor(i / 3)] = 1;
  }
  return { rows: height, columns: width, data: marked };
}
