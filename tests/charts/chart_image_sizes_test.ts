import assert from "node:assert/strict";
import { imageSizeChart } from "@/charts/image_sizes.ts";
import { recordsOf, textsOf, warningsOf } from "../helpers/charts.ts";

const geometry = { resize: 256, imagesize: 256 };
const oblong = { width: 640, height: 480, images: 1200 };

Deno.test("imageSizeChart() says how many images have a size and what is seen of them", async () => {
  const classes = [
    { name: "cup", sizes: [oblong] },
    { name: "nut", sizes: [{ width: 300, height: 300, images: 40 }] },
  ];
  const texts = await textsOf(imageSizeChart(classes, geometry));
  for (
    const text of [
      "1,240 images, 2 sizes",
      "Seen: the middle 256×256 pixels, short side scaled to 256",
      "640×480, cup",
      "300×300, nut",
      "1,200",
      "75 %",
      "100 %",
    ]
  ) assert.ok(texts.includes(text), text);
});

Deno.test("imageSizeChart() draws what is seen of the only size, unless that is all", async () => {
  const cut = { resize: 320, imagesize: 240 };
  const chart = imageSizeChart([{ name: "nut", sizes: [oblong] }], cut);
  // Scaled by 2/3: the middle 240×240 of 427×320 pixels are 360×360 of 640×480.
  const seen = recordsOf(chart).find((each) => "right" in each) ??
    (chart["hconcat"] as readonly { layer: readonly unknown[] }[])[0]!.layer
      .flatMap(recordsOf).find((each) => "right" in each);
  assert.ok(seen !== undefined);
  assert.ok(Math.abs(seen["right"] as number - (seen["width"] as number) - 360) < 1);
  assert.deepEqual([seen["height"], seen["bottom"]], [60, 420]);
  assert.ok((await textsOf(chart)).some((text) => text.startsWith("Seen (dashed)")));
  const whole = imageSizeChart([{ name: "nut", sizes: [oblong] }], { ...geometry, fit: "square" });
  assert.ok(!JSON.stringify(whole).includes("dashed"));
  const texts = await textsOf(whole);
  const square = "Seen: the middle 256×256 pixels, both sides scaled to 256, proportions are lost";
  assert.ok(texts.includes(square) && texts.includes("100 %"));
});

Deno.test("imageSizeChart() joins the rarest of many sizes, and then draws dots alone", async () => {
  const sizes = (count: number) => [{
    name: "nut",
    sizes: Array.from({ length: count }, (_, i) => ({ width: 90 + i, height: 90, images: 50 - i })),
  }];
  const few = imageSizeChart(sizes(8), geometry);
  assert.ok(!(await textsOf(few)).includes("other sizes"));
  assert.ok(JSON.stringify(few).includes('"rect"'));
  const many = imageSizeChart(sizes(9), geometry);
  assert.ok((await textsOf(many)).includes("other sizes"));
  assert.ok(!JSON.stringify(many).includes('"rect"'));
});

Deno.test("imageSizeChart() is read without a warning", () => {
  const classes = [{ name: "nut", sizes: [oblong] }];
  assert.deepEqual(warningsOf(imageSizeChart(classes, geometry)), []);
  const two = [...classes, { name: "cup", sizes: [{ width: 9, height: 9, images: 1 }] }];
  assert.deepEqual(warningsOf(imageSizeChart(two, geometry)), []);
});

Deno.test("imageSizeChart() refuses a dataset without images", () => {
  assert.throws(() => imageSizeChart([{ name: "nut", sizes: [] }], geometry), {
    name: "RangeError",
    message: "Cannot chart image sizes: at least one image is needed, got none",
  });
});
