/**
 * Chart of nested partitions as a tree: how FINCH merges clusters, and which partition was
 * chosen.
 *
 * FINCH (Sarfraz, Sharma and Stiefelhagen, CVPR 2019) merges whole clusters from one partition
 * to the next, so that every cluster has one parent. The tree is laid out so that no two links
 * cross; lengths are counted in images.
 *
 * @module
 */
import {
  type ChartSpec,
  COLORS,
  fillScale,
  GROUP_COLORS,
  scaleInTurn,
  themedChart,
} from "@/charts/theme.ts";
import { membersOf, type Partition } from "@/clustering/partition.ts";

/** What is known of the partitions besides their clusters. */
export interface PartitionTreeOptions {
  /** Position of the chosen partition in the list; `null` when one group was formed instead. */
  readonly chosen: number | null;
  /** Mean silhouette of every partition; `null` where undefined. */
  readonly silhouettes: readonly (number | null)[];
  /** Product category of every image, to colour by; one colour if left out. */
  readonly classNames?: readonly string[];
  /** Title; "How clusters merge" if left out. */
  readonly title?: string;
}

const columnWidth = 170;
const classColors: readonly string[] = [...GROUP_COLORS, COLORS.ink, COLORS.faint];

/**
 * Draws nested partitions from the finest, on the left, to the coarsest.
 *
 * Every bar is a cluster, as long as it has images; bands lead to the cluster that it merges into.
 * A bar is divided by class, the commonest first: what is not of one colour is not pure. Clusters
 * of the coarsest partition are named on the right.
 *
 * @param partitions Partitions of the same images, finest first, as FINCH gives them.
 * @param options The chosen one, silhouettes, and classes to report.
 * @returns A Vega-Lite object. From the eleventh class on colours repeat, as outlines of white bars,
 *   and from the twenty-first on of pale ones.
 * @throws {RangeError} If there is no partition, they do not nest, `chosen` is not one of them, or
 *   there is not one silhouette for each.
 * @throws {TypeError} If there is not one class per image.
 *
 * @example Three clusters, then two
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionTreeChart } from "@/charts/mod.ts";
 * import { partitionOf } from "@/clustering/mod.ts";
 *
 * const partitions = [partitionOf([0, 0, 1, 2]), partitionOf([0, 0, 1, 1])];
 * const chart = partitionTreeChart(partitions, {
 *   chosen: 1,
 *   silhouettes: [0.4, 0.7],
 *   classNames: ["nut", "nut", "cup", "cup"],
 * });
 * assert.match(chart.description, /3, then 2 clusters/);
 * ```
 */
export function partitionTreeChart(
  partitions: readonly Partition[],
  options: PartitionTreeOptions,
): ChartSpec {
  const { chosen, title = "How clusters merge" } = options;
  const { nodes, levels, extent } = partitionTree(partitions);
  checkOptions(partitions, options);
  const classes = [...new Set(options.classNames ?? [])].sort();
  const drawn = nodes.map((node) => ({
    ...node,
    parts: countParts(partitions[node.level]!, { node, classNames: options.classNames }),
  }));
  const roots = drawn.filter((node) => node.parent === null);
  const counts = partitions.map((partition) => partition.clusters).join(", then ");
  const result = chosen === null
    ? "one group was formed instead"
    : `${partitions[chosen]!.clusters} clusters chosen`;
  const x = {
    field: "level",
    type: "quantitative",
    title: null,
    scale: { domain: [-0.35, levels - 0.6], nice: false },
    axis: {
      orient: "top",
      values: partitions.map((_, level) => level),
      domain: false,
      ticks: false,
      grid: false,
      labelExpr: `${JSON.stringify(headsOf(partitions, options.silhouettes))}[datum.value]`,
      labelLineHeight: 16,
      labelPadding: 24,
      labelFontWeight: 600,
      labelColor: {
        condition: { test: `datum.value === ${chosen}`, value: COLORS.emphasis },
        value: COLORS.ink,
      },
    },
  };
  const y = {
    type: "quantitative",
    title: null,
    scale: { domain: [-0.01 * extent, 1.01 * extent], reverse: true, nice: false },
    axis: null,
  };
  const color = classes.length === 0 ? { value: COLORS.normal } : {
    field: "class",
    type: "nominal",
    scale: scaleInTurn(classes, classColors),
    legend: {
      title: "class",
      orient: "bottom",
      columns: 6,
      symbolType: "square",
      symbolOpacity: 1,
    },
  };
  const fills = fillScale(classes, classColors);
  const look = fills === null ? { color } : { fill: { ...color, scale: fills }, stroke: color };
  return themedChart(
    `${title}: ${counts} clusters of ${partitions[0]!.labels.length} images, ${result}`,
    {
      title: {
        text: title,
        subtitle: "Finest partition left; the length of a bar is its number of images" +
          `${classes.length === 0 ? "" : ", its colour the class"}; ${result}`,
      },
      width: columnWidth * (levels - 0.25),
      height: heightFor(roots, { extent, leaves: partitions[0]!.clusters }),
      view: { stroke: null },
      layer: [
        ...(chosen === null ? [] : [chosenColumn(chosen, x)]),
        {
          data: { values: drawn.flatMap(bandOf) },
          mark: { type: "area", orient: "vertical", opacity: 0.3 },
          encoding: {
            x,
            y: { ...y, field: "top" },
            y2: { field: "bottom" },
            color: fills === null ? color : { ...color, legend: null },
            detail: { field: "link" },
          },
        },
        {
          data: { values: drawn.flatMap((node) => barsOf(node, partitions[node.level]!.clusters)) },
          mark: { type: "bar", orient: "vertical", size: 16, ...(fills && { strokeWidth: 2 }) },
          encoding: {
            x,
            y: { ...y, field: "top" },
            y2: { field: "bottom" },
            ...look,
            tooltip: tooltip.slice(0, classes.length === 0 ? 3 : 5),
          },
        },
        {
          data: { values: roots.map((node) => labelOf(node, classes.length > 0)) },
          mark: { type: "text", align: "left", dx: 24 },
          encoding: { x, y: { ...y, field: "middle" }, text: { field: "label" } },
        },
      ],
    },
  );
}

const tooltip = [
  { field: "of", title: "partition" },
  { field: "cluster", title: "cluster" },
  { field: "images", title: "images" },
  { field: "class", title: "class" },
  { field: "ofClass", title: "of this class" },
];

/** Images of one class in one cluster. */
interface Part {
  readonly class: string;
  readonly count: number;
}

interface DrawnNode extends TreeNode {
  readonly parts: readonly Part[];
}

/** Classes of a cluster, the commonest first, ties by name; one nameless part if none are known. */
function countParts(
  partition: Partition,
  options: { node: TreeNode; classNames: readonly string[] | undefined },
): Part[] {
  const { node, classNames } = options;
  const counts = new Map<string, number>();
  partition.labels.forEach((cluster, image) => {
    if (cluster !== node.cluster) return;
    const name = classNames?.[image] ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  return [...counts].map(([name, count]) => ({ class: name, count }))
    .sort((a, b) => b.count - a.count || (a.class < b.class ? -1 : 1));
}

/** A band from a cluster's bar to its place on the parent's. */
function bandOf(node: DrawnNode): Record<string, unknown>[] {
  if (node.slot === null) return [];
  const link = `${node.level}/${node.cluster}`;
  const end = (level: number, top: number) => ({ level, ...span(top, node.size) });
  return [end(node.level, node.top), end(node.level + 1, node.slot)]
    .map((each) => ({ ...each, link, class: node.parts[0]!.class }));
}

/** A cluster's bar, one piece for every class. */
function barsOf(node: DrawnNode, clusters: number): Record<string, unknown>[] {
  let top = node.top;
  return node.parts.map((part) => {
    const piece = span(top, part.count);
    top += part.count;
    return {
      level: node.level,
      ...piece,
      of: `${clusters} clusters`,
      cluster: node.cluster,
      images: node.size,
      class: part.class,
      ofClass: part.count,
    };
  });
}

function span(top: number, size: number): { readonly top: number; readonly bottom: number } {
  return { top: Number(top.toFixed(2)), bottom: Number((top + size).toFixed(2)) };
}

/** Such as "cluster 2: nut, 40 images, purity 95.0 %". */
function labelOf(node: DrawnNode, hasClasses: boolean): Record<string, unknown> {
  const { level, cluster, size, parts: [first] } = node;
  const isPure = first!.count === size;
  const purity = isPure ? "" : `, purity ${(100 * first!.count / size).toFixed(1)} %`;
  const images = size === 1 ? "1 image" : `${size} images`;
  const label = `cluster ${cluster}: ${hasClasses ? `${first!.class}, ` : ""}${images}${purity}`;
  return { level, middle: node.top + size / 2, label };
}

/** Two lines above each column. */
function headsOf(
  partitions: readonly Partition[],
  silhouettes: readonly (number | null)[],
): string[][] {
  return partitions.map(({ clusters }, level) => {
    const silhouette = silhouettes[level]!;
    const value = silhouette === null ? "undefined" : silhouette.toFixed(2);
    return [clusters === 1 ? "1 cluster" : `${clusters} clusters`, `silhouette ${value}`];
  });
}

function chosenColumn(chosen: number, x: object): Record<string, unknown> {
  return {
    data: { values: [{ level: chosen }] },
    mark: { type: "bar", orient: "vertical", size: 36, color: COLORS.emphasis, opacity: 0.15 },
    encoding: { x, y: { value: 0 }, y2: { value: "height" } },
  };
}

/** High enough to tell the finest clusters apart and to write the names of the coarsest. */
function heightFor(
  roots: readonly TreeNode[],
  options: { extent: number; leaves: number },
): number {
  const { extent, leaves } = options;
  const middles = roots.map((node) => node.top + node.size / 2);
  const steps = middles.slice(1).map((middle, i) => middle - middles[i]!);
  const forNames = 15 * extent / Math.min(extent, ...steps);
  return Math.min(1200, Math.max(260, 8 * leaves, forNames));
}

function checkOptions(partitions: readonly Partition[], options: PartitionTreeOptions): void {
  const { chosen, silhouettes, classNames } = options;
  const fail = (what: string): string => `Cannot chart a partition tree: ${what}`;
  if (chosen !== null && partitions[chosen] === undefined) {
    throw new RangeError(
      fail(`chosen must be one of ${partitions.length} partitions, got ${chosen}`),
    );
  }
  if (silhouettes.length !== partitions.length) {
    throw new RangeError(
      fail(`each of ${partitions.length} partitions needs a silhouette, got ${silhouettes.length}`),
    );
  }
  const images = partitions[0]!.labels.length;
  if (classNames !== undefined && classNames.length !== images) {
    throw new TypeError(fail(`each of ${images} images needs a class, got ${classNames.length}`));
  }
}

/** One cluster of one partition, as a bar as long as it has images. */
export interface TreeNode {
  /** Which partition, 0 for the finest. */
  readonly level: number;
  /** Number of the cluster in its partition. */
  readonly cluster: number;
  /** Images in it. */
  readonly size: number;
  /** Cluster of the next partition that holds it; `null` at the coarsest. */
  readonly parent: number | null;
  /** Where its bar begins; it ends at `top` + `size`. */
  readonly top: number;
  /** Where its link begins on the parent's bar, as wide as its own; `null` at the coarsest. */
  readonly slot: number | null;
}

/** A tree with a place for every cluster. */
export interface PartitionTree {
  /** All clusters, finest partition first, each partition from top to bottom. */
  readonly nodes: readonly TreeNode[];
  /** Number of partitions. */
  readonly levels: number;
  /** Length of all bars and gaps of one partition; every bar lies from 0 to here. */
  readonly extent: number;
}

/**
 * Lays nested partitions out as a tree.
 *
 * Clusters of one parent lie next to each other, larger ones first, ties by number; each parent
 * lies in the middle of what it holds. The gap between two finest clusters is 0.3 times their mean
 * size for every partition that keeps them apart, so that what merges late lies far apart.
 */
export function partitionTree(partitions: readonly Partition[]): PartitionTree {
  const images = checkPartitions(partitions);
  const members = partitions.map(membersOf);
  const parents = members.map((each, level) =>
    parentsOf(each, { level, next: partitions[level + 1] })
  );
  const gap = 0.3 * images / partitions[0]!.clusters;
  const levels: TreeNode[][] = partitions.map(() => []);
  const childrenOf = (level: number, parent: number | null): number[] =>
    [...members[level]!.keys()]
      .filter((cluster) => parents[level]![cluster] === parent)
      .sort((a, b) => members[level]![b]!.length - members[level]![a]!.length || a - b);
  /** Places what one parent holds from `begin` on and returns where it ends. */
  const place = (level: number, parent: number | null, begin: number): number => {
    const placed: TreeNode[] = [];
    let end = begin;
    for (const cluster of childrenOf(level, parent)) {
      const start = placed.length === 0 ? begin : end + (level + 1) * gap;
      const size = members[level]![cluster]!.length;
      end = level === 0 ? start + size : place(level - 1, cluster, start);
      placed.push({
        level,
        cluster,
        size,
        parent,
        top: (start + end - size) / 2,
        slot: parent === null ? null : 0,
      });
    }
    levels[level]!.push(...withSlots(placed, (begin + end) / 2));
    return end;
  };
  const extent = place(partitions.length - 1, null, 0);
  return { nodes: levels.flat(), levels: partitions.length, extent };
}

/** Links lie on the parent's bar, whose middle is given, in the order of the children. */
function withSlots(children: readonly TreeNode[], middle: number): TreeNode[] {
  let next = middle - children.reduce((sum, child) => sum + child.size, 0) / 2;
  return children.map((child) => {
    if (child.parent === null) return child;
    const slot = next;
    next += child.size;
    return { ...child, slot };
  });
}

/** Number of images, if it is the same everywhere. */
function checkPartitions(partitions: readonly Partition[]): number {
  const counts = [...new Set(partitions.map(({ labels }) => labels.length))];
  if (partitions.length === 0) {
    throw new RangeError("Cannot lay out a partition tree: at least one partition is needed");
  }
  if (counts.length > 1) {
    throw new TypeError(
      `Cannot lay out a partition tree: every partition must group the same images, ` +
        `got ${counts.join(" and ")} images`,
    );
  }
  return counts[0]!;
}

/** The one cluster of the next partition that holds each cluster. */
function parentsOf(
  members: readonly Uint32Array[],
  options: { level: number; next: Partition | undefined },
): (number | null)[] {
  const { level, next } = options;
  return members.map((images, cluster) => {
    if (images.length === 0) {
      throw new RangeError(
        `Cannot lay out a partition tree: every cluster must hold an image, ` +
          `got none in cluster ${cluster} of partition ${level}`,
      );
    }
    if (next === undefined) return null;
    const parents = [...new Set(Array.from(images, (image) => next.labels[image]!))];
    if (parents.length === 1) return parents[0]!;
    throw new RangeError(
      `Cannot lay out a partition tree: partitions must nest, each cluster within one cluster of ` +
        `the next partition, as FINCH's do and k-means' do not; got cluster ${cluster} of ` +
        `partition ${level} in clusters ${parents.sort((a, b) => a - b).join(", ")}`,
    );
  });
}
