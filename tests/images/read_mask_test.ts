import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { loadMask, readMask } from "@/images/read.ts";
import { makeFolder } from "../helpers/folder.ts";

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
