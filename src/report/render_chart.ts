/**
 * Draws charts without a browser: Vega-Lite → Vega → SVG → PNG, about 30 ms a chart.
 *
 * @module
 */
import sharp from "sharp";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { ChartSpec } from "@/charts/theme.ts";
import { type ChartFont, openChartFont } from "@/report/font.ts";

/** How a chart is drawn. */
export interface RenderOptions {
  /** Pixels of the PNG per pixel of the chart; 2 if left out, which is sharp on dense screens. */
  readonly scale?: number;
}

/** A drawn chart. */
export interface RenderedChart {
  /** As vector graphics; text stays text. */
  readonly svg: string;
  /** As a PNG file of `width × scale` by `height × scale` pixels. */
  readonly png: Uint8Array;
  /** Width at which it should be shown, in pixels. */
  readonly width: number;
  /** Height at which it should be shown, in pixels. */
  readonly height: number;
}

/**
 * Draws a chart as SVG and PNG.
 *
 * @param chart A Vega-Lite object with its data inside.
 * @param options The scale of the PNG.
 * @returns Both pictures and the size to show them at.
 * @throws {RangeError} If the scale is not between 0.5 and 8.
 * @throws {Error} If Vega-Lite refuses the chart; the message names the chart's description.
 *
 * @example A memory bank of one group
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryBankChart } from "@/charts/mod.ts";
 * import { renderChart } from "@/report/mod.ts";
 *
 * const chart = memoryBankChart([{ name: "nut", available: 5000, kept: 500, radius: 2.5 }]);
 * const { svg, png } = await renderChart(chart);
 * assert.ok(svg.startsWith("<svg"));
 * assert.equal(png[1], "P".charCodeAt(0));
 * ```
 */
export async function renderChart(
  chart: ChartSpec,
  options: RenderOptions = {},
): Promise<RenderedChart> {
  const { scale = 2 } = options;
  if (!(scale >= 0.5 && scale <= 8)) {
    throw new RangeError(`Cannot render a chart: scale must be from 0.5 to 8, got ${scale}`);
  }
  const font = await openChartFont();
  measureTextWith(font);
  const svg = await layOut(chart);
  const { pixels, width, height } = font.draw(svg, scale);
  const png = await sharp(pixels, { raw: { width, height, channels: 4 } }).removeAlpha()
    .png({ palette: true, quality: 95, dither: 0 }).toBuffer();
  return {
    svg,
    png: new Uint8Array(png),
    width: Math.round(width / scale),
    height: Math.round(height / scale),
  };
}

async function layOut(chart: ChartSpec): Promise<string> {
  const logger = vega.logger(vega.Error);
  try {
    const { spec } = compile(chart as unknown as TopLevelSpec, { logger });
    const view = new vega.View(vega.parse(spec), { renderer: "none", logger });
    const svg = await view.toSVG();
    view.finalize();
    return svg;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot render chart "${chart.description}": ${reason}`, { cause });
  }
}

/** A text mark of Vega, as far as its width depends on it. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
  readonly limit?: number;
}

/** Without a canvas Vega guesses text widths, half as wide again as they are; the font knows. */
function measureTextWith(font: ChartFont): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = (item, text) => {
    const { fontSize: size = 11, fontWeight, limit = 0 } = item;
    const isBold = fontWeight === "bold" || Number(fontWeight) >= 600;
    const width = font.width(String(text ?? "").trim(), { size, isBold });
    return limit > 0 ? Math.min(width, limit) : width;
  };
}
