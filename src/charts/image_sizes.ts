/**
 * Chart of the sizes of images, and of what a model sees of them.
 *
 * @module
 */
import {
  type ClassSizes,
  groupSizes,
  OTHER_SIZES,
  type SizeGeometry,
  type SizeGroup,
  type SizeOfClasses,
} from "@/charts/group_sizes.ts";
import { type ChartSpec, COLORS, GROUP_COLORS, themedChart } from "@/charts/theme.ts";
import { visiblePart } from "@/images/geometry.ts";

/** Lines at most: more sizes share the last one. */
const MOST_LINES = 12;

/**
 * Draws every size as a rectangle to scale, how many images have it, and which share of such an image
 * lies within the central square.
 *
 * @param classes The classes with their sizes as files store them; at least one image.
 * @param geometry How images are scaled and cut.
 * @returns A Vega-Lite object; of more than twelve sizes the eleven most frequent have their own line.
 * @throws {RangeError} If there is no image, or the geometry is impossible.
 *
 * @example A quarter of an oblong image is cut away
 * ```ts
 * import assert from "node:assert/strict";
 * import { imageSizeChart } from "@/charts/image_sizes.ts";
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

/** A dot per size, both axes in the same pixels; rectangles where they are few enough to be told apart. */
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

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
