import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { themedChart } from "@/charts/theme.ts";
import { renderChart } from "@/report/render_chart.ts";

const chart = themedChart("Two points", {
  data: { values: [{ x: 1, y: 2 }, { x: 3, y: 4 }] },
  mark: "point",
  encoding: {
    x: { field: "x", type: "quantitative" },
    y: { field: "y", type: "quantitative" },
  },
});

/** Grey values of an SVG that shows one text in the chart's font. */
async function drawText(text: string): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">` +
    `<rect width="120" height="40" fill="#fff"/>` +
    `<text x="5" y="25" font-family="Inter" font-size="20">${text}</text></svg>`;
  return new Uint8Array(await sharp(Buffer.from(svg)).greyscale().raw().toBuffer());
}

Deno.test("renderChart() makes a PNG of scale times the size it states", async () => {
  for (const scale of [1, 2]) {
    const { png, width, height } = await renderChart(chart, { scale });
    const info = await sharp(png).metadata();
    assert.equal(info.format, "png");
    assert.ok(Math.abs(info.width - scale * width) <= scale);
    assert.ok(Math.abs(info.height - scale * height) <= scale);
  }
});

Deno.test("renderChart() draws letters, not the empty boxes of a machine without fonts", async () => {
  await renderChart(chart);
  const [narrow, wide, digits] = await Promise.all([
    drawText("iiii"),
    drawText("WWWW"),
    drawText("0123"),
  ]);
  const ink = (pixels: Uint8Array): number => pixels.filter((value) => value < 128).length;
  assert.ok(ink(narrow) > 20);
  assert.ok(ink(wide) > 2 * ink(narrow), `${ink(wide)} against ${ink(narrow)}`);
  assert.notDeepEqual(digits, wide);
});

Deno.test("renderChart() gives the same picture twice", async () => {
  const [once, again] = [await renderChart(chart), await renderChart(chart)];
  assert.equal(once.svg, again.svg);
  assert.deepEqual(once.png, again.png);
});

Deno.test("renderChart() names the chart that Vega-Lite refuses", async () => {
  await assert.rejects(renderChart(themedChart("Nonsense", { mark: 7, encoding: 7 })), {
    message: /^Cannot render chart "Nonsense": /,
  });
});

Deno.test("renderChart() refuses a scale out of range", async () => {
  await assert.rejects(renderChart(chart, { scale: 0 }), {
    name: "RangeError",
    message: "Cannot render a chart: scale must be from 0.5 to 8, got 0",
  });
});
