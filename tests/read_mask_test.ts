import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { readMask } from "@/io/read_mask.ts";
import { makeFolder } from "./helpers_folder.ts";

Deno.test("readMask() marks whatever is not black, in the mask's own size", async () => {
  const path = join(makeFolder(), "mask.png");
  const colours = Uint8Array.of(0, 0, 0, 0, 0, 1, 255, 255, 255, 0, 0, 0, 9, 0, 0, 0, 0, 0);
  await sharp(colours, { raw: { width: 3, height: 2, channels: 3 } }).toFile(path);
  assert.deepEqual(await readMask(path), {
    rows: 2,
    columns: 3,
    data: Uint8Array.of(0, 1, 1, 0, 1, 0),
  });
});

Deno.test("readMask() names a file that is no picture", async () => {
  const path = join(makeFolder(), "mask.png");
  await Deno.writeTextFile(path, "text");
  await assert.rejects(readMask(path), /^Error: Cannot load mask ".*mask\.png": /);
});
