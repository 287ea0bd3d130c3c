/**
 * Chart of the sizes of a dataset's images, and of which share of each a model sees.
 *
 * @module
 */
import { type ChartSpec, COLORS, GROUP_COLORS, themedChart } from "@/charts/theme.ts";
import type { ClassSummary, CountedSize } from "@/datasets/summary.ts";
import { visiblePart } from "@/images/geometry.ts";
import type { ImageGeometry } from "@/images/read.ts";
import { plural } from "@/messages.ts";

/** How images are scaled and cut. */
export type SizeGeometry = Pick<ImageGeometry, "resize" | "imagesize" | "fit">;

/** A class and the sizes of its images. */
export type ClassSizes = Pick<ClassSummary, "name" | "sizes">;

/** Most lines of the chart, a colour each; where there are more sizes, the last is for the rest. */
const MOST_LINES = GROUP_COLORS.length;

/**
 * Draws every size as a rectangle to scale, how many images have it, and which share of such an
 * image lies within the central square.
 *
 * @param classes The classes with their sizes as files store them; at least one image.
 * @param geometry How images are scaled and cut.
 * @returns A Vega-Lite object; of more than eight sizes the seven most frequent have their own
 *   line.
 * @throws {RangeError} If there is no image, or the geometry is impossible.
 *
 * @example A quarter of an oblong image is cut away
 * ```ts
 * import assert from "node:assert/strict";
 * import { imageSizeChart } from "@/charts/mod.ts";
 *
 * const classes = [{ name: "nut", sizes: [{ width: 640, height: 480, images: 9 }] }];
 * const chart = imageSizeChart(classes, { resize: 256, imagesize: 256 });
 * assert.match(chart.description, /640×480: 9 images, 75 % seen/);
 * ```
 */
export function imageSizeChart(
  classes: readonly ClassSizes[],
  geometry: SizeGeometry,
): ChartSpec {
  const lines = groupSizes(classes, { geometry, most: MOST_LINES });
  if (lines.length === 0) {
    throw new RangeError("Cannot chart image sizes: at least one image is needed, got none");
  }
  const sizes = lines.flatMap((line) => line.sizes);
  const domain = lines.map(({ name }) => name);
  const color = {
    field: "line",
    type: "nominal",
    scale: {
      domain,
      range: domain.map((name, i) => name === OTHER_SIZES ? COLORS.faint : GROUP_COLORS[i]),
    },
    legend: null,
  };
  // One size alone leaves room to draw which part of it is seen.
  const isDashed = sizes.length === 1 && lines.every(({ share }) => share < 1);
  const title = "Image sizes";
  const total = sizes.reduce((sum, { images }) => sum + images, 0);
  const summary = `${plural(total, "image")}, ${plural(sizes.length, "size")}`;
  return themedChart(
    `${title}: ` +
      lines.map(({ name, images, share }) =>
        `${name}: ${plural(images, "image")}, ${formatShare(share)} seen`
      ).join("; "),
    {
      title: { text: title, subtitle: [summary, describeGeometry(geometry, { isDashed })] },
      spacing: 26,
      hconcat: [
        plane(lines, { color, seen: isDashed ? geometry : null }),
        bars(lines, {
          color,
          field: "images",
          title: "images",
          format: ",~r",
          most: Math.max(...lines.map(({ images }) => images)),
          label: "count",
        }),
        bars(lines, {
          color,
          field: "share",
          title: "share that is seen",
          format: "~%",
          most: 1,
          label: "seen",
        }),
      ],
    },
  );
}

interface Plane {
  readonly color: object;
  /** How the part that is seen comes about; `null`: it is not drawn. */
  readonly seen: SizeGeometry | null;
}

/** A dot per size, both axes in the same pixels; rectangles unless some sizes share a line. */
function plane(
  lines: readonly SizeGroup[],
  { color, seen }: Plane,
): Record<string, unknown> {
  const sizes = lines.flatMap((line) => line.sizes);
  const longest = Math.max(...sizes.flatMap(({ width, height }) => [width, height]));
  const values = lines.flatMap(({ name, sizes: own }) =>
    own.map(({ classes, ...size }) => ({
      line: name,
      ...size,
      classes: classes.join(", "),
      zero: 0,
    }))
  );
  const axis = (field: string): object => ({
    field,
    type: "quantitative",
    title: `${field} (px)`,
    scale: { domain: [0, 1.1 * longest], nice: false },
    axis: { tickCount: 4, format: ",~r", grid: false },
  });
  const rectangle = {
    mark: { type: "rect", fillOpacity: 0, strokeWidth: 1.5, strokeOpacity: 0.7 },
    encoding: { x2: { field: "zero" }, y2: { field: "zero" }, stroke: color },
  };
  return {
    width: 210,
    height: 210,
    data: { values },
    encoding: {
      x: axis("width"),
      y: axis("height"),
      color,
      tooltip: [
        { field: "width", type: "quantitative" },
        { field: "height", type: "quantitative" },
        { field: "images", type: "quantitative", format: ",d" },
        { field: "classes" },
      ],
    },
    layer: [
      ...(sizes.length === lines.length ? [rectangle] : []),
      ...(seen === null ? [] : sizes.map((size) => seenPart(size, seen))),
      { mark: { type: "point", filled: true, size: 60, opacity: 0.9 } },
    ],
  };
}

/** The rectangle that is seen of images of one size. */
function seenPart(size: SizeOfClasses, geometry: SizeGeometry): Record<string, unknown> {
  const { left, top, width, height } = visiblePart(size, geometry);
  return {
    data: { values: [{ width: left, right: left + width, height: top, bottom: top + height }] },
    mark: {
      type: "rect",
      color: GROUP_COLORS[0],
      fillOpacity: 0.12,
      stroke: GROUP_COLORS[0],
      strokeDash: [4, 3],
    },
    encoding: {
      x2: { field: "right" },
      y2: { field: "bottom" },
      color: { value: GROUP_COLORS[0] },
      tooltip: { value: "what is seen" },
    },
  };
}

interface Bars {
  readonly color: object;
  readonly field: "images" | "share";
  readonly title: string;
  readonly format: string;
  readonly most: number;
  readonly label: string;
}

function bars(
  lines: readonly SizeGroup[],
  { color, field, title, format, most, label }: Bars,
): Record<string, unknown> {
  const y = {
    field: "line",
    type: "nominal",
    title: null,
    sort: lines.map(({ name }) => name),
    axis: field === "images" ? { ticks: false, domain: false, labelLimit: 240 } : null,
  };
  const x = {
    field,
    type: "quantitative",
    title,
    scale: { domain: [0, (field === "share" ? 1.35 : 1.25) * most], nice: false },
    axis: { format, ...(field === "share" ? { values: [0, 0.5, 1] } : { tickCount: 3 }) },
  };
  return {
    width: field === "images" ? 190 : 150,
    height: { step: 24 },
    data: {
      values: lines.map(({ name, images, share }) => ({
        line: name,
        images,
        share: Number(share.toPrecision(4)),
        count: images.toLocaleString("en-US"),
        seen: formatShare(share),
      })),
    },
    encoding: {
      y,
      x,
      tooltip: [
        { field: "line", title: "size" },
        { field: "count", title: "images" },
        { field: "seen", title: "share seen" },
      ],
    },
    layer: [
      {
        mark: { type: "bar", opacity: 0.85, height: { band: 0.7 } },
        encoding: { color },
      },
      {
        mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
        encoding: { text: { field: label } },
      },
    ],
  };
}

function describeGeometry(
  { resize, imagesize, fit = "short_side" }: SizeGeometry,
  { isDashed }: { readonly isDashed: boolean },
): string {
  const scaled = fit === "square"
    ? `both sides scaled to ${resize}, proportions are lost`
    : `short side scaled to ${resize}`;
  const seen = isDashed ? "Seen (dashed)" : "Seen";
  return `${seen}: the middle ${imagesize}×${imagesize} pixels, ${scaled}`;
}

function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** A size and the classes that have images of it. */
export interface SizeOfClasses extends CountedSize {
  /** Names of the classes, in order. */
  readonly classes: readonly string[];
}

/** One size, or several that are told together. */
export interface SizeGroup {
  /** Name of the size and of its class or their number; `OTHER_SIZES` for several. */
  readonly name: string;
  /** The sizes, at least one. */
  readonly sizes: readonly SizeOfClasses[];
  /** How many images have them. */
  readonly images: number;
  /** Share of an image that is seen, from 0 to 1; of several sizes the mean over images. */
  readonly share: number;
}

/** Sizes to be told apart, and how images are scaled and cut. */
export interface GroupSizesOptions {
  /** How images are scaled and cut. */
  readonly geometry: SizeGeometry;
  /** Most groups, at least 2. */
  readonly most: number;
}

/** Name of the group of all sizes that have none of their own. */
export const OTHER_SIZES = "other sizes";

/**
 * Groups images by size, the most frequent first; what is too many becomes one group at the end.
 */
export function groupSizes(
  classes: readonly ClassSizes[],
  { geometry, most }: GroupSizesOptions,
): SizeGroup[] {
  if (!(most >= 2)) {
    throw new RangeError(`Cannot group image sizes: most must be at least 2, got ${most}`);
  }
  const sizes = mergeSizes(classes);
  const named = sizes.slice(0, sizes.length > most ? most - 1 : most);
  const groups = [...named.map((size) => [size]), sizes.slice(named.length)];
  return groups.filter((group) => group.length > 0).map((group, i) => {
    const images = group.reduce((sum, each) => sum + each.images, 0);
    const seen = group.reduce(
      (sum, each) => sum + each.images * visiblePart(each, geometry).share,
      0,
    );
    const single = named[i];
    const name = single === undefined ? OTHER_SIZES : nameGroup(single, classes.length);
    return { name, sizes: group, images, share: seen / images };
  });
}

function nameGroup({ width, height, classes }: SizeOfClasses, total: number): string {
  const size = `${width}×${height}`;
  if (total === 1) return size;
  if (classes.length === total) return `${size}, all classes`;
  return `${size}, ${classes.length === 1 ? classes[0] : `${classes.length} classes`}`;
}

function mergeSizes(classes: readonly ClassSizes[]): SizeOfClasses[] {
  const merged = new Map<string, SizeOfClasses>();
  for (const { name, sizes } of classes) {
    for (const { width, height, images } of sizes) {
      const key = `${width}×${height}`;
      const before = merged.get(key) ?? { images: 0, classes: [] };
      merged.set(key, {
        width,
        height,
        images: before.images + images,
        classes: [...before.classes, name],
      });
    }
  }
  return [...merged.values()].sort((a, b) =>
    b.images - a.images || a.width - b.width || a.height - b.height
  );
}
