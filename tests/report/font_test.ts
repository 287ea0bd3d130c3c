import assert from "node:assert/strict";
import { openChartFont } from "@/report/font.ts";
import { assertClose } from "../helpers/mod.ts";

const environment = Deno.env.toObject();
const font = await openChartFont();

/** Draws one line of text, 40 pixels high, at x = 20. */
function drawText(text: string, { isBold = false } = {}): { inked: boolean[]; amount: number } {
  const { pixels, width } = font.draw(
    `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="80"><text x="20" y="55" ` +
      `font-family="Inter" font-size="40" font-weight="${isBold ? 600 : 400}">${text}</text></svg>`,
    1,
  );
  const inked = new Array<boolean>(width).fill(false);
  let amount = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i]! > 127) continue;
    inked[(i / 4) % width] = true;
    amount++;
  }
  return { inked, amount };
}

Deno.test("openChartFont() opens the font once and leaves the environment as it is", async () => {
  const again = await openChartFont();
  again.draw('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 1);
  assert.equal(again, font);
  assert.equal(font.family, "Inter");
  assert.deepEqual(Deno.env.toObject(), environment);
});

Deno.test("ChartFont.width() gives the advances that fontTools reads from the same file", () => {
  // fontTools 4: f = TTFont(file); f["hmtx"][f.getBestCmap()[ord(c)]][0] of 2048 units per em.
  const advances = { a: 1150, W: 2018, i: 496, "%": 2011, Δ: 1395, " ": 576 };
  for (const [character, units] of Object.entries(advances)) {
    assertClose(font.width(character, { size: 2048 }), units, 1e-9, character);
  }
});

Deno.test("ChartFont.width() kerns as HarfBuzz does, in both weights", () => {
  // HarfBuzz 15.0.0 (harfbuzzjs 1.6.4), sum of xAdvance; without kerning AVATAR has 8292.
  const texts = [
    { text: "AVATAR", regular: 7664, bold: 7982 },
    { text: "To We Ty.", regular: 9495, bold: 9667 },
    { text: "1,800 of 12,000", regular: 14862, bold: 15344 },
  ];
  for (const { text, regular, bold } of texts) {
    assertClose(font.width(text, { size: 2048 }), regular, 1e-9, text);
    assertClose(font.width(text, { size: 2048, isBold: true }), bold, 1e-9, text);
  }
});

Deno.test("ChartFont.width() is proportional to the size and takes markup for text", () => {
  assertClose(font.width("score", { size: 24 }), 2 * font.width("score", { size: 12 }), 1e-9);
  const parts = [..."<&>"].map((character) => font.width(character, { size: 100 }));
  assertClose(font.width("<&>", { size: 100 }), parts.reduce((sum, each) => sum + each), 1e-9);
  assert.equal(font.width("", { size: 12 }), 0);
});

Deno.test("ChartFont.width() counts a character that the font lacks as a square", () => {
  assertClose(font.width("漢字", { size: 10 }), 20, 1e-9);
  assertClose(font.width("\u{1F468}\u200d\u{1F4BB}", { size: 10 }), 10, 1e-9);
  assertClose(font.width("a漢", { size: 10 }), font.width("a", { size: 10 }) + 10, 1e-9);
});

Deno.test("ChartFont.draw() draws text as wide as ChartFont.width() says", () => {
  const extent = (text: string, isBold: boolean): number => {
    const { inked } = drawText(text, { isBold });
    return inked.lastIndexOf(true) - inked.indexOf(true);
  };
  for (const isBold of [false, true]) {
    for (const text of ["iiii", "WWWW", "AVATAR", "0.95 ≥ Δ", "To We Ty."]) {
      const drawn = extent(`|${text}|`, isBold) - extent("||", isBold);
      assertClose(drawn, font.width(text, { size: 40, isBold }), 1, text);
    }
  }
});

Deno.test("ChartFont.draw() draws letters, heavier ones where asked", () => {
  assert.ok(drawText("iiii").amount > 50);
  assert.ok(drawText("WWWW").amount > 2 * drawText("iiii").amount);
  assert.ok(drawText("score", { isBold: true }).amount > 1.1 * drawText("score").amount);
});

Deno.test("ChartFont.draw() shows characters that the font lacks, whatever fonts there are", () => {
  // The last one is empty in the fonts that have it, as a coloured emoji is to resvg.
  for (const character of ["漢", "ع", "ก", "\u{1F600}", "\u{1F468}\u200d\u{1F4BB}", "\u2800"]) {
    assert.ok(drawText(character).amount > 20, character);
  }
});

Deno.test("ChartFont.draw() draws on white, scale pixels for one", () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="4">' +
    '<rect width="5" height="4" fill="#f00"/></svg>';
  const { pixels, width, height } = font.draw(svg, 1.5);
  assert.deepEqual([width, height, pixels.length], [15, 6, 15 * 6 * 4]);
  assert.deepEqual([...pixels.subarray(0, 4)], [255, 0, 0, 255]);
  assert.deepEqual([...pixels.subarray(-4)], [255, 255, 255, 255]);
});
