/**
 * What scaling and cutting leave of a defect.
 *
 * @module
 */
import { type Fit, planCenterCrop } from "@/images/geometry.ts";
import type { MaskGrid } from "@/images/masks.ts";
import { resampleNearest } from "@/images/resample.ts";
import { visiblePart } from "@/images/visible_part.ts";

/** A defect before and after. */
export interface ScaledDefect {
  /** Anomalous pixels of the mask as a share of all, from 0 to 1. */
  readonly area: number;
  /** Anomalous pixels of the square that a model sees. */
  readonly pixels: number;
  /** Share of the defect that lies within that square, before scaling; `null` for an empty mask. */
  readonly kept: number | null;
}

/**
 * Scales a mask by nearest neighbour, cuts the square from its middle, and counts what is left.
 *
 * @param mask The mask in its own size.
 * @param geometry Length after scaling, side of the square, and what is scaled.
 * @returns The defect before and after.
 * @throws {RangeError} If the geometry is impossible.
 *
 * @example Of two pixels in a row of four, one lies in the middle square
 * ```ts
 * import assert from "node:assert/strict";
 * import { scaleDefect } from "@/images/scale_defect.ts";
 *
 * const mask = { rows: 2, columns: 4, data: Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0) };
 * assert.deepEqual(
 *   scaleDefect(mask, { resize: 2, imagesize: 2 }),
 *   { area: 0.25, pixels: 1, kept: 0.5 },
 * );
 * ```
 */
export function scaleDefect(
  mask: MaskGrid,
  geometry: { readonly resize: number; readonly imagesize: number; readonly fit?: Fit },
): ScaledDefect {
  const { rows: height, columns: width, data } = mask;
  const part = visiblePart({ height, width }, geometry);
  let marked = 0, visible = 0;
  for (let y = 0, i = 0; y < height; y++) {
    const isRowVisible = y + 0.5 > part.top && y + 0.5 < part.top + part.height;
    for (let x = 0; x < width; x++, i++) {
      if (data[i]! === 0) continue;
      marked++;
      if (isRowVisible && x + 0.5 > part.left && x + 0.5 < part.left + part.width) visible++;
    }
  }
  const crop = planCenterCrop({ height, width }, geometry);
  const seen = resampleNearest({ height, width, channels: 1, data }, crop);
  return {
    area: marked / (width * height),
    pixels: seen.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0),
    kept: marked === 0 ? null : visible / marked,
  };
}
