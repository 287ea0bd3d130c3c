/**
 * Pixel metrics of a set of anomaly maps, all from one ranking of their pixels; among them AUPRO:
 * how fully every anomalous region is covered, averaged over false-positive rates up to a limit.
 *
 * @module
 */
import { type MetricValues, metricValues } from "@/evaluation/metric_values.ts";
import { type PixelImage, type PixelRanking, rankPixels } from "@/evaluation/pixel_ranking.ts";
import { aurocOf, averagePrecisionOf, f1MaxOf, requireBothLabels } from "@/evaluation/ranking.ts";

/** Names of the pixel metrics in result files. */
export type PixelMetricName = "pixel_auroc" | "pixel_ap" | "pixel_f1_max" | "aupro";

/** Pixel metrics as result files hold them. */
export type PixelMetricValues = MetricValues<PixelMetricName>;

/** Pixel metrics of a set of maps. */
export interface PixelMetrics {
  /** Area under the ROC curve over all pixels. */
  readonly auroc: number;
  /** Average precision over all pixels. */
  readonly ap: number;
  /** Best F1 over all pixels. */
  readonly f1Max: number;
  /** Threshold on the map where that F1 is reached. */
  readonly f1MaxThreshold: number;
  /** Area under per-region overlap up to the false-positive-rate limit, divided by it. */
  readonly aupro: number;
}

/** How far AUPRO goes. */
export interface AuproOptions {
  /** Largest false-positive rate over all normal pixels, above 0 and at most 1; default 0.3. */
  readonly fprLimit?: number;
}

/** The false-positive rate up to which AUPRO is computed unless told otherwise. */
export const defaultFprLimit = 0.3;

/**
 * Computes pixel AUROC, AP, F1-max and AUPRO of a set of maps.
 *
 * All four are exact: every distinct score is a threshold. Memory grows with the number of
 * anomalous pixels only; see `rankPixels`.
 *
 * @param images Maps and masks, in any order; read one at a time, twice.
 * @param options The false-positive-rate limit of AUPRO.
 * @returns The metrics.
 * @throws {UndefinedMetricError} If no pixel is anomalous or none is normal.
 * @throws {RangeError} If the limit is out of range or a score is not finite.
 * @throws {TypeError} If a map and its mask differ in size, or the images can be read only once.
 *
 * @example A map that separates perfectly
 * ```ts
 * import assert from "node:assert/strict";
 * import { pixelMetrics } from "@/evaluation/mod.ts";
 *
 * const map = Float32Array.of(7, 1, 2);
 * const metrics = pixelMetrics([{ image: "a.png", map, mask: [1, 0, 0], columns: 3 }]);
 * assert.deepEqual(metrics, { auroc: 1, ap: 1, f1Max: 1, f1MaxThreshold: 7, aupro: 1 });
 * ```
 */
export function pixelMetrics(
  images: Iterable<PixelImage>,
  options: AuproOptions = {},
): PixelMetrics {
  const pixels = rankPixels(images);
  const { f1, threshold } = f1MaxOf(pixels.ranking);
  return {
    auroc: aurocOf(pixels.ranking),
    ap: averagePrecisionOf(pixels.ranking),
    f1Max: f1,
    f1MaxThreshold: threshold,
    aupro: auproOf(pixels, options),
  };
}

/**
 * Computes the pixel metrics for a result file, `null` beside the reason where undefined.
 *
 * @param pixels Ranked pixels, as `rankPixels` gives them.
 * @param options The false-positive-rate limit of AUPRO.
 * @returns The metrics under their names in result files.
 * @throws {RangeError} If the limit is out of range.
 *
 * @example Nothing is anomalous
 * ```ts
 * import assert from "node:assert/strict";
 * import { pixelMetricValues, rankPixels } from "@/evaluation/mod.ts";
 *
 * const map = Float32Array.of(1, 2);
 * const pixels = rankPixels([{ image: "a.png", map, mask: null, columns: 2 }]);
 * assert.equal(pixelMetricValues(pixels).aupro, null);
 * ```
 */
export function pixelMetricValues(
  pixels: PixelRanking,
  options: AuproOptions = {},
): PixelMetricValues {
  return metricValues<PixelMetricName>({
    pixel_auroc: () => aurocOf(pixels.ranking),
    pixel_ap: () => averagePrecisionOf(pixels.ranking),
    pixel_f1_max: () => f1MaxOf(pixels.ranking).f1,
    aupro: () => auproOf(pixels, options),
  });
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
 * import { aupro } from "@/evaluation/mod.ts";
 *
 * const map = Float32Array.of(9, 1, 2, 3);
 * assert.equal(aupro([{ image: "a.png", map, mask: [1, 1, 0, 0], columns: 4 }]), 0.5);
 * ```
 */
export function aupro(images: Iterable<PixelImage>, options: AuproOptions = {}): number {
  return auproOf(rankPixels(images), options);
}

/** Computes AUPRO from pixels that are ranked already; see `aupro`. */
function auproOf(pixels: PixelRanking, options: AuproOptions = {}): number {
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
