/**
 * Anomaly maps from TIFF files, as the evaluation that comes with MVTec AD takes them.
 *
 * @module
 */
import sharp, { type OutputInfo } from "sharp";
import { toMap } from "@/audit/map_of_array.ts";
import type { Matrix } from "@/math/matrix.ts";

/**
 * Reads an anomaly map from a TIFF file of 32-bit floats.
 *
 * @param path The file: one page, one channel.
 * @returns The map, one value per pixel as it was stored.
 * @throws {Error} If the file cannot be read, or holds anything but one channel of 32-bit floats
 *   (the decoder gives zeros for 16-bit ones); the message names it.
 * @throws {RangeError} If a value is not finite; the message names its pixel.
 *
 * @example A photograph is no map
 * ```ts
 * import assert from "node:assert/strict";
 * import sharp from "sharp";
 * import { readFloatTiff } from "@/audit/float_tiff.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".tiff" });
 * await sharp({ create: { width: 2, height: 2, channels: 3, background: "black" } }).toFile(path);
 * await assert.rejects(readFloatTiff(path), /must be one page of one channel of 32-bit floats/);
 * await Deno.remove(path);
 * ```
 */
export async function readFloatTiff(path: string): Promise<Matrix> {
  const { data, info } = await decode(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message.trim().replaceAll(/\s+/g, " ") : error;
    throw new Error(`Cannot read map "${path}": ${reason}`, { cause: error });
  });
  const values = new Float32Array(new Uint8Array(data).buffer);
  return toMap({ shape: [info.height, info.width], data: values }, { source: path });
}

async function decode(path: string): Promise<{ data: Uint8Array; info: OutputInfo }> {
  const image = sharp(path, { ignoreIcc: true });
  const { format, depth, bitsPerSample, channels, pages = 1 } = await image.metadata();
  if (
    format !== "tiff" || depth !== "float" || bitsPerSample !== 32 || channels !== 1 || pages !== 1
  ) {
    throw new Error(
      "it must be one page of one channel of 32-bit floats, " +
        `got ${pages} of ${channels} of ${bitsPerSample ?? "?"}-bit ${depth} (${format})`,
    );
  }
  return await image.toColourspace("b-w").raw({ depth: "float" })
    .toBuffer({ resolveWithObject: true });
}
