import assert from "node:assert/strict";
import { readAnomalyMap } from "@/audit/maps.ts";
import { writeFile } from "../helpers/folder.ts";

/** One pixel, 7: as `.npy`, and as TIFF, by `Image.fromarray(np.float32([[7]])).save` of Pillow 13.0.0. */
const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }\n";
const npy = Uint8Array.of(
  ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0],
  ...new TextEncoder().encode(header),
  7,
);
const tiff = Uint8Array.fromBase64(
  "SUkqAAgAAAAKAAABBAABAAAAAQAAAAEBBAABAAAAAQAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAA" +
    "ABEBBAABAAAAhgAAABYBBAABAAAAAQAAABcBBAABAAAABAAAABwBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAAAAAOBA",
);

Deno.test("readAnomalyMap() goes by the extension", async () => {
  const map = { rows: 1, columns: 1, data: Float32Array.of(7) };
  for (
    const [name, bytes] of [["a.npy", npy], ["a.NPY", npy], ["a.tiff", tiff], [
      "a.tif",
      tiff,
    ]] as const
  ) {
    assert.deepEqual(await readAnomalyMap(writeFile(name, bytes)), map, name);
  }
});

Deno.test("readAnomalyMap() refuses other extensions and none", async () => {
  await assert.rejects(readAnomalyMap("maps.npy/a.png"), {
    name: "RangeError",
    message: 'Cannot read map "maps.npy/a.png": it must be a .npy, .tiff or .tif file, got .png',
  });
  await assert.rejects(readAnomalyMap("maps.npy/a"), {
    name: "RangeError",
    message:
      'Cannot read map "maps.npy/a": it must be a .npy, .tiff or .tif file, got no extension',
  });
});
