/**
 * Makes anomaly maps from patch scores and measures them against masks, class by class.
 *
 * @module
 */
import { join } from "node:path";
import { createAnomalyMapper } from "@/anomaly_map.ts";
import type { PatchGrid } from "@/embedder.ts";
import { loadMask } from "@/io/images.ts";
import type { AssignedScores } from "@/io/score_test_images.ts";
import type { Stopwatch } from "@/io/stopwatch.ts";
import type { Workbench } from "@/io/workbench.ts";
import { rowOf } from "@/matrix.ts";
import { type PixelMetricValues, pixelMetricValues } from "@/pixel_metrics.ts";
import { createPixelCollector } from "@/pixel_ranking.ts";

/**
 * Measures pixel metrics by class for several sets of scores.
 *
 * A class that has no masks is left out. At most the maps of one class are held at a time.
 *
 * @param workbench Test images, masks, and the limit of AUPRO.
 * @param options The scores, the grid they belong to, and a stopwatch that times the stage `map`.
 * @returns For each set of scores, the metrics by class.
 * @throws {Error} If a mask cannot be read; the message names the file.
 *
 * @example No scores, no metrics
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { measurePixels } from "@/io/measure_pixels.ts";
 * import { createStopwatch } from "@/io/stopwatch.ts";
 * import { noProgress, type Workbench } from "@/io/workbench.ts";
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
    if (images.some((image) => test[image]!.mask !== null)) {
      const masks = await loadMasks(workbench, images);
      for (const [number, { patchScores }] of scored.entries()) {
        const collector = createPixelCollector();
        for (const [position, image] of images.entries()) {
          const map = await stopwatch.time("map", {
            images: 1,
            work: () => toMap(rowOf(patchScores, image)),
          });
          const mask = masks[position]!;
          collector.add({ image: test[image]!.image, map, mask, columns: side });
        }
        const fprLimit = config.EVALUATION.fpr_limit;
        results[number]![className] = pixelMetricValues(collector.rank(), { fprLimit });
      }
    }
    done += images.length;
    progress.report(done / test.length);
  }
  progress.finish();
  return results;
}

async function loadMasks(
  { test, dataset, config }: Workbench,
  images: readonly number[],
): Promise<(Uint8Array | null)[]> {
  const { resize, imagesize } = config.DATASET;
  return await Promise.all(images.map((image) => {
    const { mask } = test[image]!;
    return mask === null ? null : loadMask(join(dataset.folder, mask), { resize, imagesize });
  }));
}
