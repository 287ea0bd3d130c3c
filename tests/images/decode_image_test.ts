import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage, readImageFacts } from "@/images/decode.ts";
import { makeFolder } from "../helpers/folder.ts";
import { encodeBmp } from "../helpers/layouts.ts";
import { testWithShared } from "../helpers/mod.ts";
import { bytesOf, encodeTiff } from "../helpers/tiff.ts";

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

const deepValues = Uint16Array.of(0x1234, 0x00ff, 0xffff);

Deno.test("decodeImage() reads grey TIFF files of sixteen bits", async () => {
  const path = join(makeFolder(), "deep.tif");
  await Deno.writeFile(path, encodeTiff(bytesOf(deepValues), { width: 3, height: 1, bits: 16 }));
  const { bits, channels } = await readImageFacts(path, { what: "image" });
  assert.deepEqual([bits, channels], [16, 1]);
  const { data } = await decodeImage(path, { what: "image", depth: 8 });
  assert.deepEqual([...data], [0x12, 0x12, 0x12, 0, 0, 0, 255, 255, 255]);
  const deep = await decodeImage(path, { what: "mask", depth: 16 });
  const values = new Uint16Array(deep.data.buffer, deep.data.byteOffset, 9);
  assert.deepEqual([values[0], values[3], values[6]], [0x1234, 0x00ff, 0xffff]);
});

Deno.test("decodeImage() converts CMYK as Pillow does, profile or not", async () => {
  // (255 − black) − ink · (255 − black) / 255, rounded: of 100 over 55, 200 − 78.4 → 122.
  const inks = [[0, 224, 30, 0], [100, 0, 255, 55], [255, 255, 255, 255], [0, 0, 0, 0]];
  const path = join(makeFolder(), "cmyk.tif");
  const size = { width: 4, height: 1, samples: 4, model: 5 };
  await Deno.writeFile(path, encodeTiff(Uint8Array.from(inks.flat()), size));
  const expected = [255, 31, 225, 122, 200, 0, 0, 0, 0, 255, 255, 255];
  const { data } = await decodeImage(path, { what: "image", depth: 8 });
  assert.deepEqual([...data], expected);
  const deep = await decodeImage(path, { what: "mask", depth: 16 });
  assert.deepEqual([...new Uint16Array(deep.data.buffer)].map((value) => value >> 8), expected);
});

const cmykCase = "cases/21-cmyk-jpeg/input";

testWithShared("decodeImage() gives Pillow's pixels of a CMYK JPEG", cmykCase, async (input) => {
  const options = { what: "image", depth: 8 } as const;
  const [ours, theirs] = [
    await decodeImage(join(input, "cmyk.jpg"), options),
    await decodeImage(join(input, "pillow.png"), options),
  ];
  assert.deepEqual(new Uint8Array(ours.data), new Uint8Array(theirs.data));
});

Deno.test("decodeImage() refuses images of numbers whose range nobody knows", async () => {
  const path = join(makeFolder(), "odd.tif");
  for (
    const [bits, kind, name] of [
      [8, 2, "8-bit signed integers"],
      [16, 2, "16-bit signed integers"],
      [32, 2, "32-bit signed integers"],
      [32, 1, "32-bit integers"],
      [16, 3, "16-bit floats"],
      [32, 3, "32-bit floats"],
      [64, 3, "64-bit floats"],
    ] as const
  ) {
    const size = { width: 2, height: 2, bits, kind };
    await Deno.writeFile(path, encodeTiff(new Uint8Array(bits / 2), size));
    const reason = `TIFF must have integers of 1, 2, 4, 8 or 16 bits, got ${name}`;
    await assert.rejects(decodeImage(path, { what: "image", depth: 8 }), {
      message: `Cannot load image "${path}": ${reason}`,
      reason,
    });
  }
});

Deno.test("decodeImage() and readImageFacts() refuse devices and pipes at once", async () => {
  const folder = makeFolder();
  const pipe = join(folder, "a.png"), device = join(folder, "b.png");
  execFileSync("mkfifo", [pipe]);
  await Deno.symlink("/dev/zero", device);
  for (const path of [pipe, device]) {
    for (
      const attempt of [
        () => decodeImage(path, { what: "image", depth: 8 }),
        () => readImageFacts(path, { what: "image" }),
      ]
    ) {
      await assert.rejects(attempt(), {
        message: `Cannot load image "${path}": it must be a file, got a device or pipe`,
      });
    }
  }
});

Deno.test("decodeImage() takes bytes that were read already, whatever lies at the path now", async () => {
  const bytes = await sharp(colors, rgb).png().toBuffer();
  const { data } = await decodeImage("gone.png", { what: "image", depth: 8, bytes });
  assert.deepEqual(new Uint8Array(data), colors);
});

Deno.test("decodeImage() decodes several large images one after the other", async () => {
  const path = join(makeFolder(), "large.png");
  const create = { width: 6000, height: 6000, channels: 3, background: "#010203" } as const;
  await sharp({ create }).png().toFile(path);
  const decode = () => decodeImage(path, { what: "image", depth: 8 });
  const sizes = await Promise.all([decode(), decode()]).then((all) =>
    all.map(({ width }) => width)
  );
  assert.deepEqual(sizes, [6000, 6000]);
});
