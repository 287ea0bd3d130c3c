import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import {
  type BatchOptions,
  loadBatches,
  type LoadedBatch,
  loadImage,
  loadMask,
  readMask,
  toImageBatch,
} from "@/images/read.ts";
import { makeFolder } from "../helpers/folder.ts";
import { encodeBmp } from "../helpers/layouts.ts";
import { loadGolden, sharedFolder, testWithShared } from "../helpers/mod.ts";

const plain = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;

Deno.test("toImageBatch() turns pixels into planes, image after image", () => {
  const first = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const second = first.map((value) => value + 100);
  const { data, ...shape } = toImageBatch([first, second], { size: 2, normalization: plain });
  assert.deepEqual(shape, { count: 2, height: 2, width: 2 });
  const planes = [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12];
  assert.deepEqual([...data], [...planes, ...planes.map((value) => value + 100)]);
});

Deno.test("toImageBatch() scales, then centres, then divides, channel by channel", () => {
  // (51 / 255 − mean) / std = (0.2 − 0.1) / 0.5, (0.2 − 0.2) / 2, (0.2 − 0.3) / 0.25.
  const normalization = { scale: 255, mean: [0.1, 0.2, 0.3], std: [0.5, 2, 0.25] } as const;
  const { data } = toImageBatch([Uint8Array.of(51, 51, 51)], { size: 1, normalization });
  [0.2, 0, -0.4].forEach((value, i) => assert.ok(Math.abs(data[i]! - value) < 1e-7));
});

Deno.test("toImageBatch() puts images together as if each came alone", () => {
  const images = [7, 8].map((value) => new Uint8Array(27).fill(value));
  const together = toImageBatch(images, { size: 3, normalization: plain }).data;
  const alone = images.flatMap((image) => [
    ...toImageBatch([image], { size: 3, normalization: plain }).data,
  ]);
  assert.deepEqual([...together], alone);
});

Deno.test("toImageBatch() names the image of the wrong size", () => {
  const images = [new Uint8Array(12), new Uint8Array(4)];
  assert.throws(() => toImageBatch(images, { size: 2, normalization: plain }), {
    name: "TypeError",
    message: "Cannot form a batch: image 1 must have 12 values (2 × 2 RGB), got 4",
  });
  assert.throws(() => toImageBatch([], { size: 0, normalization: plain }), {
    name: "RangeError",
    message: "Cannot form a batch: size must be a positive integer, got 0",
  });
});

const options: BatchOptions = {
  resize: 4,
  imagesize: 4,
  batchSize: 3,
  normalization: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
};

/** Uniform images with grey levels 10, 20, 30 and so on. */
async function withImages(count: number, body: (paths: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const paths = Array.from({ length: count }, (_, i) => join(folder, `${i}.png`));
    for (const [i, path] of paths.entries()) {
      const pixels = new Uint8Array(16).fill(10 * (i + 1));
      await sharp(pixels, { raw: { width: 4, height: 4, channels: 1 } }).toFile(path);
    }
    await body(paths);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function collect(
  paths: string[],
  changed: Partial<BatchOptions> = {},
): Promise<LoadedBatch[]> {
  return await Array.fromAsync(loadBatches(paths, { ...options, ...changed }));
}

Deno.test("loadBatches() keeps the order of the paths and says where each batch begins", async () => {
  await withImages(7, async (paths) => {
    const batches = await collect(paths);
    assert.deepEqual(batches.map(({ first }) => first), [0, 3, 6]);
    assert.deepEqual(batches.map(({ images }) => images.count), [3, 3, 1]);
    const values = batches.flatMap(({ images: { count, data } }) =>
      Array.from({ length: count }, (_, i) => data[i * 48])
    );
    assert.deepEqual(values, [10, 20, 30, 40, 50, 60, 70]);
  });
});

Deno.test("loadBatches() gives the same values however far it reads ahead", async () => {
  await withImages(5, async (paths) => {
    const expected = await collect(paths, { prefetch: 0 });
    for (const prefetch of [1, 2, 100]) {
      assert.deepEqual(await collect(paths, { prefetch }), expected, `prefetch ${prefetch}`);
    }
  });
});

Deno.test("loadBatches() reads ahead no further than it was told", async () => {
  await withImages(6, async (paths) => {
    // Images beyond batch and prefetch are broken only after the first batch has arrived.
    const batches = loadBatches(paths, { ...options, batchSize: 2, prefetch: 2 });
    await batches.next();
    await Deno.remove(paths[4]!);
    await batches.next();
    await assert.rejects(batches.next(), {
      message: `Cannot load image "${paths[4]}": no such file`,
    });
  });
});

Deno.test("loadBatches() names the first broken file, after the batches before it", async () => {
  await withImages(6, async (paths) => {
    for (const broken of [4, 5]) await Deno.remove(paths[broken]!);
    const batches = loadBatches(paths, { ...options, prefetch: 8 });
    assert.equal((await batches.next()).value?.first, 0);
    await assert.rejects(batches.next(), {
      message: `Cannot load image "${paths[4]}": no such file`,
    });
  });
});

Deno.test("loadBatches() can be left early", async () => {
  await withImages(6, async (paths) => {
    await Deno.remove(paths[5]!);
    for await (const { first } of loadBatches(paths, options)) {
      assert.equal(first, 0);
      break;
    }
  });
});

Deno.test("loadBatches() yields nothing for no path and refuses impossible options", async () => {
  assert.deepEqual(await collect([]), []);
  await assert.rejects(collect([], { batchSize: 0 }), {
    name: "RangeError",
    message: "Cannot load images: batchSize must be a positive integer, got 0",
  });
  await assert.rejects(collect([], { prefetch: -1 }), {
    name: "RangeError",
    message: "Cannot load images: prefetch must be an integer from 0, got -1",
  });
});

/** Runs a test in a folder that exists only as long. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Two by two pixels in red, green, blue and white. */
const colors = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
const whole = { resize: 2, imagesize: 2 };
const rgb = { raw: { width: 2, height: 2, channels: 3 } } as const;

testWithShared(
  "loadImage() gives the bytes of torchvision on Pillow",
  "golden/preprocess.json",
  async () => {
    const golden = loadGolden("preprocess");
    const { data } = golden.u8("rgb");
    for (const [k, path] of golden.meta.images.entries()) {
      const actual = await loadImage(join(sharedFolder, path), { resize: 288, imagesize: 256 });
      assert.deepEqual(actual, data.subarray(k * actual.length, (k + 1) * actual.length), path);
    }
  },
);

Deno.test("loadImage() keeps pixels as the file has them when nothing is scaled", async () => {
  await inFolder(async (folder) => {
    const image = sharp(colors, rgb);
    const files = {
      png: image.clone().png(),
      webp: image.clone().webp({ lossless: true }),
      tiff: image.clone().tiff({ compression: "lzw" }),
    };
    for (const [extension, encoded] of Object.entries(files)) {
      const path = join(folder, `colors.${extension}`);
      await encoded.toFile(path);
      assert.deepEqual(await loadImage(path, whole), colors, extension);
    }
  });
});

Deno.test("loadImage() cuts the middle of portrait and landscape images", async () => {
  await inFolder(async (folder) => {
    // Three stripes of 4 × 4 pixels; the middle one is what a square of the short side keeps.
    const stripes = Uint8Array.from({ length: 4 * 12 * 3 }, (_, i) => 10 * Math.floor(i / 48));
    const path = join(folder, "stripes.png");
    await sharp(stripes, { raw: { width: 4, height: 12, channels: 3 } }).toFile(path);
    const turned = join(folder, "turned.png");
    await sharp(path).rotate(90).toFile(turned);
    for (const each of [path, turned]) {
      const pixels = await loadImage(each, { resize: 4, imagesize: 4 });
      assert.deepEqual([...new Set(pixels)], [10], each);
    }
  });
});

Deno.test("loadImage() spreads grey over three channels and drops alpha", async () => {
  await inFolder(async (folder) => {
    const grey = join(folder, "grey.png");
    await sharp(Uint8Array.of(1, 2, 3, 4), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace("b-w").toFile(grey);
    assert.equal((await sharp(grey).metadata()).channels, 1);
    assert.deepEqual([...await loadImage(grey, whole)], [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    const clear = join(folder, "clear.png");
    const data = Uint8Array.from({ length: 16 }, (_, i) => i % 4 === 3 ? 60 : i);
    await sharp(data, { raw: { width: 2, height: 2, channels: 4 } }).toFile(clear);
    assert.equal((await sharp(clear).metadata()).channels, 4);
    const expected = [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14];
    assert.deepEqual([...await loadImage(clear, whole)], expected);
  });
});

Deno.test("loadImage() reads palettes as colors", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "palette.png");
    await sharp(colors, rgb).png({ palette: true }).toFile(path);
    assert.equal((await sharp(path).metadata()).isPalette, true);
    assert.deepEqual(await loadImage(path, whole), colors);
  });
});

Deno.test("loadImage() keeps the higher half of sixteen bits", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "deep.png");
    const deep = Uint16Array.of(0x1234, 0x0100, 0xffff, 0x00ff);
    await sharp(deep, { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace("grey16").toFile(path);
    assert.equal((await sharp(path).metadata()).depth, "ushort");
    const pixels = await loadImage(path, whole);
    assert.deepEqual([0, 3, 6, 9].map((i) => pixels[i]), [0x12, 0x01, 0xff, 0x00]);
  });
});

Deno.test("loadImage() ignores color profiles", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "profile.png");
    await sharp(colors, rgb).withIccProfile("p3").toFile(path);
    const stored = await sharp(path, { ignoreIcc: true }).raw().toBuffer();
    const converted = await sharp(path).raw().toBuffer();
    assert.notDeepEqual(new Uint8Array(stored), new Uint8Array(converted));
    assert.deepEqual(await loadImage(path, whole), new Uint8Array(stored));
  });
});

Deno.test("loadImage() and loadMask() keep the pixel order of the file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "turned.png");
    await sharp(colors, rgb).withMetadata({ orientation: 6 }).toFile(path);
    assert.equal((await sharp(path).metadata()).orientation, 6);
    assert.deepEqual(await loadImage(path, whole), colors);
    const mask = join(folder, "mask.png");
    const data = Uint8Array.of(0, 255, 0, 0);
    await sharp(data, { raw: { width: 2, height: 2, channels: 1 } })
      .withMetadata({ orientation: 6 }).toFile(mask);
    assert.deepEqual([...await loadMask(mask, whole)], [0, 1, 0, 0]);
  });
});

Deno.test("loadImage() and loadMask() turn as EXIF says when asked to", async () => {
  await inFolder(async (folder) => {
    // Orientation 6: the camera lay on its side, a viewer turns the picture clockwise by 90 degrees.
    const path = join(folder, "turned.png"), mask = join(folder, "mask.png");
    await sharp(colors, rgb).withMetadata({ orientation: 6 }).toFile(path);
    const marks = Uint8Array.of(0, 255, 0, 0);
    await sharp(marks, { raw: { width: 2, height: 2, channels: 1 } })
      .withMetadata({ orientation: 6 }).toFile(mask);
    const upright = { ...whole, orientation: "exif" } as const;
    const [red, green, blue, white] = [0, 3, 6, 9].map((i) => [...colors.subarray(i, i + 3)]);
    const expected = [blue!, red!, white!, green!].flat();
    assert.deepEqual([...await loadImage(path, upright)], expected);
    assert.deepEqual([...await loadMask(mask, upright)], [0, 0, 0, 1]);
  });
});

Deno.test("loadImage() scales both sides to a square when asked to, masks alike", async () => {
  await inFolder(async (folder) => {
    // Left half black, right half white, twice as wide as high.
    const data = Uint8Array.from({ length: 16 * 8 }, (_, i) => i % 16 < 8 ? 0 : 255);
    const path = join(folder, "halves.png");
    await sharp(data, { raw: { width: 16, height: 8, channels: 1 } }).toFile(path);
    const geometry = { resize: 8, imagesize: 8, fit: "square" } as const;
    const image = await loadImage(path, geometry), mask = await loadMask(path, geometry);
    const row = [0, 0, 0, 0, 1, 1, 1, 1];
    assert.deepEqual([...mask], Array.from({ length: 8 }, () => row).flat());
    // A triangle filter as wide as two pixels leaves grey only beside the edge.
    [0, 1, 2, 5, 6, 7].forEach((x) => assert.equal(image[3 * x], 255 * row[x]!));
    // The short side alone would have cut away the outer quarters.
    const cut = await loadMask(path, { ...geometry, fit: "short_side" });
    assert.deepEqual([...cut.subarray(0, 8)], row);
  });
});

Deno.test("loadImage() and loadMask() read BMP files like the same pixels in PNG", async () => {
  await inFolder(async (folder) => {
    const picture = { data: colors, width: 2, height: 2, channels: 3 } as const;
    const mask = { data: Uint8Array.of(0, 1, 9, 255), width: 2, height: 2, channels: 1 } as const;
    const [image, marks] = [join(folder, "colors.bmp"), join(folder, "mask.bmp")];
    await Deno.writeFile(image, encodeBmp(picture));
    await Deno.writeFile(marks, encodeBmp(mask));
    assert.deepEqual(await loadImage(image, whole), colors);
    assert.deepEqual([...await loadMask(marks, whole)], [0, 1, 1, 1]);
    assert.deepEqual([...await loadMask(image, whole)], [1, 1, 1, 1]);
  });
});

Deno.test("loadImage() sees that a file was replaced", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "image.png");
    await sharp(colors, rgb).toFile(path);
    await loadImage(path, whole);
    await sharp(colors.toReversed(), rgb).toFile(path);
    assert.deepEqual(await loadImage(path, whole), colors.toReversed());
  });
});

Deno.test("loadMask() marks every value but zero, at any depth and in any channel", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "mask.png");
    const raw = { width: 2, height: 2, channels: 1 } as const;
    await sharp(Uint8Array.of(0, 1, 9, 255), { raw }).toColourspace("b-w").toFile(path);
    assert.deepEqual([...await loadMask(path, whole)], [0, 1, 1, 1]);
    await sharp(Uint16Array.of(0, 1, 0, 65535), { raw }).toColourspace("grey16").toFile(path);
    assert.deepEqual([...await loadMask(path, whole)], [0, 1, 0, 1]);
    await sharp(Uint8Array.of(0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0), rgb).toFile(path);
    assert.deepEqual([...await loadMask(path, whole)], [1, 1, 0, 1]);
    const clear = Uint8Array.of(0, 0, 0, 255, 0, 0, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0);
    await sharp(clear, { raw: { width: 2, height: 2, channels: 4 } }).toFile(path);
    assert.deepEqual([...await loadMask(path, whole)], [0, 0, 1, 0]);
  });
});

Deno.test("loadMask() marks the square that loadImage() shows", async () => {
  await inFolder(async (folder) => {
    const [height, width] = [90, 60];
    const inside = (i: number): boolean => {
      const y = Math.floor(i / width), x = i % width;
      return y >= 40 && y < 60 && x >= 20 && x < 50;
    };
    const data = Uint8Array.from({ length: height * width }, (_, i) => inside(i) ? 255 : 0);
    const path = join(folder, "square.png");
    await sharp(data, { raw: { width, height, channels: 1 } }).toFile(path);
    const geometry = { resize: 48, imagesize: 40 };
    const [image, mask] = await Promise.all([loadImage(path, geometry), loadMask(path, geometry)]);
    mask.forEach((marked, i) => {
      if (image[3 * i] === 255) assert.equal(marked, 1);
      if (image[3 * i] === 0) assert.equal(marked, 0);
    });
    // 20 × 30 pixels scaled by 0.8.
    assert.equal(mask.reduce((sum, marked) => sum + marked, 0), 16 * 24);
  });
});

Deno.test("loadImage() and loadMask() say what is wrong with a file", async () => {
  await inFolder(async (folder) => {
    const write = async (name: string, bytes: Uint8Array): Promise<string> => {
      await Deno.writeFile(join(folder, name), bytes);
      return join(folder, name);
    };
    const missing = join(folder, "missing.png");
    const text = await write("text.png", new TextEncoder().encode("not an image"));
    const empty = await write("empty.png", new Uint8Array(0));
    const expected = new Map([
      [missing, "no such file"],
      [folder, "it must be a file, got a folder"],
      [text, "it must be a PNG, JPEG, WebP, TIFF or BMP image"],
      [empty, "the file is empty"],
    ]);
    for (const [path, reason] of expected) {
      await assert.rejects(loadImage(path, whole), {
        message: `Cannot load image "${path}": ${reason}`,
      });
      await assert.rejects(loadMask(path, whole), {
        message: `Cannot load mask "${path}": ${reason}`,
      });
    }
  });
});

Deno.test("loadImage() refuses a file that breaks off", async () => {
  await inFolder(async (folder) => {
    const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
    const create = { width: 64, height: 64, channels: 3, background: "black", noise } as const;
    const bytes = await sharp({ create }).png().toBuffer();
    const path = join(folder, "torn.png");
    await Deno.writeFile(path, bytes.subarray(0, bytes.length / 2));
    await assert.rejects(loadImage(path, { resize: 64, imagesize: 64 }), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot load image "${path}": the file is damaged (`));
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
});

const folder = makeFolder();
const raw = { width: 3, height: 2, channels: 1 } as const;

Deno.test("readMask() takes every value but 0 as anomalous, in any bit depth", async () => {
  const expected = { rows: 2, columns: 3, data: Uint8Array.of(0, 1, 0, 0, 0, 1) };
  const path = join(folder, "mask.png");
  await sharp(Uint8Array.of(0, 255, 0, 0, 0, 3), { raw }).toColourspace("b-w").toFile(path);
  assert.deepEqual(await readMask(path), expected);
  const deep = sharp(Uint16Array.of(0, 65535, 0, 0, 0, 1), { raw }).toColourspace("grey16");
  await deep.png().toFile(path);
  assert.deepEqual(await readMask(path), expected);
});

Deno.test("readMask() turns a mask as its EXIF orientation says, on request", async () => {
  const path = join(folder, "turned.png");
  const mask = sharp(Uint8Array.of(1, 0, 0, 0, 0, 0), { raw }).toColourspace("b-w");
  await mask.withMetadata({ orientation: 6 }).toFile(path);
  assert.deepEqual(await readMask(path), {
    rows: 2,
    columns: 3,
    data: Uint8Array.of(1, 0, 0, 0, 0, 0),
  });
  // Orientation 6 is shown turned clockwise: the upper left corner goes to the upper right.
  assert.deepEqual(await readMask(path, { orientation: "exif" }), {
    rows: 3,
    columns: 2,
    data: Uint8Array.of(0, 1, 0, 0, 0, 0),
  });
});

Deno.test("readMask() gives what loadMask() gives where nothing is scaled or cut", async () => {
  const path = join(folder, "square.png");
  const values = Uint8Array.from({ length: 25 }, (_, i) => (i % 3 === 0 ? 255 : 0));
  await sharp(values, { raw: { width: 5, height: 5, channels: 1 } }).toFile(path);
  const { data } = await readMask(path);
  assert.deepEqual(data, await loadMask(path, { resize: 5, imagesize: 5 }));
});

Deno.test("readMask() marks whatever is not black, in the mask's own size", async () => {
  const path = join(folder, "mask.png");
  const colours = Uint8Array.of(0, 0, 0, 0, 0, 1, 255, 255, 255, 0, 0, 0, 9, 0, 0, 0, 0, 0);
  await sharp(colours, { raw: { width: 3, height: 2, channels: 3 } }).toFile(path);
  assert.deepEqual(await readMask(path), {
    rows: 2,
    columns: 3,
    data: Uint8Array.of(0, 1, 1, 0, 1, 0),
  });
});

Deno.test("readMask() names a file that is no picture", async () => {
  const path = join(folder, "mask.png");
  await Deno.writeTextFile(path, "text");
  await assert.rejects(readMask(path), /^Error: Cannot load mask ".*mask\.png": /);
});
