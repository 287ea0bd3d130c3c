/**
 * Makes anomaly maps from patch scores and measures them against masks, class by class.
 *
 * @module
 */
import { join } from "node:path";
import { type PixelMetricValues, pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import { createPixelCollector } from "@/evaluation/pixel_ranking.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import type { Stopwatch } from "@/files/stopwatch.ts";
import { loadMask } from "@/images/read.ts";
import type { AssignedScores } from "@/lab/score_test_images.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import { rowOf } from "@/math/matrix.ts";
import { createAnomalyMapper } from "@/memory/anomaly_map.ts";

/**
 * Measures pixel metrics by class for several sets of scores.
 *
 * A class that has no masks is left out. No map is kept: those of anomalous images are made twice,
 * which takes less than a millisecond each at 256 pixels, where keeping them would take 4 bytes for
 * every pixel of a class. What is kept is the masks of one class, so that no file is decoded twice: 1
 * byte per pixel of its anomalous images, 65 MB for a thousand of them at 256 pixels.
 *
 * @param workbench Test images, masks, and the limit of AUPRO.
 * @param options The scores, the grid they belong to, and a stopwatch that times the stage `map`, once
 *   per map and set of scores.
 * @returns For each set of scores, the metrics by class.
 * @throws {Error} If a mask cannot be read; the message names the file.
 *
 * @example No scores, no metrics
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { noProgress } from "@/files/progress.ts";
 * import { createStopwatch } from "@/files/stopwatch.ts";
 * import { measurePixels } from "@/lab/measure_pixels.ts";
 * import type { Workbench } from "@/lab/workbench.ts";
 *
 * const workbench = { test: [], config: defaultConfig, startProgress: noProgress };
 * const grid = { rows: 1, columns: 1 };
 * const options = { scored: [], grid, stopwatch: createStopwatch() };
 * assert.deepEqual(await measurePixels(workbench as unknown as Workbench, options), []);
 * ```
 */
export async function measurePixels(
  workbench: Workbench,
  options: { scored: readonly AssignedScores[]; grid: PatchGrid; stopwatch: Stopwatch },
): Promise<Record<string, PixelMetricValues>[]> {
  const { test, config, startProgress } = workbench;
  const { scored, grid, stopwatch } = options;
  const side = config.DATASET.imagesize;
  const toMap = createAnomalyMapper({ grid, size: { height: side, width: side } });
  const results = scored.map((): Record<string, PixelMetricValues> => ({}));
  const progress = startProgress("measure anomaly maps");
  const classes = Map.groupBy(test.keys(), (image) => test[image]!.className);
  let done = 0;
  for (const [className, images] of classes) {
    const masks = await loadMasks(workbench, images);
    if (masks.size > 0) {
      for (const [number, { patchScores }] of scored.entries()) {
        const collector = createPixelCollector();
        for (const [image, mask] of masks) {
          const map = toMap(rowOf(patchScores, image));
          collector.add({ image: test[image]!.image, map, mask, columns: side });
        }
        const counter = collector.startCounting();
        for (const image of images) {
          const map = await stopwatch.time("map", {
            images: 1,
            work: () => toMap(rowOf(patchScores, image)),
          });
          counter.add({ image: test[image]!.image, map });
        }
        const fprLimit = config.EVALUATION.fpr_limit;
        results[number]![className] = pixelMetricValues(counter.rank(), { fprLimit });
      }
    }
    done += images.length;
    progress.report(done / test.length);
  }
  progress.finish();
  return results;
}

/** The masks of those images that have one, a few decoded at a time. */
async function loadMasks(
  { test, dataset, config }: Workbench,
  images: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const masked = images.filter((image) => test[image]!.mask !== null);
  const masks = await mapConcurrently(masked, {
    limit: 4,
    apply: (image) => loadMask(join(dataset.folder, test[image]!.mask!), config.DATASET),
  });
  return new Map(masked.map((image, i) => [image, masks[i]!]));
}
