import assert from "node:assert/strict";
import { join } from "node:path";
import { openChartFont, readFontMetrics } from "@/report/font.ts";
import { assertClose } from "../helpers/mod.ts";

Deno.test("openChartFont() opens the font once and points the picture library at it", async () => {
  const font = await openChartFont();
  assert.equal(await openChartFont(), font);
  assert.equal(font.family, "Inter");
  const configuration = Deno.env.get("FONTCONFIG_FILE");
  assert.ok(configuration !== undefined);
  assert.match(await Deno.readTextFile(configuration), /<fontconfig>/);
});

Deno.test("openChartFont() measures text that grows with its length and size", async () => {
  const { regular, bold } = await openChartFont();
  assert.ok(regular.width("mm", 12) > regular.width("m", 12));
  assert.ok(Math.abs(regular.width("score", 24) - 2 * regular.width("score", 12)) < 1e-9);
  assert.ok(bold.width("score", 12) > regular.width("score", 12));
});

const file = join(
  import.meta.dirname!,
  "../../node_modules/@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
);

Deno.test("readFontMetrics() gives the advances that fontTools reads from the same file", async () => {
  // fontTools 4: f = TTFont(file); f["hmtx"][f.getBestCmap()[ord(c)]][0] of 2048 units per em:
  // a 1150, W 2018, i 496, % 2011, Δ 1395, space 576.
  const font = readFontMetrics(await Deno.readFile(file));
  const advances = { a: 1150, W: 2018, i: 496, "%": 2011, Δ: 1395, " ": 576 };
  for (const [character, units] of Object.entries(advances)) {
    assertClose(font.width(character, 2048), units, 1e-9, character);
  }
});

Deno.test("readFontMetrics() adds up characters and grows with the size", async () => {
  const font = readFontMetrics(await Deno.readFile(file));
  const parts = font.width("a", 10) + font.width("W", 10);
  assertClose(font.width("aW", 10), parts, 1e-12);
  assertClose(font.width("aW", 20), 2 * parts, 1e-12);
});

Deno.test("readFontMetrics() guesses characters that the font lacks", async () => {
  const font = readFontMetrics(await Deno.readFile(file));
  assertClose(font.width("\u{1F600}", 10), 6, 1e-12);
});

Deno.test("readFontMetrics() refuses what is no font", () => {
  assert.throws(() => readFontMetrics(new Uint8Array(64)), {
    name: "SyntaxError",
    message: 'Cannot read a font: a "head" table is needed, got none',
  });
});
