/**
 * The font that charts and captions are drawn with: the same on every machine.
 *
 * The picture library draws text through fontconfig, which finds nothing on a machine without
 * fonts and then draws empty boxes. So the font comes from a package (Inter, SIL Open Font
 * License), and fontconfig is told where it lies before the first text is drawn. Fonts of the
 * machine stay available for characters that Inter lacks.
 *
 * @module
 */
import { join } from "node:path";
import { dataFolder, repositoryRoot } from "@/files/environment.ts";
import { replaceFile } from "@/files/write.ts";
import { escapeHtml } from "@/html.ts";
import { type FontMetrics, readFontMetrics } from "@/report/font_metrics.ts";

/** The chart font: its name and how wide text comes out in both weights. */
export interface ChartFont {
  /** Family name for `font-family`. */
  readonly family: string;
  /** Metrics of the regular weight (400). */
  readonly regular: FontMetrics;
  /** Metrics of the heavier weight (600), for titles. */
  readonly bold: FontMetrics;
}

const fontFolder = join(repositoryRoot, "node_modules/@expo-google-fonts/inter");
const files = {
  regular: "400Regular/Inter_400Regular.ttf",
  bold: "600SemiBold/Inter_600SemiBold.ttf",
} as const;

let opened: Promise<ChartFont> | undefined;

/**
 * Makes the chart font available to the picture library of this process.
 *
 * Writes `fonts/fonts.conf` into the data folder and points the environment variable `FONTCONFIG_FILE` at it,
 * unless that variable is set already. Must be awaited before the first text is drawn; later calls
 * return the same font at once.
 *
 * @returns The font's name and metrics.
 * @throws {Error} If the font package is not installed.
 *
 * @example A text's width in pixels
 * ```ts
 * import assert from "node:assert/strict";
 * import { openChartFont } from "@/report/font.ts";
 *
 * const font = await openChartFont();
 * assert.ok(font.bold.width("threshold", 12) > font.regular.width("threshold", 12));
 * ```
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
