/**
 * Measures the anomaly maps that come with a table of scores.
 *
 * @module
 */
import { readAnomalyMap } from "@/audit/maps.ts";
import type { ScoreRow, ScoreTable } from "@/audit/score_table.ts";
import { type PixelMetricValues, pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import { createPixelCollector } from "@/evaluation/pixel_ranking.ts";
import { fitMask } from "@/images/masks.ts";
import { readMask } from "@/images/read.ts";
import type { Matrix } from "@/math/matrix.ts";

/**
 * Computes pixel metrics and AUPRO of every class that has anomaly maps.
 *
 * Maps are read one at a time, twice, so that memory does not grow with their number. A mask of another size is brought to the map's by nearest neighbour.
 * An anomalous image without a mask is left out, since it is not known which of its pixels are normal.
 *
 * @param table The scores, with maps and masks as files or in memory.
 * @param options The false-positive rate up to which AUPRO integrates.
 * @returns Metrics by class; classes without a map are not there.
 * @throws {Error} If a map or mask cannot be read; the message names the file.
 * @throws {RangeError} If only some test images of a class have a map; the message names one without.
 *
 * @example A table without maps
 * ```ts
 * import assert from "node:assert/strict";
 * import { auditPixels } from "@/audit/audit_pixels.ts";
 *
 * const table = { name: "scores only", rows: [], ignoredColumns: [] };
 * assert.deepEqual(await auditPixels(table, { fprLimit: 0.3 }), {});
 * ```
 */
export async function auditPixels(
  table: ScoreTable,
  options: { fprLimit: number },
): Promise<Record<string, PixelMetricValues>> {
  const hasMap = ({ image, map }: ScoreRow): boolean =>
    map !== null || (table.maps?.has(image) ?? false);
  const hasMask = ({ image, mask }: ScoreRow): boolean =>
    mask !== null || (table.masks?.has(image) ?? false);
  const mapOf = async ({ image, map }: ScoreRow): Promise<Matrix> =>
    table.maps?.get(image) ?? await readAnomalyMap(map!);
  const test = table.rows.filter(({ split }) => split === "test");
  const results: Record<string, PixelMetricValues> = {};
  for (const [className, rows] of Map.groupBy(test, (row) => row.className)) {
    if (!rows.some(hasMap)) continue;
    const without = rows.find((row) => !hasMap(row));
    if (without !== undefined) {
      throw new RangeError(
        `Cannot measure anomaly maps of class "${className}": every test image must have one, ` +
          `got none for "${without.image}"`,
      );
    }
    const collector = createPixelCollector();
    const known = rows.filter((row) => !row.isAnomalous || hasMask(row));
    for (const row of known.filter(hasMask)) {
      const map = await mapOf(row);
      const mask = table.masks?.get(row.image) ?? await readMask(row.mask!);
      const { data } = fitMask(mask, map);
      collector.add({ image: row.image, map: map.data, mask: data, columns: map.columns });
    }
    const counter = collector.startCounting();
    for (const row of known) counter.add({ image: row.image, map: (await mapOf(row)).data });
    results[className] = pixelMetricValues(counter.rank(), options);
  }
  return results;
}
