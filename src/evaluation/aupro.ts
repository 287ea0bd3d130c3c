/**
 * AUPRO: how fully every anomalous region is covered, averaged over false-positive rates up to a limit.
 *
 * @module
 */
import { type PixelImage, type PixelRanking, rankPixels } from "@/evaluation/pixel_ranking.ts";
import { requireBothLabels } from "@/evaluation/ranking.ts";

/** The false-positive rate up to which AUPRO is computed unless told otherwise. */
export const defaultFprLimit = 0.3;

/** How far AUPRO goes. */
export interface AuproOptions {
  /** Largest false-positive rate over all normal pixels, above 0 and at most 1; default 0.3. */
  readonly fprLimit?: number;
}

/**
 * Computes the area under PRO over the false-positive rate, up to a limit and divided by it.
 *
 * PRO (per-region overlap) is the mean over all 8-connected regions of the share of the region
 * that is found, so a small region weighs as much as a large one (Bergmann et al., CVPR 2020).
 * Every distinct score is a threshold; points are joined by straight lines and the last is
 * interpolated at the limit. The area is summed per region in exact counts. O(pixels) time.
 *
 * @param images Maps and masks, read twice; normal images count through their normal pixels.
 * @param options How far to go; see `AuproOptions`.
 * @returns A share from 0 to 1; meaningless without the limit beside it.
 * @throws {UndefinedMetricError} If no pixel is anomalous or none is normal.
 * @throws {RangeError} If the limit is out of range or a score is not finite.
 * @throws {TypeError} If a map and its mask differ in size, or the images can be read only once.
 *
 * @example A region of two pixels, one of them found only after every other pixel
 * ```ts
 * import assert from "node:assert/strict";
 * import { aupro } from "@/evaluation/aupro.ts";
 *
 * const map = Float32Array.of(9, 1, 2, 3);
 * assert.equal(aupro([{ image: "a.png", map, mask: [1, 1, 0, 0], columns: 4 }]), 0.5);
 * ```
 */
export function aupro(images: Iterable<PixelImage>, options: AuproOptions = {}): number {
  return auproOf(rankPixels(images), options);
}

/**
 * Computes AUPRO from pixels that are ranked already; see `aupro`.
 *
 * @param pixels The ranked pixels.
 * @param options How far to go; see `AuproOptions`.
 * @returns A share from 0 to 1.
 * @throws {UndefinedMetricError} If no pixel is anomalous or none is normal.
 * @throws {RangeError} If the limit is out of range.
 *
 * @example The whole region found at once
 * ```ts
 * import assert from "node:assert/strict";
 * import { auproOf } from "@/evaluation/aupro.ts";
 * import { rankPixels } from "@/evaluation/pixel_ranking.ts";
 *
 * const map = Float32Array.of(9, 8, 2);
 * const pixels = rankPixels([{ image: "a.png", map, mask: [1, 1, 0], columns: 3 }]);
 * assert.equal(auproOf(pixels, { fprLimit: 0.05 }), 1);
 * ```
 */
export function auproOf(pixels: PixelRanking, options: AuproOptions = {}): number {
  const { fprLimit = defaultFprLimit } = options;
  if (!(fprLimit > 0 && fprLimit <= 1)) {
    throw new RangeError(
      `Cannot compute AUPRO: the false-positive-rate limit must be above 0 and at most 1, got ${fprLimit}`,
    );
  }
  const { ranking, regions, regionSizes } = pixels;
  requireBothLabels(ranking, "AUPRO");
  const { hits, above, tied } = ranking;
  const limit = fprLimit * ranking.normalCount;
  const areas = new Float64Array(regionSizes.length);
  for (let step = 0, pixel = 0; step < hits.length && above[step]! < limit; step++) {
    const area = areaFrom(above[step]!, { tied: tied[step]!, limit });
    for (const end = pixel + hits[step]!; pixel < end; pixel++) areas[regions[pixel]!]! += area;
  }
  const sum = areas.reduce((total, area, region) => total + area / regionSizes[region]!, 0);
  return sum / (areas.length * limit);
}

/**
 * Area that one pixel adds under its region's curve, in false alarms: found between `above` and
 * `above + tied` false alarms along a straight line, and kept from there to the limit.
 */
function areaFrom(above: number, options: { tied: number; limit: number }): number {
  const { tied, limit } = options;
  const room = limit - above;
  return tied <= room ? room - tied / 2 : room * room / (2 * tied);
}
