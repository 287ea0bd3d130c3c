/**
 * The font that charts and captions are drawn with, the same on every machine, and how wide text
 * comes out in it.
 *
 * The picture library draws text through fontconfig, which finds nothing on a machine without fonts
 * and then draws empty boxes. So the font comes from a package (Inter, SIL Open Font License), and
 * fontconfig is told where it lies before the first text is drawn. Fonts of the machine stay
 * available for characters that Inter lacks.
 *
 * Widths let charts be laid out without a browser. They come from four tables of the TrueType
 * file (OpenType specification 1.9): `head` for the units per em, `hhea` and `hmtx` for the
 * advance of every glyph, `cmap` format 4 for the glyph of a character. Kerning and characters
 * beyond U+FFFF are left out.
 *
 * @module
 */
import { join } from "node:path";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import { replaceFile } from "@/files/write.ts";
import { escapeHtml } from "@/tables.ts";

/** The chart font: its name and how wide text comes out in both weights. */
export interface ChartFont {
  /** Family name for `font-family`. */
  readonly family: string;
  /** Metrics of the regular weight (400). */
  readonly regular: FontMetrics;
  /** Metrics of the heavier weight (600), for titles. */
  readonly bold: FontMetrics;
}

/** How wide text comes out in one font. */
export interface FontMetrics {
  /** Width of a text in pixels at a font size in pixels. */
  width(text: string, size: number): number;
}

const fontFolder = join(repositoryRoot, "node_modules/@expo-google-fonts/inter");
const files = {
  regular: "400Regular/Inter_400Regular.ttf",
  bold: "600SemiBold/Inter_600SemiBold.ttf",
} as const;

let opened: Promise<ChartFont> | undefined;

/**
 * Makes the chart font available to the picture library of this process; must be awaited before the
 * first text is drawn.
 *
 * Writes `fonts/fonts.conf` into the data folder and points the environment variable
 * `FONTCONFIG_FILE` at it, unless that variable is set already.
 */
export function openChartFont(): Promise<ChartFont> {
  opened ??= open();
  return opened;
}

async function open(): Promise<ChartFont> {
  const [regular, bold] = await Promise.all([readFont(files.regular), readFont(files.bold)]);
  if (Deno.env.get("FONTCONFIG_FILE") === undefined) {
    Deno.env.set("FONTCONFIG_FILE", await writeFontConfiguration());
  }
  return { family: "Inter", regular, bold };
}

async function readFont(file: string): Promise<FontMetrics> {
  const bytes = await Deno.readFile(join(fontFolder, file)).catch((cause: unknown) => {
    throw new Error(
      `Cannot open the chart font: package "@expo-google-fonts/inter" must be installed, ` +
        `run "deno install"`,
      { cause },
    );
  });
  return readFontMetrics(bytes);
}

async function writeFontConfiguration(): Promise<string> {
  const folder = dataFolder("fonts");
  const file = join(folder, "fonts.conf");
  const fontDirs = Object.values(files).map((each) => join(fontFolder, each, ".."));
  const text = [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    "<fontconfig>",
    ...fontDirs.map((dir) => `  <dir>${escapeHtml(dir)}</dir>`),
    `  <cachedir>${escapeHtml(join(folder, "cache"))}</cachedir>`,
    '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
    "</fontconfig>",
    "",
  ].join("\n");
  await replaceFile(file, text);
  return file;
}

/** Share of the font size taken for a character that the font does not have. */
const MISSING_WIDTH = 0.6;

/** Reads the widths out of a TrueType font. */
export function readFontMetrics(bytes: Uint8Array): FontMetrics {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = readTables(view);
  const unitsPerEm = view.getUint16(tables.head + 18);
  const advances = view.getUint16(tables.hhea + 34);
  const glyphOf = readCharacterMap(view, tables.cmap);
  const widths = new Map<string, number>();
  const share = (character: string): number => {
    const known = widths.get(character);
    if (known !== undefined) return known;
    const glyph = glyphOf(character.codePointAt(0) ?? 0);
    const advance = view.getUint16(tables.hmtx + 4 * Math.min(glyph, advances - 1));
    const width = glyph === 0 ? MISSING_WIDTH : advance / unitsPerEm;
    widths.set(character, width);
    return width;
  };
  return {
    width: (text, size) => {
      let sum = 0;
      for (const character of text) sum += share(character);
      return sum * size;
    },
  };
}

function readTables(view: DataView): { head: number; hhea: number; hmtx: number; cmap: number } {
  const offsets = new Map<string, number>();
  const count = view.byteLength >= 12 ? view.getUint16(4) : 0;
  for (let entry = 12; entry < 12 + 16 * count && entry + 16 <= view.byteLength; entry += 16) {
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(entry + i)));
    offsets.set(tag, view.getUint32(entry + 8));
  }
  const find = (tag: string): number => {
    const offset = offsets.get(tag);
    if (offset === undefined || offset >= view.byteLength) {
      throw new SyntaxError(`Cannot read a font: a "${tag}" table is needed, got none`);
    }
    return offset;
  };
  return { head: find("head"), hhea: find("hhea"), hmtx: find("hmtx"), cmap: find("cmap") };
}

/** Finds the format 4 subtable: segments of characters, each with a shift or a list of glyphs. */
function readCharacterMap(view: DataView, cmap: number): (code: number) => number {
  const count = view.getUint16(cmap + 2);
  for (let i = 0; i < count; i++) {
    const table = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(table) === 4) return (code) => findGlyph(view, { table, code });
  }
  throw new SyntaxError('Cannot read a font: a "cmap" of format 4 is needed, got none');
}

function findGlyph(view: DataView, request: { table: number; code: number }): number {
  const { table, code } = request;
  const doubled = view.getUint16(table + 6);
  const ends = table + 14, starts = ends + doubled + 2;
  const shifts = starts + doubled, ranges = shifts + doubled;
  for (let i = 0; i < doubled; i += 2) {
    if (code > view.getUint16(ends + i)) continue;
    const start = view.getUint16(starts + i);
    if (code < start) return 0;
    const shift = view.getUint16(shifts + i), range = view.getUint16(ranges + i);
    if (range === 0) return (code + shift) & 0xffff;
    const glyph = view.getUint16(ranges + i + range + 2 * (code - start));
    return glyph === 0 ? 0 : (glyph + shift) & 0xffff;
  }
  return 0;
}
