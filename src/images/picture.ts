/**
 * Pictures for looking at: photographs with an anomaly map over them, a mask drawn around, or
 * what a model does not see made pale.
 *
 * Anomaly maps go from dark violet for low values, through red and orange, to pale yellow.
 * Lightness rises steadily from one stop to the next, so the order of values survives printing
 * in grey and colour-blindness.
 *
 * @module
 */
import type { VisiblePart } from "@/images/geometry.ts";

/** An RGB picture. */
export interface Picture {
  /** Pixels per row. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
  /** Red, green and blue of every pixel, row by row. */
  readonly data: Uint8Array;
}

/**
 * Wraps RGB bytes as a picture without copying them.
 *
 * @param data Red, green and blue of every pixel, row by row.
 * @param width Pixels per row.
 * @returns The picture, sharing `data`.
 * @throws {TypeError} If the bytes do not make whole rows.
 *
 * @example Two red pixels below each other
 * ```ts
 * import assert from "node:assert/strict";
 * import { toPicture } from "@/images/mod.ts";
 *
 * assert.equal(toPicture(Uint8Array.of(255, 0, 0, 255, 0, 0), 1).height, 2);
 * ```
 */
export function toPicture(data: Uint8Array, width: number): Picture {
  const height = data.length / 3 / width;
  if (!Number.isInteger(width) || width < 1 || !Number.isInteger(height) || height < 1) {
    throw new TypeError(
      `Cannot form a picture: bytes must make whole rows of ${width} RGB pixels, got ${data.length}`,
    );
  }
  return { width, height, data };
}

/** Which values of an anomaly map take which colours. */
export interface MapRange {
  /** Value at the dark end. */
  readonly low: number;
  /** Value at the bright end. */
  readonly high: number;
}

/** How a map lies over a photograph. */
export interface OverlayOptions extends MapRange {
  /** Share of the map's colour at the bright end; falls to 0 at the dark end. 0.75 if left out. */
  readonly opacity?: number;
}

/**
 * Lays an anomaly map over a photograph: the higher the value, the less of the photograph is left.
 *
 * @param picture The photograph; left unchanged.
 * @param map One value per pixel of the photograph.
 * @param options Range of values and opacity. Use one range for all pictures that are compared.
 * @returns A new picture of the same size.
 * @throws {TypeError} If the map has another number of pixels.
 *
 * @example Low values leave the photograph as it is
 * ```ts
 * import assert from "node:assert/strict";
 * import { overlayMap, toPicture } from "@/images/mod.ts";
 *
 * const photograph = toPicture(Uint8Array.of(9, 9, 9, 9, 9, 9), 2);
 * const { data } = overlayMap(photograph, Float32Array.of(0, 5), { low: 1, high: 5 });
 * assert.deepEqual([...data.slice(0, 3)], [9, 9, 9]);
 * assert.ok(data[3]! > 100);
 * ```
 */
export function overlayMap(
  picture: Picture,
  map: Float32Array,
  options: OverlayOptions,
): Picture {
  requirePixels("an anomaly map", { picture, count: map.length });
  const { opacity = 0.75 } = options;
  const data = new Uint8Array(picture.data.length);
  for (let pixel = 0; pixel < map.length; pixel++) {
    const value = rescale(map[pixel]!, options);
    const color = colorOf(value);
    const share = opacity * Math.sqrt(value);
    for (let i = 0; i < 3; i++) {
      const under = picture.data[3 * pixel + i]!;
      data[3 * pixel + i] = Math.round(under + share * (color[i]! - under));
    }
  }
  return { ...picture, data };
}

/** A colour of a scale, with how much of it covers what lies below. */
export interface ColorStop {
  /** Value at which it holds; between two stops colour and opacity go in a straight line. */
  readonly at: number;
  /** Red, green and blue, as in CSS: `#rrggbb`. */
  readonly color: string;
  /** Opacity, from 0 to 1. */
  readonly opacity: number;
}

/**
 * Colours of a map in units of a threshold: nothing up to half of it, red from the threshold on,
 * darker up to twice. Lightness falls from stop to stop, so that it survives grey and
 * colour-blindness.
 */
export const THRESHOLD_STOPS: readonly ColorStop[] = [
  { at: 0.5, color: "#ffe14a", opacity: 0 },
  { at: 0.75, color: "#ffb020", opacity: 0.5 },
  { at: 1, color: "#e0200f", opacity: 0.75 },
  { at: 2, color: "#6a0018", opacity: 0.88 },
];

/** Lays a map over a photograph in the colours of `THRESHOLD_STOPS`; `unit` is the threshold. */
export function overlayThresholds(picture: Picture, map: Float32Array, unit: number): Picture {
  requirePixels("an anomaly map", { picture, count: map.length });
  const data = picture.data.slice();
  for (let pixel = 0; pixel < map.length; pixel++) {
    const [color, opacity] = stopAt(map[pixel]! / unit);
    for (let i = 3 * pixel, c = 0; c < 3; i++, c++) {
      data[i] = Math.round(data[i]! + opacity * (color[c]! - data[i]!));
    }
  }
  return { ...picture, data };
}

const thresholdColors = THRESHOLD_STOPS.map(({ color }) => channelsOf(color));

function stopAt(value: number): [readonly number[], number] {
  const next = THRESHOLD_STOPS.findIndex(({ at }) => value < at);
  const last = THRESHOLD_STOPS.length - 1;
  if (next === -1) return [thresholdColors[last]!, THRESHOLD_STOPS[last]!.opacity];
  if (next === 0) return [thresholdColors[0]!, THRESHOLD_STOPS[0]!.opacity];
  const from = THRESHOLD_STOPS[next - 1]!, to = THRESHOLD_STOPS[next]!;
  const share = (value - from.at) / (to.at - from.at);
  const mix = (a: number, b: number): number => a + share * (b - a);
  const color = thresholdColors[next]!.map((channel, c) =>
    mix(thresholdColors[next - 1]![c]!, channel)
  );
  return [color, mix(from.opacity, to.opacity)];
}

function channelsOf(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function rescale(value: number, { low, high }: MapRange): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
}

/** Colours of anomaly maps at equal distances from 0 to 1. */
export const COLORMAP_STOPS: readonly string[] = [
  "#0d0829",
  "#3b0f64",
  "#6e1a6e",
  "#a52c60",
  "#d54a41",
  "#f27a1d",
  "#fbb41a",
  "#fcf3a0",
];

const stops = COLORMAP_STOPS.map(channelsOf);

/** Finds red, green and blue of a value from 0 to 1; others count as the nearer end, NaN as 0. */
export function colorOf(value: number): [number, number, number] {
  const position = Math.min(1, Math.max(0, value || 0)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(position));
  const share = position - index;
  const from = stops[index]!, to = stops[index + 1]!;
  const mix = (i: number): number => Math.round(from[i]! + share * (to[i]! - from[i]!));
  return [mix(0), mix(1), mix(2)];
}

/** How a mask is drawn. */
export interface OutlineOptions {
  /** Red, green and blue; cyan, which the colours of maps lack, if left out. */
  readonly color?: readonly [number, number, number];
  /** Width of the line in pixels; 2 if left out. */
  readonly thickness?: number;
}

/**
 * Draws a line around the anomalous regions of a mask, inside of them.
 *
 * @param picture The picture to draw on; left unchanged.
 * @param mask One value per pixel, anomalous where not 0.
 * @param options Colour and thickness of the line.
 * @returns A new picture of the same size.
 * @throws {TypeError} If the mask has another number of pixels.
 *
 * @example A single anomalous pixel is all line
 * ```ts
 * import assert from "node:assert/strict";
 * import { outlineMask, toPicture } from "@/images/mod.ts";
 *
 * const picture = toPicture(new Uint8Array(6), 2);
 * const { data } = outlineMask(picture, Uint8Array.of(0, 1), { color: [1, 2, 3] });
 * assert.deepEqual([...data], [0, 0, 0, 1, 2, 3]);
 * ```
 */
export function outlineMask(
  picture: Picture,
  mask: Uint8Array,
  options: OutlineOptions = {},
): Picture {
  requirePixels("a mask", { picture, count: mask.length });
  const { color = [0, 229, 255], thickness = 2 } = options;
  const { width, height } = picture;
  const data = picture.data.slice();
  const isInside = (x: number, y: number): boolean =>
    x < 0 || y < 0 || x >= width || y >= height || mask[y * width + x] !== 0;
  const isEdge = (x: number, y: number): boolean => {
    for (let d = 1; d <= thickness; d++) {
      if (!isInside(x - d, y) || !isInside(x + d, y)) return true;
      if (!isInside(x, y - d) || !isInside(x, y + d)) return true;
    }
    return false;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== 0 && isEdge(x, y)) data.set(color, 3 * (y * width + x));
    }
  }
  return { ...picture, data };
}

function requirePixels(what: string, sizes: { picture: Picture; count: number }): void {
  const { width, height } = sizes.picture;
  if (width * height !== sizes.count) {
    throw new TypeError(
      `Cannot draw ${what}: it must have ${width} × ${height} pixels like its picture, ` +
        `got ${sizes.count} values`,
    );
  }
}

/** Share of white over what is not seen, and length of a dash in pixels. */
const veil = 0.45, dash = 3;

/**
 * Pales what lies outside of a part, and draws a line along those borders of it that are not the
 * picture's; its dashes are alternately dark and light, so that they are seen on any picture.
 */
export function markPart(
  picture: Picture,
  part: Omit<VisiblePart, "share">,
): Picture {
  const { width, height } = picture;
  const left = Math.round(part.left), right = Math.round(part.left + part.width) - 1;
  const top = Math.round(part.top), bottom = Math.round(part.top + part.height) - 1;
  const data = picture.data.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 3 * (y * width + x);
      if (x < left || x > right || y < top || y > bottom) {
        for (let c = i; c < i + 3; c++) data[c] = Math.round(data[c]! + veil * (255 - data[c]!));
        continue;
      }
      const isBorder = (x === left && left > 0) || (x === right && right < width - 1) ||
        (y === top && top > 0) || (y === bottom && bottom < height - 1);
      if (isBorder) data.fill(Math.floor((x + y) / dash) % 2 === 0 ? 60 : 235, i, i + 3);
    }
  }
  return { ...picture, data };
}
