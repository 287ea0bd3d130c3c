import assert from "node:assert/strict";
import sharp from "sharp";
import { readFloatTiff } from "@/audit/maps.ts";
import { writeFile } from "../helpers/folder.ts";

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
