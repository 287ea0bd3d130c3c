/**
 * Labels told from masks.
 *
 * @module
 */
import { readMask } from "@/io/read_mask.ts";

/**
 * Says whether a mask marks anything: whether any pixel is not 0, whatever its value.
 *
 * That is how masks are read everywhere in this project (`loadMask`). ADEval asks for pixels above
 * 127 instead.
 *
 * @param path PNG, JPEG, WebP or TIFF file.
 * @returns Whether it marks a pixel as anomalous.
 * @throws {Error} If the file cannot be read; the message names it.
 *
 * @example A mask of one faint pixel, and an empty one
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { marksAnything } from "@/io/mask_label.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".png" });
 * const raw = { width: 2, height: 1, channels: 1 } as const;
 * await sharp(Uint8Array.of(0, 1), { raw }).toFile(path);
 * assert.equal(await marksAnything(path), true);
 * await sharp(Uint8Array.of(0, 0), { raw }).toFile(path);
 * assert.equal(await marksAnything(path), false);
 * await Deno.remove(path);
 * ```
 */
export async function marksAnything(path: string): Promise<boolean> {
  const { data } = await readMask(path);
  return data.includes(1);
}
