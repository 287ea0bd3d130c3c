import assert from "node:assert/strict";
import sharp from "sharp";
import { marksAnything } from "@/io/mask_label.ts";
import { loadMask } from "@/io/images.ts";
import { writeFile } from "./helpers_saved.ts";

/** Writes two by two pixels as a PNG file. */
async function write(
  values: Uint8Array | Uint16Array,
  channels: 1 | 3 | 4 = 1,
): Promise<string> {
  const image = sharp(values, { raw: { width: 2, height: 2, channels } });
  const deep = values instanceof Uint16Array ? image.toColourspace("grey16") : image;
  return writeFile("mask.png", await deep.png().toBuffer());
}

Deno.test("marksAnything() sees one faint pixel, in any channel, of 8 or 16 bits", async () => {
  const colored = new Uint8Array(12);
  colored[10] = 2;
  const marked = [
    await write(Uint8Array.of(0, 0, 0, 1)),
    await write(Uint8Array.of(255, 0, 0, 0)),
    await write(colored, 3),
    await write(Uint16Array.of(0, 0, 1, 0)),
  ];
  for (const path of marked) assert.equal(await marksAnything(path), true);
});

Deno.test("marksAnything() sees nothing in black pixels, opaque or not", async () => {
  const opaque = Uint8Array.from({ length: 16 }, (_, i) => i % 4 === 3 ? 255 : 0);
  const empty = [
    await write(new Uint8Array(4)),
    await write(new Uint8Array(12), 3),
    await write(opaque, 4),
    await write(new Uint16Array(4)),
  ];
  for (const path of empty) assert.equal(await marksAnything(path), false);
});

Deno.test("marksAnything() agrees with loadMask(), whatever the value", async () => {
  for (let value = 0; value < 256; value += 15) {
    const path = await write(Uint8Array.of(0, value, 0, 0));
    const mask = await loadMask(path, { resize: 2, imagesize: 2 });
    assert.equal(await marksAnything(path), mask.includes(1), String(value));
  }
});

Deno.test("marksAnything() names the file that it cannot read", async () => {
  await assert.rejects(marksAnything("no-such.png"), /^Error: Cannot load mask "no-such.png": /);
});
