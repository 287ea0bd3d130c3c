import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { decodeMask } from "@/images/decode_mask.ts";
import { makeFolder } from "../helpers/folder.ts";
import { bytesOf, encodeTiff } from "../helpers/tiff.ts";

const folder = makeFolder();

async function marksOf(bytes: Uint8Array): Promise<number[]> {
  const path = join(folder, `${crypto.randomUUID()}.tif`);
  await Deno.writeFile(path, bytes);
  return [...(await decodeMask(path)).data];
}

async function refusalOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.tif`);
  await Deno.writeFile(path, bytes);
  try {
    await decodeMask(path);
  } catch (error) {
    return (error as Error).message.replace(path, "mask");
  }
  return "no refusal";
}

/** Typed arrays of every sort of number that a mask is read of, with TIFF's name for the sort. */
const sorts = [
  [Uint8Array, 1, [1, 100, 255]],
  [Int8Array, 2, [1, 100, -1, -128]],
  [Uint16Array, 1, [1, 256, 65535]],
  [Int16Array, 2, [1, 256, -1, -256]],
  [Uint32Array, 1, [1, 255, 65536, 2 ** 31, 2 ** 32 - 1]],
  [Int32Array, 2, [1, 255, 65536, -1, -65536]],
  [Float32Array, 3, [1, 255, 0.25, -1, 1e-20]],
] as const;

Deno.test("decodeMask() marks what is not 0 in integers and floats of 8, 16 and 32 bits", async () => {
  for (const [Sort, kind, values] of sorts) {
    for (const value of values) {
      const bits = 8 * Sort.BYTES_PER_ELEMENT;
      const grey = bytesOf(Sort.from([0, value, 0, 0, 0, value]));
      const size = { width: 3, height: 2, bits, kind };
      assert.deepEqual(
        await marksOf(encodeTiff(grey, size)),
        [0, 1, 0, 0, 0, 1],
        `${value} ${bits}`,
      );
      const red = bytesOf(Sort.from([0, 0, 0, value, 0, 0]));
      const rgb = { width: 2, height: 1, samples: 3, model: 2, bits, kind };
      assert.deepEqual(await marksOf(encodeTiff(red, rgb)), [0, 1], `RGB ${value} ${bits}`);
    }
  }
});

Deno.test("decodeMask() reads half floats, for which −0 is 0", async () => {
  const halves = bytesOf(Uint16Array.of(0x3c00, 0, 0x8000, 0x0001));
  const size = { width: 4, height: 1, bits: 16, kind: 3 };
  assert.deepEqual(await marksOf(encodeTiff(halves, size)), [1, 0, 0, 1]);
  const floats = bytesOf(Float32Array.of(1, 0, -0, NaN));
  assert.deepEqual(await marksOf(encodeTiff(floats, { ...size, bits: 32 })), [1, 0, 0, 1]);
});

Deno.test("decodeMask() refuses other numbers by their name", async () => {
  const data = new Uint8Array(64);
  const size = { width: 2, height: 2 };
  const must = 'Cannot load mask "mask": TIFF must have integers of 1, 2, 4, 8 or 16 bits, got ';
  for (
    const [bits, kind, name] of [
      [64, 3, "64-bit floats"],
      [64, 1, "64-bit integers"],
      [64, 2, "64-bit signed integers"],
      [64, 6, "64-bit complex"],
      [12, 1, "12-bit integers"],
      [24, 3, "24-bit floats"],
    ] as const
  ) assert.equal(await refusalOf(encodeTiff(data, { ...size, bits, kind })), must + name);
});

Deno.test("decodeMask() reads bits and 16-bit PNG of ones", async () => {
  const bits = encodeTiff(Uint8Array.of(0b01000000, 0b10000000), { width: 2, height: 2, bits: 1 });
  assert.deepEqual(await marksOf(bits), [0, 1, 1, 0]);
  const white = encodeTiff(Uint8Array.of(0b10000000, 0b01000000), {
    width: 2,
    height: 2,
    bits: 1,
    model: 0,
  });
  assert.deepEqual(await marksOf(white), [0, 1, 1, 0]);
  const ones = await sharp(Uint16Array.of(0, 1, 0, 1), {
    raw: { width: 2, height: 2, channels: 1 },
  })
    .toColourspace("grey16").png().toBuffer();
  assert.deepEqual(await marksOf(ones), [0, 1, 0, 1]);
});

/** A square of a colour in a black mask of 32×32 pixels, its corners at 8 and 24. */
function squareOf(color: readonly number[]): ReturnType<typeof sharp> {
  const data = new Uint8Array(32 * 32 * 3);
  for (let y = 8; y < 24; y++) for (let x = 8; x < 24; x++) data.set(color, 3 * (32 * y + x));
  return sharp(data, { raw: { width: 32, height: 32, channels: 3 } });
}

Deno.test("decodeMask() marks lossy masks from the middle on, whatever their colour", async () => {
  for (const color of [[255, 255, 255], [255, 0, 0], [200, 200, 0]]) {
    const square = squareOf(color);
    const exact = await marksOf(await square.clone().png().toBuffer());
    assert.equal(exact.filter((mark) => mark === 1).length, 256);
    for (
      const encoded of [
        square.clone().jpeg({ quality: 75, chromaSubsampling: "4:4:4" }),
        square.clone().webp({ quality: 60 }),
        square.clone().tiff({ compression: "jpeg", quality: 75 }),
      ]
    ) {
      const path = join(folder, `${crypto.randomUUID()}.png`);
      await Deno.writeFile(path, await encoded.toBuffer());
      const { data, isLossy, values } = await decodeMask(path);
      const wrong = exact.filter((mark, i) => mark !== data[i]).length;
      assert.ok(isLossy && values === 1 && wrong <= 8, `${color}: ${wrong} wrong pixels`);
    }
  }
  assert.equal((await sharpMask(squareOf([9, 9, 9]).webp({ lossless: true }))).isLossy, false);
});

async function sharpMask(image: ReturnType<typeof sharp>): ReturnType<typeof decodeMask> {
  const path = join(folder, `${crypto.randomUUID()}.png`);
  await Deno.writeFile(path, await image.toBuffer());
  return await decodeMask(path);
}

Deno.test("decodeMask() refuses lossy masks of faint marks, and marks that only alpha has", async () => {
  assert.equal(
    await refusalOf(await squareOf([60, 60, 60]).jpeg().toBuffer()),
    'Cannot load mask "mask": a mask of a lossy format must mark by values of at least 128, ' +
      "got at most 60",
  );
  assert.equal((await sharpMask(squareOf([0, 0, 0]).jpeg())).marked, 0);
  const alpha = new Uint8Array(16).fill(255, 12);
  const hidden = sharp(alpha, { raw: { width: 2, height: 2, channels: 4 } });
  alpha.set([0, 0, 0, 255], 12);
  assert.equal(
    await refusalOf(await hidden.png().toBuffer()),
    'Cannot load mask "mask": its colours must mark what is anomalous, got marks in the alpha ' +
      "channel alone",
  );
});
