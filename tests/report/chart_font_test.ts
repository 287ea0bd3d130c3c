import assert from "node:assert/strict";
import { openChartFont } from "@/report/font.ts";

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
