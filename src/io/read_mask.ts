/**
 * Masks in their own size.
 *
 * @module
 */
import sharp from "sharp";
import type { MaskGrid } from "@/score_table.ts";

/**
 * Reads a mask without resizing it: a pixel is anomalous where any channel is not 0, whatever its
 * value, as masks are read everywhere in this project (`loadMask`).
 *
 * @param path PNG, JPEG, WebP or TIFF file of 8 or 16 bits a channel; transparency is not looked at.
 * @returns The mask: 1 where anomalous, else 0.
 * @throws {Error} If the file cannot be read; the message names it.
 *
 * @example A mask of one faint pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { readMask } from "@/io/read_mask.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * const raw = { width: 2, height: 1, channels: 1 } as const;
 * await sharp(Uint8Array.of(0, 1), { raw }).toFile(path);
 * assert.deepEqual(await readMask(path), { rows: 1, columns: 2, data: Uint8Array.of(0, 1) });
 * await Deno.remove(path);
 * ```
 */
export async function readMask(path: string): Promise<MaskGrid> {
  try {
    const { data, info } = await sharp(path, { ignoreIcc: true }).removeAlpha()
      .toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    const mask = new Uint8Array(info.width * info.height);
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== 0) mask[Math.floor(i / info.channels)] = 1;
    }
    return { rows: info.height, columns: info.width, data: mask };
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().replaceAll(/\s+/g, " ") : error;
    throw new Error(`Cannot load mask "${path}": ${reason}`, { cause: error });
  }
}
