/**
 * Pixel metrics of a set of anomaly maps, all from one ranking of their pixels.
 *
 * @module
 */
import { auproOf, type AuproOptions } from "@/evaluation/aupro.ts";
import { aurocOf } from "@/evaluation/auroc.ts";
import { averagePrecisionOf } from "@/evaluation/average_precision.ts";
import { f1MaxOf } from "@/evaluation/f1_max.ts";
import { type MetricValues, metricValues } from "@/evaluation/metric_values.ts";
import { type PixelImage, type PixelRanking, rankPixels } from "@/evaluation/pixel_ranking.ts";

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

/**
 * Computes pixel AUROC, AP, F1-max and AUPRO of a set of maps.
 *
 * All four are exact: every distinct score is a threshold. Memory grows with the number of anomalous
 * pixels only; see `rankPixels`.
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
 * import { pixelMetrics } from "@/evaluation/pixel_metrics.ts";
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
 * import { pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
 * import { rankPixels } from "@/evaluation/pixel_ranking.ts";
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
