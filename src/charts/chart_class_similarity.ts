/**
 * Chart of cosine similarities between classes: how far apart semantic vectors keep them.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";
import type { ClassSimilarities } from "@/features/layers.ts";

/**
 * Draws mean similarities as a heat map; the diagonal holds those within a class.
 *
 * Colours run from the smallest mean to 1, since features that are mostly positive resemble each
 * other by that alone: what counts is the step from the diagonal to the rest of its row.
 *
 * @param similarities Means by class.
 * @param options Title; "Cosine similarity of semantic vectors" if left out.
 * @returns A Vega-Lite object; undefined means are left blank.
 * @throws {RangeError} If there are fewer than two classes.
 *
 * @example Two classes at right angles
 * ```ts
 * import assert from "node:assert/strict";
 * import { classSimilarityChart } from "@/charts/chart_class_similarity.ts";
 *
 * const chart = classSimilarityChart({
 *   classes: ["cup", "nut"],
 *   counts: [2, 2],
 *   means: [[0.9, 0], [0, 0.8]],
 * });
 * assert.match(chart.description, /2 classes/);
 * ```
 */
export function classSimilarityChart(
  similarities: ClassSimilarities,
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Cosine similarity of semantic vectors" } = options;
  const { classes, means } = similarities;
  if (classes.length < 2) {
    throw new RangeError(
      `Cannot chart similarities: at least two classes are needed, got ${classes.length}`,
    );
  }
  const values = classes.flatMap((row, i) =>
    classes.flatMap((column, j) => {
      const mean = means[i]![j]!;
      return mean === null ? [] : [{ row, column, mean: Number(mean.toFixed(4)) }];
    })
  );
  const low = Math.min(...values.map(({ mean }) => mean));
  const middle = (1 + low) / 2;
  const axis = { ticks: false, domain: false };
  return themedChart(`${title}: ${classes.length} classes`, {
    title: {
      text: title,
      subtitle: "Mean over pairs of images; on the diagonal, two images of the same class",
    },
    data: { values },
    width: { step: classes.length > 16 ? 34 : 54 },
    height: { step: 32 },
    encoding: {
      x: {
        field: "column",
        type: "nominal",
        title: null,
        sort: classes,
        axis: { ...axis, labelAngle: classes.length > 8 ? -45 : 0 },
      },
      y: { field: "row", type: "nominal", title: null, sort: classes, axis },
    },
    layer: [
      {
        mark: { type: "rect", stroke: "#ffffff", strokeWidth: 2 },
        encoding: {
          color: {
            field: "mean",
            type: "quantitative",
            scale: { domain: [low, 1], range: ["#f1f4f8", "#7db4dd", "#0b4f86"] },
            legend: { title: "mean", format: ".2f", gradientLength: 110, tickCount: 3 },
          },
          tooltip: [
            { field: "row", title: "images of" },
            { field: "column", title: "with images of" },
            { field: "mean", type: "quantitative", format: ".3f", title: "mean similarity" },
          ],
        },
      },
      {
        mark: { type: "text" },
        encoding: {
          text: { field: "mean", type: "quantitative", format: ".2f" },
          color: {
            condition: { test: `datum.mean > ${middle}`, value: "#ffffff" },
            value: COLORS.ink,
          },
        },
      },
    ],
  });
}
