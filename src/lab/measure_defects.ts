/**
 * Measures every defect of a dataset before and after scaling.
 *
 * @module
 */
import { join } from "node:path";
import { scaleDefect } from "@/images/masks.ts";
import { readMask } from "@/images/read.ts";
import type { MeasuredDefect } from "@/lab/defect_sizes.ts";
import type { DatasetSurvey } from "@/lab/survey_dataset.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";

/**
 * Measures the defects of all anomalous images that have a mask, as the configuration scales them.
 *
 * @param survey The dataset; masks that cannot be decoded are left out.
 * @returns One record per mask, in the order of the dataset.
 * @throws {Error} If a mask that was there at the survey is gone; the message names it.
 *
 * @example A dataset without masks
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultConfig } from "@/config.ts";
 * import { measureDefects } from "@/lab/measure_defects.ts";
 *
 * const dataset = { name: "none", folder: ".", classes: [], samples: [] };
 * const survey = { config: defaultConfig, dataset, files: new Map() };
 * assert.deepEqual(await measureDefects(survey), []);
 * ```
 */
export async function measureDefects(
  survey: Pick<DatasetSurvey, "config" | "dataset" | "files">,
): Promise<MeasuredDefect[]> {
  const { config, dataset, files } = survey;
  const { orientation } = config.DATASET;
  const masked = dataset.samples.flatMap(({ mask, className, defect, image }) =>
    mask === null || (files.get(mask)?.mask ?? null) === null
      ? []
      : [{ mask, className, defect: defect ?? "", image }]
  );
  return await mapConcurrently(masked, {
    limit: navigator.hardwareConcurrency,
    apply: async ({ mask, ...defect }) => {
      const grid = await readMask(join(dataset.folder, mask), { orientation });
      return { ...defect, ...scaleDefect(grid, config.DATASET) };
    },
  });
}
