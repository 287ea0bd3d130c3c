/**
 * Chart of semantic vectors in two dimensions: colour by cluster, shape by class.
 *
 * @module
 */
import { type ChartSpec, COLORS, GROUP_COLORS, themedChart } from "@/charts/theme.ts";
import type { Matrix } from "@/math/matrix.ts";
import { principalComponents } from "@/math/projection.ts";

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
];

/**
 * Draws the first two principal components of the vectors.
 *
 * @param input Vectors, clusters and classes of the same images.
 * @param options Title; "Semantic vectors" if left out.
 * @returns A Vega-Lite object. From the eleventh class on shapes repeat.
 * @throws {TypeError} If the lists differ in length or there are fewer than two images.
 *
 * @example Three images
 * ```ts
 * import assert from "node:assert/strict";
 * import { semanticMapChart } from "@/charts/chart_semantic_map.ts";
 * import { matrixOf } from "@/math/matrix.ts";
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
  return themedChart(`${title}: ${vectors.rows} images, ${numbers.length} clusters`, {
    title: { text: title, subtitle: "Principal components; colour: cluster, shape: class" },
    data: { values },
    width: 520,
    height: 380,
    mark: {
      type: "point",
      filled: true,
      size: 75,
      opacity: 0.8,
      stroke: "#ffffff",
      strokeWidth: 0.6,
    },
    encoding: {
      x: axis(0, "first"),
      y: axis(1, "second"),
      color: {
        field: "cluster",
        type: "nominal",
        scale: {
          domain: numbers,
          range: numbers.map((_, i) => GROUP_COLORS[i % GROUP_COLORS.length]),
        },
        legend: { columns: numbers.length > 14 ? 3 : 1, symbolType: "circle" },
      },
      shape: {
        field: "class",
        type: "nominal",
        scale: { domain: classes, range: classes.map((_, i) => shapes[i % shapes.length]) },
        legend: { symbolFillColor: COLORS.faint, symbolStrokeColor: COLORS.faint },
      },
      tooltip: [{ field: "class" }, { field: "cluster" }],
    },
  });
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}
