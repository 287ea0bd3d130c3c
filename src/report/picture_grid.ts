/**
 * Grids of pictures with captions and a colour bar, as one picture file.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import sharp from "sharp";
import { COLORMAP_STOPS, type MapRange, type Picture } from "@/images/picture.ts";
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
  /** Side of the square that each picture is fitted into, in pixels; 180 if left out. */
  readonly tile?: number;
  /** Values at both ends of the colour bar and what they are; no bar if left out. */
  readonly legend?: MapRange & { readonly label: string };
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
  const { pictures, tile = 180 } = grid;
  if (pictures.length === 0) {
    throw new RangeError("Cannot draw a grid: at least one picture is needed, got none");
  }
  const font = await openChartFont();
  const columns = Math.max(1, Math.min(grid.columns ?? 4, pictures.length));
  const rows = Math.ceil(pictures.length / columns);
  const lines = Math.max(...pictures.map(({ caption }) => linesOf(caption).length));
  const rowHeight = tile + (lines > 0 ? lines * line + 4 : 0);
  const place = (index: number): { x: number; y: number } => ({
    x: (index % columns) * (tile + gap),
    y: Math.floor(index / columns) * (rowHeight + gap),
  });
  const gridWidth = columns * tile + (columns - 1) * gap;
  const width = Math.max(gridWidth, grid.legend ? bar + 40 : 0);
  const barTop = rows * rowHeight + (rows - 1) * gap + 8;
  const height = barTop - 8 + (grid.legend ? 50 : 0);
  const tiles = await Promise.all(pictures.map(async ({ picture }, index) => {
    const input = await fitPicture(picture, Math.round(tile * scale));
    const { x, y } = place(index);
    return { input, left: Math.round(x * scale), top: Math.round(y * scale) };
  }));
  const texts = pictures.flatMap(({ caption }, index) => {
    const { x, y } = place(index);
    return linesOf(caption).map((text, i) => {
      const cut = cutText(text, { font, width: tile });
      return textElement(cut, { x, y: y + tile + line * (i + 1), family: font.family });
    });
  });
  if (grid.legend) texts.push(legendElements(grid.legend, { y: barTop, family: font.family }));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `${texts.join("")}</svg>`;
  const { pixels, ...size } = font.draw(svg, scale);
  const file = sharp(pixels, { raw: { ...size, channels: 4 } }).removeAlpha().composite(tiles)
    .jpeg({ quality: 62, mozjpeg: true });
  return { jpeg: new Uint8Array(await file.toBuffer()), width, height };
}

/** Scales a picture to fit a square, on white where it does not fill it. */
function fitPicture(picture: Picture, side: number): Promise<Buffer> {
  const { width, height, data } = picture;
  const kernel = Math.max(width, height) < side / 4 ? "nearest" : "linear";
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: "contain", background: "#ffffff", kernel })
    .png().toBuffer();
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
  readonly anchor?: "start" | "end";
}

function textElement(text: string, { x, y, family, anchor = "start" }: TextPlace): string {
  return `<text x="${x}" y="${y}" font-family="${family}" font-size="${fontSize}" ` +
    `fill="#1f2430" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
}

function legendElements(
  legend: MapRange & { readonly label: string },
  { y, family }: { readonly y: number; readonly family: string },
): string {
  const stops = COLORMAP_STOPS.map((color, i) =>
    `<stop offset="${i / (COLORMAP_STOPS.length - 1)}" stop-color="${color}"/>`
  );
  return `<defs><linearGradient id="bar">${stops.join("")}</linearGradient></defs>` +
    `<rect x="0" y="${y + 18}" width="${bar}" height="10" fill="url(#bar)"/>` +
    textElement(legend.label, { x: 0, y: y + 12, family }) +
    textElement(formatEnd(legend.low), { x: 0, y: y + 41, family }) +
    textElement(formatEnd(legend.high), { x: bar, y: y + 41, family, anchor: "end" });
}

function formatEnd(value: number): string {
  return String(Number(value.toPrecision(3)));
}
