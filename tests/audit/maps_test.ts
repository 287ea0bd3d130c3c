import assert from "node:assert/strict";
import sharp from "sharp";
import { readAnomalyMap, readFloatTiff, toMap } from "@/audit/maps.ts";
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

/** What the files hold, as 32-bit floats, in two rows. */
const values = Float32Array.of(0.1, -2.5, 3e8, 1e-20, 1 / 3, 7);

/** Written by `Image.fromarray(values).save("1.tiff")` of Pillow 13.0.0. */
const pillow = `
  SUkqAAgAAAAKAAABBAABAAAAAwAAAAEBBAABAAAAAgAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEB
  BAABAAAAhgAAABYBBAABAAAAAgAAABcBBAABAAAAGAAAABwBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAADNzMw9AAAgwBgN
  j00I5Tweq6qqPgAA4EA=
`;

/** Written by `imwrite(path, values, metadata=None, software=False)` of tifffile 2026.3.3. */
const ofTifffile = {
  float32: `
    SUkqAAgAAAANAAABBAABAAAAAwAAAAEBBAABAAAAAgAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAAB
    EBBAABAAAAwAAAABUBAwABAAAAAQAAABYBBAABAAAAAgAAABcBBAABAAAAGAAAABoBBQABAAAAqgAAABsBBQABAAAAsgAA
    ACgBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAAABAAAAAQAAAAEAAAABAAAAAAAAAAAAzczMPQAAIMAYDY9NCOU8Hquqqj
    4AAOBA
  `,
  float16: `
    SUkqAAgAAAANAAABBAABAAAAAwAAAAEBBAABAAAAAgAAAAIBAwABAAAAEAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAAB
    EBBAABAAAAwAAAABUBAwABAAAAAQAAABYBBAABAAAAAgAAABcBBAABAAAADAAAABoBBQABAAAAqgAAABsBBQABAAAAsgAA
    ACgBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAAABAAAAAQAAAAEAAAABAAAAAAAAAAAAZi4AwQB8AABVNQBH
  `,
  notANumber: `
    SUkqAAgAAAANAAABBAABAAAAAwAAAAEBBAABAAAAAgAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAAB
    EBBAABAAAAwAAAABUBAwABAAAAAQAAABYBBAABAAAAAgAAABcBBAABAAAAGAAAABoBBQABAAAAqgAAABsBBQABAAAAsgAA
    ACgBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAAABAAAAAQAAAAEAAAABAAAAAAAAAAAAzczMPQAAIMAYDY9NCOU8HgAAwH
    8AAOBA
  `,
  twoPages: `
    SUkqAAgAAAANAAABBAABAAAAAwAAAAEBBAABAAAAAgAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAAB
    EBBAABAAAAwAAAABUBAwABAAAAAQAAABYBBAABAAAAAgAAABcBBAABAAAAGAAAABoBBQABAAAAqgAAABsBBQABAAAAsgAA
    ACgBAwABAAAAAQAAAFMBAwABAAAAAwAAAPAAAAABAAAAAQAAAAEAAAABAAAAAAAAAAAAzczMPQAAIMAYDY9NCOU8Hquqqj
    4AAOBAzczMPQAAIMAYDY9NCOU8Hquqqj4AAOBADQAAAQQAAQAAAAMAAAABAQQAAQAAAAIAAAACAQMAAQAAACAAAAADAQMA
    AQAAAAEAAAAGAQMAAQAAAAEAAAARAQQAAQAAANgAAAAVAQMAAQAAAAEAAAAWAQQAAQAAAAIAAAAXAQQAAQAAABgAAAAaAQ
    UAAQAAAJIBAAAbAQUAAQAAAJoBAAAoAQMAAQAAAAEAAABTAQMAAQAAAAMAAAAAAAAAAQAAAAEAAAABAAAAAQAAAA==
  `,
};

const write = (base64: string): string => writeFile("1.tiff", Uint8Array.fromBase64(base64));

Deno.test("readFloatTiff() gives the floats that Pillow and tifffile wrote", async () => {
  for (const file of [pillow, ofTifffile.float32]) {
    assert.deepEqual(await readFloatTiff(write(file)), { rows: 2, columns: 3, data: values });
  }
});

Deno.test("readFloatTiff() gives the same floats when sharp has compressed them", async () => {
  for (const compression of ["none", "deflate", "lzw"] as const) {
    const path = write(pillow);
    const encoded = await sharp(path).toColourspace("b-w").tiff({ compression, predictor: "float" })
      .toBuffer();
    const { data } = await readFloatTiff(writeFile("2.tiff", encoded));
    assert.deepEqual(data, values, compression);
  }
});

Deno.test("readFloatTiff() refuses other images, and says what they are", async () => {
  const create = { width: 3, height: 2, channels: 3, background: "white" } as const;
  const color = sharp({ create });
  const grey = color.clone().toColourspace("b-w");
  const refused: [string, string][] = [
    [write(ofTifffile.float16), "1 of 1 of 16-bit float (tiff)"],
    [write(ofTifffile.twoPages), "2 of 1 of 32-bit float (tiff)"],
    [writeFile("3.tiff", await color.clone().tiff().toBuffer()), "1 of 3 of 8-bit uchar (tiff)"],
    [writeFile("4.tiff", await grey.clone().tiff().toBuffer()), "1 of 1 of 8-bit uchar (tiff)"],
    [writeFile("5.tiff", await grey.clone().png().toBuffer()), "1 of 1 of 8-bit uchar (png)"],
  ];
  for (const [path, got] of refused) {
    await assert.rejects(readFloatTiff(path), {
      name: "Error",
      message: `Cannot read map "${path}": it must be one page of one channel of 32-bit floats, ` +
        `got ${got}`,
    });
  }
});

Deno.test("readFloatTiff() names the pixel that is not finite, and files it cannot read", async () => {
  const path = write(ofTifffile.notANumber);
  await assert.rejects(readFloatTiff(path), {
    name: "RangeError",
    message: `Cannot use "${path}" as an anomaly map: every value must be a finite 32-bit float, ` +
      "got NaN in row 1, column 1",
  });
  await assert.rejects(readFloatTiff("no-such.tiff"), /^Error: Cannot read map "no-such.tiff": /);
  const text = writeFile("6.tiff", "no image");
  await assert.rejects(readFloatTiff(text), /^Error: Cannot read map ".*6\.tiff": .*format/);
});

const source = "1.npy";

Deno.test("toMap() leaves axes of extent one out and shares 32-bit floats", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  for (const shape of [[2, 3], [1, 2, 3], [2, 3, 1], [1, 1, 2, 3], [1, 2, 3, 1]]) {
    const map = toMap({ shape, data }, { source });
    assert.deepEqual([map.rows, map.columns], [2, 3]);
    assert.equal(map.data, data);
  }
});

Deno.test("toMap() keeps two axes even where they are of extent one", () => {
  const map = (shape: number[], length: number) => {
    const { rows, columns } = toMap({ shape, data: new Float32Array(length) }, { source });
    return [rows, columns];
  };
  assert.deepEqual(map([1, 1], 1), [1, 1]);
  assert.deepEqual(map([1, 4], 4), [1, 4]);
  assert.deepEqual(map([4, 1], 4), [4, 1]);
  assert.deepEqual(map([1, 4, 1], 4), [4, 1]);
});

Deno.test("toMap() rounds 64-bit floats", () => {
  const map = toMap({ shape: [1, 2], data: Float64Array.of(0.1, -2) }, { source });
  assert.deepEqual(map.data, Float32Array.of(0.1, -2));
});

Deno.test("toMap() refuses arrays without height and width", () => {
  for (const shape of [[], [6], [2, 3, 2], [2, 3, 4, 5], [0, 3], [3, 0], [1, 0, 3]]) {
    const length = shape.reduce((product, extent) => product * extent, 1);
    assert.throws(() => toMap({ shape, data: new Float32Array(length) }, { source }), {
      name: "TypeError",
      message: 'Cannot use "1.npy" as an anomaly map: it must be height × width, ' +
        `got shape [${shape.join(", ")}]`,
    });
  }
});

Deno.test("toMap() names the pixel of a value that is not finite", () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    const data = new Float32Array(6);
    data[4] = wrong;
    assert.throws(() => toMap({ shape: [2, 3], data }, { source }), {
      name: "RangeError",
      message: 'Cannot use "1.npy" as an anomaly map: every value must be a finite 32-bit float, ' +
        `got ${wrong} in row 1, column 1`,
    });
  }
  assert.throws(() => toMap({ shape: [1, 2], data: Float64Array.of(0, 1e300) }, { source }), {
    message: 'Cannot use "1.npy" as an anomaly map: every value must be a finite 32-bit float, ' +
      "got 1e+300 in row 0, column 1",
  });
});
