import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage, readImageFacts } from "@/images/decode.ts";
import { makeFolder } from "../helpers/folder.ts";
import { encodeBmp } from "../helpers/layouts.ts";

const colors = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 1, 2, 3, 4, 5, 6);
const rgb = { raw: { width: 3, height: 2, channels: 3 } } as const;

Deno.test("readImageFacts() tells format, size, channels, bits and rotation", async () => {
  const folder = makeFolder();
  const grey = { raw: { width: 3, height: 2, channels: 1 } } as const;
  const deep = Uint16Array.of(0, 1, 2, 3, 4, 65535);
  const alpha = sharp(colors, rgb).ensureAlpha();
  const files: [string, { toFile(path: string): Promise<unknown> }, unknown[]][] = [
    ["a.png", sharp(colors, rgb), ["png", 3, 2, 3, 8, false]],
    ["a.jpg", sharp(colors, rgb).withMetadata({ orientation: 6 }), ["jpeg", 3, 2, 3, 8, true]],
    ["a.webp", sharp(colors, rgb).webp({ lossless: true }), ["webp", 3, 2, 3, 8, false]],
    ["b.png", sharp(colors.slice(0, 6), grey).toColourspace("b-w"), ["png", 3, 2, 1, 8, false]],
    ["c.png", sharp(deep, grey).toColourspace("grey16"), ["png", 3, 2, 1, 16, false]],
    ["c.tif", sharp(colors, rgb).tiff(), ["tiff", 3, 2, 3, 8, false]],
    ["d.png", alpha, ["png", 3, 2, 4, 8, false]],
  ];
  for (const [name, image, expected] of files) {
    const path = join(folder, name);
    await image.toFile(path);
    const { format, width, height, channels, bits, isRotated } = await readImageFacts(path, {
      what: "image",
    });
    assert.deepEqual([format, width, height, channels, bits, isRotated], expected, name);
  }
  for (const [name, channels] of [["e.bmp", 3], ["f.bmp", 1]] as const) {
    const path = join(folder, name);
    const data = channels === 3 ? colors : colors.slice(0, 6);
    await Deno.writeFile(path, encodeBmp({ data, width: 3, height: 2, channels }));
    assert.deepEqual(await readImageFacts(path, { what: "mask" }), {
      format: "bmp",
      width: 3,
      height: 2,
      channels,
      bits: 8,
      isRotated: false,
    });
  }
});

Deno.test("decodeImage() gives the same pixels for every lossless format and both depths", async () => {
  const folder = makeFolder();
  const png = join(folder, "a.png"), bmp = join(folder, "a.bmp");
  await sharp(colors, rgb).toFile(png);
  await Deno.writeFile(bmp, encodeBmp({ data: colors, width: 3, height: 2, channels: 3 }));
  for (const path of [png, bmp]) {
    const { data, width, height, channels } = await decodeImage(path, { what: "image", depth: 8 });
    assert.deepEqual([width, height, channels], [3, 2, 3]);
    assert.deepEqual(new Uint8Array(data), colors, path);
    const deep = await decodeImage(path, { what: "mask", depth: 16 });
    const values = new Uint16Array(deep.data.buffer, deep.data.byteOffset, colors.length);
    assert.deepEqual([...values].map((value) => value >> 8), [...colors], path);
  }
});

Deno.test("decodeImage() applies an EXIF orientation on request", async () => {
  const path = join(makeFolder(), "a.jpg");
  await sharp(colors, rgb).withMetadata({ orientation: 8 }).jpeg().toFile(path);
  const stored = await decodeImage(path, { what: "image", depth: 8 });
  const turned = await decodeImage(path, { what: "image", depth: 8, orientation: "exif" });
  assert.deepEqual([stored.width, stored.height, turned.width, turned.height], [3, 2, 2, 3]);
});

Deno.test("decodeImage() and readImageFacts() name a damaged BMP", async () => {
  const path = join(makeFolder(), "a.bmp");
  const bytes = encodeBmp({ data: colors, width: 3, height: 2, channels: 3 });
  await Deno.writeFile(path, bytes.subarray(0, 60));
  const attempts = [
    () => decodeImage(path, { what: "mask", depth: 8 }),
    () => readImageFacts(path, { what: "mask" }),
  ];
  for (const attempt of attempts) {
    await assert.rejects(attempt, (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot load mask "${path}": the file is damaged (`));
      return true;
    });
  }
});

Deno.test("decodeImage() reads grey TIFF files of sixteen bits", async () => {
  const path = join(makeFolder(), "deep.tif");
  await Deno.writeFile(path, encodeDeepTiff([0x1234, 0x00ff, 0xffff], { width: 3, height: 1 }));
  const { bits, channels } = await readImageFacts(path, { what: "image" });
  assert.deepEqual([bits, channels], [16, 1]);
  const { data } = await decodeImage(path, { what: "image", depth: 8 });
  assert.deepEqual([...data], [0x12, 0x12, 0x12, 0, 0, 0, 255, 255, 255]);
  const deep = await decodeImage(path, { what: "mask", depth: 16 });
  const values = new Uint16Array(deep.data.buffer, deep.data.byteOffset, 9);
  assert.deepEqual([values[0], values[3], values[6]], [0x1234, 0x00ff, 0xffff]);
});

/** Baseline TIFF: header, one directory of eight fields, one strip. */
function encodeDeepTiff(
  values: readonly number[],
  { width, height }: { width: number; height: number },
): Uint8Array {
  const [short, long] = [3, 4];
  const fields = [
    [256, long, width],
    [257, long, height],
    [258, short, 16], // bits per sample
    [259, short, 1], // not compressed
    [262, short, 1], // 0 is black
    [273, long, 8 + 2 + 8 * 12 + 4], // where the strip begins
    [277, short, 1], // samples per pixel
    [279, long, 2 * values.length], // bytes of the strip
  ];
  const bytes = new Uint8Array(8 + 2 + 8 * 12 + 4 + 2 * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, fields.length, 0]);
  fields.forEach(([tag, kind, value], i) => {
    view.setUint16(10 + 12 * i, tag!, true);
    view.setUint16(12 + 12 * i, kind!, true);
    view.setUint32(14 + 12 * i, 1, true);
    view.setUint32(18 + 12 * i, value!, true);
  });
  values.forEach((value, i) => view.setUint16(8 + 2 + 8 * 12 + 4 + 2 * i, value, true));
  return bytes;
}
