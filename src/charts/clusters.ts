/**
 * Charts of clusters: how many images of each class fell into each, semantic vectors in two
 * dimensions by cluster and class, and the choice between partitions by their silhouette.
 *
 * @module
 */
import {
  type ChartSpec,
  COLORS,
  fillScale,
  GROUP_COLORS,
  HEAT_COLORS,
  scaleInTurn,
  themedChart,
} from "@/charts/theme.ts";
import type { PartitionCandidate } from "@/clustering/choose_partition.ts";
import type { Matrix } from "@/math/matrix.ts";
import { principalComponents } from "@/math/projection.ts";

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
 * import { contingencyChart } from "@/charts/mod.ts";
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
            scale: { domain: [0, 1], range: HEAT_COLORS },
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

/** What is drawn per image. */
export interface SemanticMapInput {
  /** Semantic vectors, one row per image. */
  readonly vectors: Matrix;
  /** Cluster of every image. */
  readonly clusters: ArrayLike<number>;
  /** Product category of every image. */
  readonly classNames: readonly string[];
}

const shapes = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "cross",
  "triangle-down",
  "M0,-1L0.22,-0.31L0.95,-0.31L0.36,0.12L0.59,0.81L0,0.38L-0.59,0.81L-0.36,0.12L-0.95,-0.31L-0.22,-0.31Z",
  "triangle-left",
  "triangle-right",
  "M-1,-0.45L1,-0.45L1,0.45L-1,0.45Z",
  "M-0.8,-0.5L-0.5,-0.8L0,-0.3L0.5,-0.8L0.8,-0.5L0.3,0L0.8,0.5L0.5,0.8L0,0.3L-0.5,0.8L-0.8,0.5L-0.3,0Z",
  "M-0.8,-0.9L0.8,-0.9L0,0L0.8,0.9L-0.8,0.9L0,0Z",
  "M-0.9,-0.8L0,0L0.9,-0.8L0.9,0.8L0,0L-0.9,0.8Z",
  "M-0.45,-1L0.45,-1L0.45,1L-0.45,1Z",
  "M-1,0.4A1,1,0,0,1,1,0.4Z",
  "M0,-0.9L0.9,0.3L0.9,0.9L0,-0.1L-0.9,0.9L-0.9,0.3Z",
];

/** Up to so many clusters, colours and the legend do; more are named where they lie. */
const UNNAMED = 6;

/**
 * Draws the first two principal components of the vectors.
 *
 * @param input Vectors, clusters and classes of the same images.
 * @param options Title; "Semantic vectors" if left out.
 * @returns A Vega-Lite object. From the ninth cluster on colours repeat with another filling; more than six
 *   clusters are named at their centres. From the seventeenth class on shapes repeat.
 * @throws {TypeError} If the lists differ in length or there are fewer than two images.
 *
 * @example Three images
 * ```ts
 * import assert from "node:assert/strict";
 * import { semanticMapChart } from "@/charts/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const chart = semanticMapChart({
 *   vectors: matrixOf([[1, 0, 0], [0.9, 0.1, 0], [0, 0, 1]]),
 *   clusters: [0, 0, 1],
 *   classNames: ["nut", "nut", "cup"],
 * });
 * assert.match(chart.description, /3 images/);
 * ```
 */
export function semanticMapChart(
  input: SemanticMapInput,
  options: { readonly title?: string } = {},
): ChartSpec {
  const { title = "Semantic vectors" } = options;
  const { vectors, clusters, classNames } = input;
  if (vectors.rows !== clusters.length || vectors.rows !== classNames.length) {
    throw new TypeError(
      `Cannot chart semantic vectors: each of ${vectors.rows} needs a cluster and a class, ` +
        `got ${clusters.length} and ${classNames.length}`,
    );
  }
  const { scores, explained } = principalComponents(vectors, { count: 2 });
  const values = classNames.map((className, image) => ({
    class: className,
    cluster: clusters[image]!,
    first: round(scores.data[2 * image]!),
    second: round(scores.data[2 * image + 1]!),
  }));
  const classes = [...new Set(classNames)].sort();
  const numbers = [...new Set(values.map((each) => each.cluster))].sort((a, b) => a - b);
  const axis = (component: number, field: string): Record<string, unknown> => ({
    field,
    type: "quantitative",
    title: `component ${component + 1} (${
      (100 * (explained[component] ?? 0)).toFixed(0)
    } % of variance)`,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5 },
  });
  const fills = fillScale(numbers);
  const legend = {
    title: null,
    columns: numbers.length > 14 ? 3 : 1,
    symbolType: "circle",
    labelExpr: "'cluster ' + datum.label",
  };
  const color = {
    field: "cluster",
    type: "nominal",
    scale: scaleInTurn(numbers, GROUP_COLORS),
    legend,
  };
  return themedChart(`${title}: ${vectors.rows} images, ${numbers.length} clusters`, {
    title: { text: title, subtitle: "Principal components; colour: cluster, shape: class" },
    data: { values },
    width: 520,
    height: 380,
    layer: [
      {
        mark: { type: "point", size: 75, opacity: 0.8, strokeWidth: fills === null ? 0.6 : 1.6 },
        encoding: {
          x: axis(0, "first"),
          y: axis(1, "second"),
          fill: fills === null ? color : { ...color, scale: fills },
          stroke: fills === null ? { value: "#ffffff" } : color,
          shape: {
            field: "class",
            type: "nominal",
            scale: scaleInTurn(classes, shapes),
            legend: { symbolFillColor: COLORS.faint, symbolStrokeColor: COLORS.faint },
          },
          tooltip: [{ field: "class" }, { field: "cluster" }],
        },
      },
      ...(numbers.length > UNNAMED ? centreLabels() : []),
    ],
  });
}

/** The name of every cluster at the mean of its images, on a white rim. */
function centreLabels(): Record<string, unknown>[] {
  const rim = { stroke: "#ffffff", strokeWidth: 4, strokeJoin: "round" };
  return [rim, { color: COLORS.ink }].map((look) => ({
    mark: { type: "text", fontSize: 12, fontWeight: 600, ...look },
    encoding: {
      x: { aggregate: "mean", field: "first", type: "quantitative" },
      y: { aggregate: "mean", field: "second", type: "quantitative" },
      detail: { field: "cluster" },
      text: { field: "cluster" },
    },
  }));
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}

/** Which candidate was chosen and by what rule. */
export interface PartitionChoiceOptions {
  /** Position of the chosen candidate in the list; `null` when one group was formed instead. */
  readonly chosen: number | null;
  /** Silhouette below which no partition is taken; no line if left out. */
  readonly minSilhouette?: number;
}

/**
 * Draws the silhouette of every partition, finest first.
 *
 * @param candidates The partitions in the order in which the clusterer gave them.
 * @param options The chosen one and the smallest silhouette accepted.
 * @returns A Vega-Lite object.
 * @throws {RangeError} If there is no candidate, or `chosen` is not one of them.
 *
 * @example Five clusters chosen
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionChoiceChart } from "@/charts/mod.ts";
 *
 * const chart = partitionChoiceChart([
 *   { clusters: 63, silhouette: 0.13 },
 *   { clusters: 5, silhouette: 0.7 },
 * ], { chosen: 1, minSilhouette: 0.05 });
 * assert.match(chart.description, /5 clusters chosen/);
 * ```
 */
export function partitionChoiceChart(
  candidates: readonly Pick<PartitionCandidate, "clusters" | "silhouette">[],
  options: PartitionChoiceOptions,
): ChartSpec {
  const { chosen, minSilhouette } = options;
  const picked = chosen === null ? undefined : candidates[chosen];
  if (candidates.length === 0 || (chosen !== null && picked === undefined)) {
    throw new RangeError(
      `Cannot chart partitions: chosen must be one of ${candidates.length} candidates, got ${chosen}`,
    );
  }
  const result = picked ? `${picked.clusters} clusters chosen` : "one group for all images";
  const values = candidates.map((candidate, index) => ({
    position: index,
    name: String(candidate.clusters),
    silhouette: candidate.silhouette,
    isChosen: index === chosen,
    label: candidate.silhouette === null ? "undefined" : candidate.silhouette.toFixed(2),
  }));
  const x = {
    field: "position",
    type: "ordinal",
    title: "clusters (finest partition first)",
    axis: { labelAngle: 0, grid: false, labelExpr: labelExpression(values.map((v) => v.name)) },
  };
  const least = Math.min(0, minSilhouette ?? 0, ...values.map((v) => v.silhouette ?? 0));
  const y = {
    field: "silhouette",
    type: "quantitative",
    title: "mean cosine silhouette",
    scale: { domain: [least, 1], nice: true },
  };
  const emphasis = { condition: { test: "datum.isChosen", value: COLORS.emphasis } };
  return themedChart(`Silhouette of ${candidates.length} partitions: ${result}`, {
    title: { text: "Which partition?", subtitle: `Largest silhouette wins: ${result}` },
    data: { values },
    width: Math.max(300, 90 * candidates.length),
    height: 240,
    layer: [
      { mark: { type: "line", color: COLORS.faint, strokeWidth: 1.5 }, encoding: { x, y } },
      {
        mark: { type: "point", filled: true, opacity: 1, stroke: "#ffffff" },
        encoding: {
          x,
          y,
          color: { ...emphasis, value: COLORS.subdued },
          size: { condition: { test: "datum.isChosen", value: 220 }, value: 90 },
          tooltip: [
            { field: "name", title: "clusters" },
            { field: "silhouette", type: "quantitative", format: ".3f" },
          ],
        },
      },
      {
        mark: { type: "text", dy: -16, stroke: "#ffffff", strokeWidth: 4, strokeJoin: "round" },
        encoding: { x, y, text: { field: "label" } },
      },
      {
        mark: { type: "text", dy: -16 },
        encoding: {
          x,
          y,
          text: { field: "label" },
          color: { ...emphasis, value: COLORS.ink },
        },
      },
      ...(minSilhouette === undefined ? [] : minimumLine(minSilhouette)),
    ],
  });
}

function minimumLine(minSilhouette: number): unknown[] {
  const data = { values: [{ value: minSilhouette, label: `smallest accepted: ${minSilhouette}` }] };
  const y = { field: "value", type: "quantitative" };
  return [
    { data, mark: { type: "rule", strokeDash: [5, 4], color: COLORS.faint }, encoding: { y } },
    {
      data,
      mark: { type: "text", align: "right", baseline: "bottom", dy: -4, dx: -4, fontSize: 11 },
      encoding: { y, x: { value: "width" }, text: { field: "label" } },
    },
  ];
}

/** Two partitions may have equally many clusters, so the axis counts positions and shows names. */
function labelExpression(names: readonly string[]): string {
  return `${JSON.stringify(names)}[datum.value]`;
}
