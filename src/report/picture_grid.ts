/**
 * Grids of pictures with captions and a colour bar, as one picture file.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import sharp from "sharp";
import { COLORMAP_STOPS, type ColorStop, type MapRange, type Picture } from "@/images/picture.ts";
import { type ChartFont, openChartFont } from "@/report/font.ts";
import { escapeHtml } from "@/tables.ts";

/** A picture with a line of text below it. */
export interface CaptionedPicture {
  /** The picture. */
  readonly picture: Picture;
  /** One or two lines, separated by a newline; none if left out. Cut where too long. */
  readonly caption?: string;
}

/** Pictures side by side. */
export interface PictureGrid {
  /** At least one picture, row by row. */
  readonly pictures: readonly CaptionedPicture[];
  /** Pictures in a row; 4, or fewer where there are fewer pictures, if left out. */
  readonly columns?: number;
  /** Height of the box that each picture is fitted into, in pixels; 180 if left out. */
  readonly tile?: number;
  /** Width of that box, in pixels; `tile` if left out. */
  readonly tileWidth?: number;
  /** What the colours of maps mean; no colour bar if left out. */
  readonly legend?: MapLegend;
}

/** A colour bar: values at both ends, and what they are. */
export interface MapLegend extends MapRange {
  /** What the values are. */
  readonly label: string;
  /** Colours with the values that are written below them; those of `COLORMAP_STOPS` if left out. */
  readonly stops?: readonly ColorStop[];
}

/** A drawn grid. */
export interface DrawnGrid {
  /** As a JPEG file: photographs as PNG would be six times as large. */
  readonly jpeg: Uint8Array;
  /** Width at which it should be shown, in pixels. */
  readonly width: number;
  /** Height at which it should be shown, in pixels. */
  readonly height: number;
}

/** Pixels between pictures, of a line of text, of its letters, and along the colour bar. */
const gap = 14, line = 16, fontSize = 12, bar = 160;

/**
 * Draws pictures in rows, each with its caption below.
 *
 * @param grid Pictures, columns, size of a tile and colour bar.
 * @param options Pixels of the file per pixel shown; 1.25 if left out.
 * @returns The file and the size to show it at.
 * @throws {RangeError} If there is no picture.
 *
 * @example One grey picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { toPicture } from "@/images/mod.ts";
 * import { drawPictureGrid } from "@/report/mod.ts";
 *
 * const picture = toPicture(new Uint8Array(300).fill(128), 10);
 * const { width } = await drawPictureGrid({ pictures: [{ picture, caption: "grey" }], tile: 100 });
 * assert.equal(width, 100);
 * ```
 */
export async function drawPictureGrid(
  grid: PictureGrid,
  options: { readonly scale?: number } = {},
): Promise<DrawnGrid> {
  const { scale = 1.25 } = options;
  const { pictures, tile = 180, tileWidth = tile } = grid;
  if (pictures.length === 0) {
    throw new RangeError("Cannot draw a grid: at least one picture is needed, got none");
  }
  const font = await openChartFont();
  const columns = Math.max(1, Math.min(grid.columns ?? 4, pictures.length));
  const rows = Math.ceil(pictures.length / columns);
  const lines = Math.max(...pictures.map(({ caption }) => linesOf(caption).length));
  const rowHeight = tile + (lines > 0 ? lines * line + 4 : 0);
  const place = (index: number): { x: number; y: number } => ({
    x: (index % columns) * (tileWidth + gap),
    y: Math.floor(index / columns) * (rowHeight + gap),
  });
  const gridWidth = columns * tileWidth + (columns - 1) * gap;
  const legend = grid.legend && legendParts(grid.legend, font);
  const width = Math.max(gridWidth, legend?.width ?? 0);
  const barTop = rows * rowHeight + (rows - 1) * gap + 8;
  const height = barTop - 8 + (grid.legend ? 50 : 0);
  const tiles = await Promise.all(pictures.map(async ({ picture }, index) => {
    const input = await fitPicture(picture, {
      width: Math.round(tileWidth * scale),
      height: Math.round(tile * scale),
    });
    const { x, y } = place(index);
    return { input, left: Math.round(x * scale), top: Math.round(y * scale) };
  }));
  const texts = pictures.flatMap(({ caption }, index) => {
    const { x, y } = place(index);
    return linesOf(caption).map((text, i) => {
      const cut = cutText(text, { font, width: tileWidth });
      return textElement(cut, { x, y: y + tile + line * (i + 1), family: font.family });
    });
  });
  if (legend) texts.push(`<g transform="translate(0 ${barTop})">${legend.elements}</g>`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `color="#1f2430">${texts.join("")}</svg>`;
  const { pixels, ...size } = font.draw(svg, scale);
  const file = sharp(pixels, { raw: { ...size, channels: 4 } }).removeAlpha().composite(tiles)
    .jpeg({ quality: 62, mozjpeg: true });
  return { jpeg: new Uint8Array(await file.toBuffer()), width, height };
}

/** Scales a picture to fit a box, on white where it does not fill it. */
function fitPicture(
  picture: Picture,
  box: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  const { width, height, data } = picture;
  const kernel = Math.max(width, height) < box.height / 4 ? "nearest" : "linear";
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(box.width, box.height, { fit: "contain", background: "#ffffff", kernel })
    .png().toBuffer();
}

/** Encodes one picture by itself, `scale` pixels for each that it is shown at. */
export async function encodePicture(
  picture: Picture,
  box: { readonly width: number; readonly height: number },
): Promise<DrawnGrid> {
  const scale = 1.25;
  const size = { width: Math.round(scale * box.width), height: Math.round(scale * box.height) };
  const jpeg = await sharp(await fitPicture(picture, size)).removeAlpha()
    .jpeg({ quality: 70, mozjpeg: true }).toBuffer();
  return { jpeg: new Uint8Array(jpeg), ...box };
}

function linesOf(caption: string | undefined): string[] {
  return caption === undefined || caption === "" ? [] : caption.split("\n").slice(0, 2);
}

/** Cuts what is wider than the picture and marks the cut with an ellipsis. */
function cutText(text: string, room: { font: ChartFont; width: number }): string {
  const fits = (part: string): boolean => room.font.width(part, { size: fontSize }) <= room.width;
  if (fits(text)) return text;
  const characters = [...text];
  const cutAfter = (length: number): string => `${characters.slice(0, length).join("")}…`;
  let shown = 0, tooMany = characters.length;
  while (tooMany - shown > 1) {
    const middle = (shown + tooMany) >> 1;
    if (fits(cutAfter(middle))) shown = middle;
    else tooMany = middle;
  }
  return cutAfter(shown);
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly family: string;
  readonly anchor?: "start" | "middle" | "end";
}

function textElement(text: string, { x, y, family, anchor = "start" }: TextPlace): string {
  return `<text x="${x}" y="${y}" font-family="${family}" font-size="${fontSize}" ` +
    `fill="currentColor" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
}

/** Draws a colour bar by itself, in the colour of the text around it. */
export async function drawLegend(legend: MapLegend): Promise<string> {
  const { elements, width } = legendParts(legend, await openChartFont());
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="46" role="img" ` +
    `aria-label="${escapeHtml(legend.label)}">${elements}</svg>`;
}

/** The elements of a colour bar below its label, from 0 on, and how wide they come out. */
function legendParts(
  legend: MapLegend,
  { family, width }: ChartFont,
): { readonly elements: string; readonly width: number } {
  const { low, high, label } = legend;
  const stops = legend.stops ?? COLORMAP_STOPS.map((color, i) => ({
    at: low + (high - low) * i / (COLORMAP_STOPS.length - 1),
    color,
    opacity: 1,
  }));
  const share = (value: number): number => high > low ? (value - low) / (high - low) : 0;
  const colors = stops.map(({ at, color, opacity }) =>
    `<stop offset="${share(at)}" stop-color="${color}" stop-opacity="${opacity}"/>`
  );
  const box = `x="0" y="18" width="${bar}" height="10"`;
  // Values stand below their colours where they do not touch those before.
  const inner: number[] = [];
  for (const { at } of legend.stops ?? []) {
    const before = inner.at(-1) ?? low;
    if (bar * (share(at) - share(before)) >= 30 && bar * (1 - share(at)) >= 30) inner.push(at);
  }
  return {
    width: Math.max(bar + 40, Math.ceil(width(label, { size: fontSize }))),
    elements: `<defs><linearGradient id="bar">${colors.join("")}</linearGradient></defs>` +
      (legend.stops ? `<rect ${box} fill="#ffffff" stroke="#8a909c" stroke-width="0.5"/>` : "") +
      `<rect ${box} fill="url(#bar)"/>` +
      textElement(label, { x: 0, y: 12, family }) +
      textElement(formatEnd(low), { x: 0, y: 41, family }) +
      inner.map((at) =>
        textElement(formatEnd(at), { x: share(at) * bar, y: 41, family, anchor: "middle" })
      ).join("") +
      textElement(formatEnd(high), { x: bar, y: 41, family, anchor: "end" }),
  };
}

function formatEnd(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/**
 * Makes a small JPEG of a picture, as a data URL that tooltips of charts show.
 *
 * @param picture The picture.
 * @param options Pixels of the longer side at most; 72 if left out. A smaller picture stays as it is.
 * @returns The URL, of about 2 kB at 72 pixels.
 *
 * @example A red picture
 * ```ts
 * import assert from "node:assert/strict";
 * import { toPicture } from "@/images/mod.ts";
 * import { drawThumbnail } from "@/report/mod.ts";
 *
 * const red = toPicture(Uint8Array.of(255, 0, 0, 255, 0, 0), 2);
 * assert.match(await drawThumbnail(red), /^data:image\/jpeg;base64,/);
 * ```
 */
export async function drawThumbnail(
  picture: Picture,
  options: { readonly side?: number } = {},
): Promise<string> {
  const { side = 72 } = options;
  const { width, height, data } = picture;
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 60 }).toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}
