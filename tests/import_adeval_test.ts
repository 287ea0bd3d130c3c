import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { importAdeval, isAdeval } from "@/io/import_adeval.ts";
import { readPickle } from "@/pickle_values.ts";
import { adevalPickles, anomalibPickles, bytesOf, writeFile } from "./helpers_saved.ts";

/** Where the pickles have a mask. */
const maskFile = "bolt/ground_truth/bent/2_mask.png";

/** Writes a file with a mask beside it, one pixel of which has that value. */
async function write(content: Uint8Array | string, { value = 255 } = {}): Promise<string> {
  const path = writeFile("scores.pkl", content);
  const mask = join(dirname(path), maskFile);
  Deno.mkdirSync(dirname(mask), { recursive: true });
  const raw = { width: 3, height: 2, channels: 1 } as const;
  await sharp(Uint8Array.of(0, 0, 0, 0, value, 0), { raw }).png().toFile(mask);
  return path;
}

Deno.test("importAdeval() reads what NumPy 1 and 2 pickled in every protocol", async () => {
  for (const [name, base64] of Object.entries(adevalPickles)) {
    const path = await write(bytesOf(base64));
    const table = await importAdeval(path, { name });
    const common = { className: "bolt", split: "test", group: null, map: null };
    assert.deepEqual(table, {
      name,
      rows: [
        { ...common, image: "bolt/test/good/1.png", isAnomalous: false, score: 0.25, mask: null },
        {
          ...common,
          image: "bolt/test/bent/2.png",
          isAnomalous: true,
          score: Math.fround(0.1),
          mask: join(dirname(path), maskFile),
        },
      ],
      ignoredColumns: [],
      maps: new Map([
        ["bolt/test/good/1.png", {
          rows: 2,
          columns: 3,
          data: Float32Array.of(0.5, -1, 2, 3, 4, 5),
        }],
        ["bolt/test/bent/2.png", {
          rows: 2,
          columns: 3,
          data: Float32Array.of(1, -2, 4, 6, 8, 10),
        }],
      ]),
    });
  }
});

Deno.test("importAdeval() takes an image for normal whose mask marks nothing", async () => {
  const pickle = bytesOf(adevalPickles.numpy2Protocol4);
  const labels = async (value: number) =>
    (await importAdeval(await write(pickle, { value }))).rows.map((row) => row.isAnomalous);
  assert.deepEqual(await labels(0), [false, false]);
  assert.deepEqual(await labels(1), [false, true]);
});

Deno.test("importAdeval() starts masks from another folder when it is to", async () => {
  const pickle = bytesOf(adevalPickles.numpy2Protocol5);
  const folder = dirname(await write(pickle));
  const path = writeFile("scores.pkl", pickle);
  const { name, rows } = await importAdeval(path, { folder });
  assert.equal(name, "scores.pkl");
  assert.equal(rows[1]!.mask, join(folder, maskFile));
  await assert.rejects(importAdeval(path), {
    name: "Error",
    message: `Cannot read "${path}": the mask of "bolt/test/bent/2.png" must be a file, ` +
      `got nothing at "${join(dirname(path), maskFile)}"`,
  });
});

Deno.test("importAdeval() tells classes by a pattern when it is to", async () => {
  const path = await write(bytesOf(adevalPickles.numpy2Protocol4));
  const { rows } = await importAdeval(path, { classOf: "/(good|bent)/" });
  assert.deepEqual(rows.map(({ className }) => className), ["good", "bent"]);
  await assert.rejects(importAdeval(path, { classOf: "^(gear)" }), {
    name: "RangeError",
    message: `Cannot read "${path}": it must have no faults, got 2:\n` +
      '  row 1: the path must tell the class, got "bolt/test/good/1.png"\n' +
      '  row 2: the path must tell the class, got "bolt/test/bent/2.png"',
  });
});

/** A map of one pixel, 0, as protocol 0 has it. */
const pixel =
  "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntI0\ntR(I1\n(I1\nI1\ntcnumpy\n" +
  "dtype\n(Vu1\ntR(I3\nV|\ntbI00\nc_codecs\nencode\n(V\x00\nVlatin1\ntRtb";

Deno.test("importAdeval() tells training images by their folder", async () => {
  const entry = (image: string): string => `V${image}\n(${pixel}F0.5\nNt`;
  const path = await write(`(${entry("bolt/train/good/1.png")}${entry("bolt/test/good/1.png")}d.`);
  const { rows } = await importAdeval(path);
  assert.deepEqual(rows.map(({ split }) => split), ["train", "test"]);
});

Deno.test("importAdeval() names every entry that is not as it must be", async () => {
  const path = await write(
    `(Va\n(${pixel}F0.5\nNt` + // right
      `I7\n(${pixel}F0.5\nNt` + // no path
      `Vb\nN` + // no tuple
      `Vc\n(NF0.5\nNt` + // no map
      `Vd\n(${pixel}V0.5\nNt` + // no score
      `Ve\n(${pixel}F0.5\nI01\nt` + // no mask's path
      `Vf\n(${pixel}${pixel}Nt` + // a map in place of a score
      `Vg\n(${pixel}F0.5\nNNtd.`, // too much
  );
  const map = '"numpy.core.multiarray._reconstruct"';
  const must = "must have an anomaly map, a score, and a mask's path or None, got";
  await assert.rejects(importAdeval(path), {
    name: "RangeError",
    message: `Cannot read "${path}": it must have no faults, got 7:\n` +
      "  a key must be the path of an image, got the number 7\n" +
      `  "b" ${must} None\n` +
      `  "c" ${must} None, the number 0.5, None\n` +
      `  "d" ${must} ${map}, the text "0.5", None\n` +
      `  "e" ${must} ${map}, the number 0.5, True\n` +
      `  "f" ${must} ${map}, ${map}, None\n` +
      `  "g" ${must} ${map}, the number 0.5, None, None`,
  });
});

Deno.test("importAdeval() refuses scores and maps that are not finite", async () => {
  const path = await write(`(Vbolt/test/a\n(${pixel}Fnan\nNtd.`);
  await assert.rejects(importAdeval(path), {
    name: "RangeError",
    message: `Cannot read "${path}": row 1: score must be a finite number with a decimal point, ` +
      "got NaN",
  });
  // 0x7fc00000, not a number, in place of the map's last value, 5.
  const pickle = bytesOf(adevalPickles.numpy2Protocol4);
  const at = pickle.findIndex((_, i) => pickle[i] === 0xa0 && pickle[i + 1] === 0x40);
  pickle.set([0, 0, 0xc0, 0x7f], at - 2);
  const other = await write(pickle);
  await assert.rejects(importAdeval(other), {
    name: "RangeError",
    message: `Cannot use "${other}: bolt/test/good/1.png" as an anomaly map: every value must be ` +
      "a finite 32-bit float, got NaN in row 1, column 2",
  });
});

Deno.test("importAdeval() refuses other pickles, and those that would run something", async () => {
  const list = await write("].");
  await assert.rejects(importAdeval(list), {
    name: "SyntaxError",
    message:
      `Cannot read "${list}": it must be a dictionary of image → (anomaly map, score, mask ` +
      "or None), got a list of 0",
  });
  const harmful = await write("(Va\ncos\nsystem\n(Vtouch x\ntRd.");
  await assert.rejects(importAdeval(harmful), {
    name: "SyntaxError",
    message: `Cannot read "${harmful}": it asks for "os.system", which is not data; ` +
      "nothing of it was run",
  });
});

Deno.test("isAdeval() tells ADEval's dictionaries from anomalib's predictions", () => {
  const read = (base64: string) => readPickle(bytesOf(base64), { source: "a" });
  for (const base64 of Object.values(adevalPickles)) assert.equal(isAdeval(read(base64)), true);
  for (const base64 of Object.values(anomalibPickles)) assert.equal(isAdeval(read(base64)), false);
  assert.equal(isAdeval(new Map()), false);
  assert.equal(isAdeval(new Map([["a", [1, 2]]])), false);
});
