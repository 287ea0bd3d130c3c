/**
 * Pictures of what a model saw in a photograph: its map beside it, and a mask of marked pixels.
 *
 * @module
 */
import { dirname, isAbsolute, join, normalize, relative, sep } from "node:path";
import sharp from "sharp";
import type { ScoredPhotograph } from "@/deploy/score_photographs.ts";
import { replaceFile } from "@/files/write.ts";
import { outlineMask, overlayThresholds, toPicture } from "@/images/picture.ts";
import { sideBySide } from "@/lab/gallery.ts";

/** Which pictures are wanted, and where. */
export interface EvidenceOptions {
  /** Folder for photographs beside their maps; default: none are wanted. */
  readonly maps?: string | undefined;
  /** Folder for masks; default: none are wanted. */
  readonly masks?: string | undefined;
  /** Side of a photograph as the network sees it. */
  readonly side: number;
}

/**
 * Writes the pictures of one photograph, each whole, under its path: a map in units of the
 * threshold, which a cyan line follows, and a mask of 255 where the map reaches the pixels' threshold.
 * Both are of the part that the network saw.
 */
export async function writeEvidence(
  { path, prediction, pixels }: ScoredPhotograph,
  { maps, masks, side }: EvidenceOptions,
): Promise<void> {
  if (prediction === null || (maps === undefined && masks === undefined)) return;
  const map = prediction.map();
  if (maps !== undefined) {
    const photograph = toPicture(pixels!, side);
    const heat = overlayThresholds(photograph, map, prediction.mapUnit);
    const { width, height, data } = sideBySide(
      photograph,
      outlineMask(heat, marked(map, prediction.threshold), { thickness: 1 }),
    );
    const raw = { width, height, channels: 3 } as const;
    await write(join(maps, pictureName(path)), await sharp(data, { raw }).png().toBuffer());
  }
  if (masks !== undefined) {
    const data = marked(map, prediction.pixelThreshold).map((value) => 255 * value);
    const raw = { width: side, height: side, channels: 1 } as const;
    const png = await sharp(data, { raw }).toColorspace("b-w").png().toBuffer();
    await write(join(masks, pictureName(path)), png);
  }
}

/** 1 where a map reaches a threshold, else 0. */
function marked(map: Float32Array, threshold: number): Uint8Array {
  return Uint8Array.from(map, (value) => Number(value >= threshold));
}

async function write(path: string, content: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await replaceFile(path, content);
}

/** The path of a photograph below a folder of pictures; steps upwards become `__`. */
export function pictureName(path: string): string {
  const below = isAbsolute(path) ? relative("/", path) : normalize(path);
  const safe = below.split(sep).map((part) => part === ".." ? "__" : part.replace(/:$/, ""))
    .join(sep);
  return /\.png$/i.test(safe) ? safe : `${safe}.png`;
}
