import assert from "node:assert/strict";
import sharp from "sharp";
import { type ChartSpec, themedChart } from "@/charts/theme.ts";
import { renderChart } from "@/report/render_chart.ts";

const chart = themedChart("Two points", {
  data: { values: [{ x: 1, y: 2 }, { x: 3, y: 4 }] },
  mark: "point",
  encoding: {
    x: { field: "x", type: "quantitative" },
    y: { field: "y", type: "quantitative" },
  },
});

/** A chart of bars with these names. */
function chartOf(names: readonly string[]): ChartSpec {
  return themedChart("Names", {
    data: { values: names.map((name) => ({ name, value: 1 })) },
    mark: "bar",
    encoding: {
      y: { field: "name", type: "nominal" },
      x: { field: "value", type: "quantitative" },
    },
  });
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
  const inkOf = async (name: string): Promise<number> => {
    const { png } = await renderChart(chartOf([name]));
    return new Uint8Array(await sharp(png).greyscale().raw().toBuffer())
      .filter((value) => value < 80).length;
  };
  const [none, narrow, wide] = [await inkOf(" "), await inkOf("iiiiii"), await inkOf("WWWWWW")];
  assert.ok(narrow > none + 20, `${narrow} against ${none}`);
  assert.ok(wide - none > 2 * (narrow - none), `${wide}, ${narrow} against ${none}`);
});

Deno.test("renderChart() gives names the room they take, up to the limit where they are cut", async () => {
  // The theme cuts labels of axes at 180 pixels; 30 and 90 letters are wider than that.
  const widthOf = async (count: number): Promise<number> =>
    (await renderChart(chartOf(["W".repeat(count)]))).width;
  const [five, ten, thirty, ninety] = await Promise.all([5, 10, 30, 90].map(widthOf));
  const letter = 12 * 2018 / 2048;
  assert.ok(Math.abs(ten! - five! - 5 * letter) <= 2, `${five} and ${ten}`);
  assert.ok(thirty! > ten!);
  assert.equal(ninety, thirty);
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
