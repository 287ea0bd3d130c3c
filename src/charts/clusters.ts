/**
 * Chart of classes against clusters: how many images of each class fell into each cluster.
 *
 * @module
 */
import { type ChartSpec, COLORS, themedChart } from "@/charts/theme.ts";

/** Labels of the same images. */
export interface ContingencyInput {
  /** Product category of every image. */
  readonly classNames: readonly string[];
  /** Cluster of every image. */
  readonly clusters: ArrayLike<number>;
}

/**
 * Draws the table of classes against clusters as a heat map, coloured by share of the class.
 *
 * Clusters are ordered by the class that most of their images belong to, so that agreement shows
 * as a diagonal.
 *
 * @param input Class and cluster of every image.
 * @param options Title; "Clusters against classes" if left out.
 * @returns A Vega-Lite object.
 * @throws {TypeError} If the two lists differ in length or are empty.
 *
 * @example Two classes, two clusters
 * ```ts
 * import assert from "node:assert/strict";
 * import { contingencyChart } from "@/charts/clusters.ts";
 *
 * const chart = contingencyChart({ classNames: ["nut", "cup", "nut"], clusters: [0, 1, 0] });
 * assert.match(chart.description, /2 classes, 2 clusters/);
 * ```
 */
export function contingencyChart(
  input: ContingencyInput,
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Clusters against classes" } = options;
  const { classNames, clusters } = input;
  if (classNames.length !== clusters.length || classNames.length === 0) {
    throw new TypeError(
      `Cannot chart clusters against classes: each image needs one of both, ` +
        `got ${classNames.length} classes and ${clusters.length} clusters`,
    );
  }
  const classes = [...new Set(classNames)].sort();
  const numbers = [...new Set(Array.from(clusters))].sort((a, b) => a - b);
  const values = numbers.flatMap((cluster) =>
    classes.map((className) => countCell(input, { className, cluster }))
  );
  const order = orderClusters(numbers, { classes, values });
  const x = {
    field: "cluster",
    type: "nominal",
    title: "cluster",
    sort: order,
    axis: { labelAngle: 0, ticks: false, domain: false },
  };
  const y = {
    field: "class",
    type: "nominal",
    title: null,
    sort: classes,
    axis: { ticks: false, domain: false },
  };
  return themedChart(`${title}: ${classes.length} classes, ${numbers.length} clusters`, {
    title: { text: title, subtitle: "Number of images; colour: share of the class" },
    data: { values },
    width: { step: numbers.length > 24 ? 26 : 44 },
    height: { step: 32 },
    encoding: { x, y },
    layer: [
      {
        mark: { type: "rect", stroke: "#ffffff", strokeWidth: 2 },
        encoding: {
          color: {
            field: "share",
            type: "quantitative",
            scale: { domain: [0, 1], range: ["#f1f4f8", "#7db4dd", "#0b4f86"] },
            legend: { title: "share of class", format: "~%", gradientLength: 110, tickCount: 3 },
          },
          tooltip: [
            { field: "class" },
            { field: "cluster" },
            { field: "count", type: "quantitative", title: "images" },
            { field: "share", type: "quantitative", format: ".1%" },
          ],
        },
      },
      {
        transform: [{ filter: "datum.count > 0" }],
        mark: { type: "text" },
        encoding: {
          text: { field: "count", type: "quantitative" },
          color: {
            condition: { test: "datum.share > 0.55", value: "#ffffff" },
            value: COLORS.ink,
          },
        },
      },
    ],
  });
}

/** One square of the heat map. */
interface Cell {
  readonly class: string;
  readonly cluster: number;
  readonly count: number;
  readonly share: number;
}

function countCell(
  input: ContingencyInput,
  cell: { readonly className: string; readonly cluster: number },
): Cell {
  let ofClass = 0, count = 0;
  input.classNames.forEach((className, image) => {
    if (className !== cell.className) return;
    ofClass++;
    if (input.clusters[image] === cell.cluster) count++;
  });
  return { class: cell.className, cluster: cell.cluster, count, share: count / ofClass };
}

/** By the class with most images in the cluster, then larger share first, then cluster number. */
function orderClusters(
  clusters: readonly number[],
  table: { readonly classes: readonly string[]; readonly values: readonly Cell[] },
): number[] {
  const largest = new Map<number, Cell>();
  for (const cell of table.values) {
    const held = largest.get(cell.cluster);
    if (held === undefined || cell.count > held.count) largest.set(cell.cluster, cell);
  }
  const rank = (cluster: number): number => table.classes.indexOf(largest.get(cluster)!.class);
  const share = (cluster: number): number => largest.get(cluster)!.share;
  return [...clusters].sort((a, b) => rank(a) - rank(b) || share(b) - share(a) || a - b);
}
