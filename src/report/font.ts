/**
 * Text in pictures: one font out of a package, the same on every machine, drawn and measured by the
 * same library.
 *
 * resvg takes the font from files (Inter, SIL Open Font License), not from the environment or the
 * settings of the machine. What it measures, kerning included, is what it draws.
 *
 * A text with a character that Inter lacks, such as 漢, is drawn in a font of the machine. A
 * character that no font has becomes a box that says NO GLYPH; one that a font has and resvg cannot
 * draw, such as a coloured emoji, becomes □.
 *
 * @module
 */
import { join } from "node:path";
import { type BBox, Resvg, type ResvgRenderOptions } from "@resvg/resvg-js";
import { repositoryRoot } from "@/files/environment.ts";
import { escapeHtml } from "@/tables.ts";

/** The chart font: its name, how wide text comes out in it, and drawing with it. */
export interface ChartFont {
  /** Family name for `font-family`. */
  readonly family: string;
  /** Width of a text in pixels; a character that the font lacks counts as a square. */
  width(text: string, style: TextStyle): number;
  /** Draws an SVG on white, `scale` pixels for each of its own. */
  draw(svg: string, scale: number): Drawing;
}

/** How a text is set. */
export interface TextStyle {
  /** Font size in pixels. */
  readonly size: number;
  /** Whether in the heavier weight (600), as titles are; false if left out. */
  readonly isBold?: boolean;
}

/** A drawn picture. */
export interface Drawing {
  /** Red, green, blue and opacity (255) of every pixel, row by row. */
  readonly pixels: Uint8Array;
  /** Pixels in a row. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
}

const family = "Inter";
const fontFolder = join(repositoryRoot, "node_modules/@expo-google-fonts/inter");
const fontFiles = ["400Regular/Inter_400Regular.ttf", "600SemiBold/Inter_600SemiBold.ttf"]
  .map((file) => join(fontFolder, file));

let opened: Promise<ChartFont> | undefined;

/** Makes sure that the font is there: where its files are missing, resvg leaves out all text. */
export function openChartFont(): Promise<ChartFont> {
  opened ??= open();
  return opened;
}

async function open(): Promise<ChartFont> {
  await Promise.all(fontFiles.map((file) => Deno.stat(file))).catch((cause: unknown) => {
    throw new Error(
      `Cannot open the chart font: package "@expo-google-fonts/inter" must be installed, ` +
        `run "deno install"`,
      { cause },
    );
  });
  return { family, width: measureText, draw: drawSvg };
}

function drawSvg(svg: string, scale: number): Drawing {
  const parts = splitText(svg);
  const lacking = new Set(parts.flatMap(({ text, isLacking }) => isLacking ? [text] : []));
  const invisible = findInvisible([...lacking]);
  const shown = parts.map(({ text }) => invisible.has(text) ? "□" : text).join("");
  const { pixels, width, height } = new Resvg(shown, {
    font: useFonts({ ofMachine: lacking.size > 0 }),
    fitTo: { mode: "zoom", value: scale },
    background: "#ffffff",
  }).render();
  return { pixels, width, height };
}

/** Each drawing opens all fonts of the machine anew, hence only where one of them is needed. */
function useFonts(options: { readonly ofMachine: boolean }): ResvgRenderOptions["font"] & object {
  return { fontFiles, loadSystemFonts: options.ofMachine, defaultFontFamily: family };
}

function measureText(text: string, { size, isBold = false }: TextStyle): number {
  let known = "", squares = 0;
  for (const part of splitText(text)) {
    if (part.isLacking) squares++;
    else known += part.text;
  }
  return size * (advanceOf(known, isBold) + squares);
}

const advances = new Map<string, number>();

/** Width of a text at a font size of 1, with spaces at its ends; between bars, they count too. */
function advanceOf(text: string, isBold: boolean): number {
  const key = `${isBold} ${text}`;
  let advance = advances.get(key);
  if (advance === undefined) {
    const widthOf = (inked: string): number => boxOf(inked, isBold)?.width ?? 0;
    advance = (widthOf(`|${text}|`) - widthOf("||")) / UNITS_PER_EM;
    advances.set(key, advance);
  }
  return advance;
}

/** Units in which Inter states lengths; at this font size they are pixels. */
const UNITS_PER_EM = 2048;

/** Where the ink of a text lies in the chart font; undefined if there is none. */
function boxOf(text: string, isBold = false): BBox | undefined {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">` +
    `<text font-family="${family}" font-size="${UNITS_PER_EM}" xml:space="preserve" ` +
    `font-weight="${isBold ? 600 : 400}">${escapeHtml(text)}</text></svg>`;
  return new Resvg(svg, { font: useFonts({ ofMachine: false }) }).getBBox();
}

/** Text that the chart font has, or a single character, as readers count them, that it lacks. */
interface TextPart {
  readonly text: string;
  readonly isLacking: boolean;
}

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

function splitText(text: string): TextPart[] {
  return text.split(/([^\0-\x7f]+)/).flatMap((run, i) =>
    i % 2 === 0
      ? [{ text: run, isLacking: false }]
      : Array.from(characters.segment(run), ({ segment }) => ({
        text: segment,
        isLacking: [...segment].some(lacks),
      }))
  );
}

const lackedPoints = new Map<string, boolean>();

/** Whether the chart font draws a code point as the box that stands for what is missing. */
function lacks(point: string): boolean {
  let isLacked = lackedPoints.get(point);
  if (isLacked === undefined) {
    const [box, missing] = [boxOf(point), boxOf(PRIVATE_POINT)];
    isLacked = box !== undefined && box.x === missing?.x && box.y === missing.y &&
      box.width === missing.width && box.height === missing.height;
    lackedPoints.set(point, isLacked);
  }
  return isLacked;
}

/** The last code point for private use; fonts leave it out. */
const PRIVATE_POINT = "\u{10FFFD}";

const inkless = new Map<string, boolean>();

/** Finds characters that leave no ink although fonts of the machine help out: draws one a row. */
function findInvisible(lacking: readonly string[]): ReadonlySet<string> {
  const fresh = lacking.filter((character) => !inkless.has(character));
  if (fresh.length > 0) {
    const row = 24;
    const texts = fresh.map((character, i) =>
      `<text x="${row}" y="${row * (i + 0.7)}" font-size="${row / 2}">${character}</text>`
    );
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" font-family="${family}" ` +
      `width="${4 * row}" height="${row * fresh.length}">${texts.join("")}</svg>`;
    const { pixels } = new Resvg(svg, { font: useFonts({ ofMachine: true }) }).render();
    const each = pixels.length / fresh.length;
    fresh.forEach((character, i) => {
      inkless.set(character, pixels.subarray(i * each, (i + 1) * each).every((v) => v === 0));
    });
  }
  return new Set(lacking.filter((character) => inkless.get(character)));
}
