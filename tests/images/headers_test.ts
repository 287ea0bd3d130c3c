import assert from "node:assert/strict";
import sharp from "sharp";
import { readLayout } from "@/images/headers.ts";
import { encodeTiff } from "../helpers/tiff.ts";

function refusalOf(bytes: Uint8Array | string): string {
  const given = typeof bytes === "string"
    ? Uint8Array.from(bytes, (letter) => letter.charCodeAt(0))
    : bytes;
  try {
    readLayout(given);
  } catch (error) {
    return (error as Error).message;
  }
  return "no refusal";
}

const blank = { create: { width: 40, height: 30, channels: 3, background: "red" } } as const;

Deno.test("readLayout() tells container, size and losses of what is read", async () => {
  const files = [
    ["png", false, sharp(blank).png()],
    ["jpeg", true, sharp(blank).jpeg()],
    ["jpeg", true, sharp(blank).jpeg({ progressive: true })],
    ["webp", true, sharp(blank).webp()],
    ["webp", false, sharp(blank).webp({ lossless: true })],
    ["webp", false, sharp(blank).ensureAlpha(0.5).webp({ lossless: true })],
    ["webp", true, sharp(blank).ensureAlpha(0.5).webp()],
    ["tiff", false, sharp(blank).tiff({ compression: "lzw" })],
    ["tiff", true, sharp(blank).tiff({ compression: "jpeg" })],
    ["tiff", false, sharp(blank).tiff({ compression: "deflate", bigtiff: true })],
  ] as const;
  for (const [format, isLossy, image] of files) {
    const layout = readLayout(await image.toBuffer());
    assert.deepEqual(
      [layout.format, layout.isLossy, layout.width, layout.height],
      [format, isLossy, 40, 30],
      `${format} ${isLossy}`,
    );
  }
});

Deno.test("readLayout() names what is called an image and is another thing", async () => {
  const must = "it must be a PNG, JPEG, WebP, TIFF or BMP image";
  for (
    const [begin, name] of [
      ["GIF89a", "GIF"],
      ["\0\0\0\x1cftypavif", "AVIF"],
      ["\0\0\0\x1cftypheic", "HEIC"],
      ["\0\0\0\x0cjP  ", "JPEG 2000"],
      ["\xff\x0a", "JPEG XL"],
      ['<?xml version="1.0"?><svg/>', "SVG"],
      ["\n<svg xmlns=''/>", "SVG"],
      ["<!DOCTYPE html>", "a web page"],
      ["%PDF-1.7", "PDF"],
      ["8BPS", "a Photoshop file"],
      ["PK\x03\x04", "a ZIP archive"],
    ] as const
  ) assert.equal(refusalOf(begin), `${must}, got ${name}`);
  assert.equal(refusalOf(await sharp(blank).gif().toBuffer()), `${must}, got GIF`);
  assert.equal(refusalOf(await sharp(blank).avif().toBuffer()), `${must}, got AVIF`);
  assert.equal(refusalOf("anything"), must);
  assert.equal(refusalOf(""), "the file is empty");
});

Deno.test("readLayout() refuses what holds several images, but not smaller versions of one", async () => {
  const size = { width: 2, height: 2 };
  const data = new Uint8Array(4);
  assert.equal(
    refusalOf(encodeTiff(data, { ...size, pages: 3 })),
    "it must hold one image, got 3 pages",
  );
  for (const subfile of [1, 4]) {
    assert.equal(refusalOf(encodeTiff(data, { ...size, pages: 3, subfile })), "no refusal");
  }
  const frames = { raw: { width: 2, height: 4, channels: 3, pageHeight: 2 } } as const;
  const webp = await sharp(Uint8Array.from({ length: 24 }, (_, i) => 9 * i), frames).webp()
    .toBuffer();
  assert.equal(refusalOf(webp), "it must hold one image, got an animation");
  const png = await sharp(blank).png().toBuffer();
  const control = Uint8Array.of(
    0,
    0,
    0,
    8,
    ...new TextEncoder().encode("acTL"),
    ...new Uint8Array(12),
  );
  const animated = Uint8Array.of(...png.subarray(0, 33), ...control, ...png.subarray(33));
  assert.equal(refusalOf(animated), "it must hold one image, got an animation");
});

Deno.test("readLayout() refuses more pixels than Pillow takes, before anything is decoded", async () => {
  const size = { width: 17000, height: 16500 };
  const tail = "pixels, got 280,500,000 (17000×16500)";
  const must = `it must have at most 178,956,970 ${tail}`;
  assert.equal(refusalOf(encodeTiff(new Uint8Array(4), { ...size, bits: 1 })), must);
  const png = new Uint8Array(await sharp(blank).png().toBuffer());
  new DataView(png.buffer).setUint32(16, 17000);
  new DataView(png.buffer).setUint32(20, 16500);
  assert.equal(refusalOf(png), must);
  const bmp = new Uint8Array(64);
  bmp.set([0x42, 0x4d]);
  new DataView(bmp.buffer).setUint32(14, 40, true);
  new DataView(bmp.buffer).setInt32(18, 17000, true);
  new DataView(bmp.buffer).setInt32(22, -16500, true);
  assert.equal(refusalOf(bmp), must);
});

Deno.test("readLayout() refuses colour models and compressions that come out otherwise", () => {
  const size = { width: 2, height: 2 };
  const data = new Uint8Array(64);
  const must = "TIFF must be grey, RGB, CMYK or of a palette, got ";
  for (
    const [model, name] of [[8, "Lab"], [6, "YCbCr without JPEG"], [
      32803,
      "a raw colour filter array",
    ], [7, "number 7"]] as const
  ) {
    assert.equal(refusalOf(encodeTiff(data, { ...size, samples: 3, model })), must + name);
  }
  const packed = "TIFF must be uncompressed or packed by LZW, Deflate or JPEG, got ";
  for (
    const [compression, name] of [[50000, "Zstandard"], [34712, "JPEG 2000"], [
      9,
      "number 9",
    ]] as const
  ) {
    assert.equal(refusalOf(encodeTiff(data, { ...size, compression })), packed + name);
  }
  assert.equal(
    refusalOf(encodeTiff(data, { ...size, samples: 4, model: 5, bits: 16 })),
    "CMYK must have 8-bit integers, got 16-bit integers",
  );
  assert.equal(
    refusalOf(encodeTiff(data, { ...size, samples: 5 })),
    "TIFF must have 1 value per pixel and at most alpha, got 5",
  );
});

Deno.test("readLayout() leaves files that break off to the decoder, but a TIFF whose tags are gone", async () => {
  for (const image of [sharp(blank).png(), sharp(blank).jpeg(), sharp(blank).webp()]) {
    const bytes = await image.toBuffer();
    for (let length = 12; length < bytes.length; length += 7) {
      assert.equal(refusalOf(bytes.subarray(0, length)), "no refusal");
    }
  }
  const bytes = encodeTiff(new Uint8Array(4), { width: 2, height: 2, kind: 2, bits: 32 });
  for (const length of [4, 8, 9, 40, 100]) {
    assert.equal(
      refusalOf(bytes.subarray(0, length)),
      "the file is damaged (its directory breaks off)",
    );
  }
  // The offset of a second directory, behind 10 tags: a decoder does not follow it.
  new DataView(bytes.buffer).setUint32(8 + 2 + 12 * 10, 0xfffffff0, true);
  assert.equal(readLayout(bytes).oddNumbers, "32-bit signed integers");
});
