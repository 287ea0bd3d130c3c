import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { importAnomalib } from "@/io/import_anomalib.ts";
import type { ScoreTable } from "@/score_table.ts";
import {
  anomalibPickles,
  bytesOf,
  torchFiles,
  writeFile,
  writeTorchArchive,
} from "./helpers_saved.ts";

const [good, bent] = ["data/bolt/test/good/0.png", "data/bolt/test/bent/1.png"] as const;
const gear = "data/gear/train/good/7.png";

/** Maps of the script: 0, 0.25, 0.5 … in two rows of three, six values to an image. */
const mapFrom = (first: number) => ({
  rows: 2,
  columns: 3,
  data: Float32Array.from({ length: 6 }, (_, i) => first + i / 4),
});
const maskOf = (...data: number[]) => ({ rows: 2, columns: 3, data: Uint8Array.from(data) });
const common = { className: "bolt", split: "test", group: null, map: null, mask: null } as const;
const twoRows = [
  { ...common, image: good, isAnomalous: false, score: 0.25 },
  { ...common, image: bent, isAnomalous: true, score: 0.75 },
];

/** Writes a mask's name beside a file; what is in it does not matter here. */
function addMask(path: string): string {
  const mask = join(dirname(path), "masks/1.png");
  Deno.mkdirSync(dirname(mask));
  Deno.writeTextFileSync(mask, "");
  return mask;
}

Deno.test("importAnomalib() reads batches of predictions that torch.save wrote", async () => {
  const table = await importAnomalib(await writeTorchArchive(torchFiles("batches")));
  const expected: ScoreTable = {
    name: "predictions.pt",
    rows: [...twoRows, {
      ...common,
      image: gear,
      className: "gear",
      isAnomalous: false,
      score: Math.fround(0.1),
      split: "train",
    }],
    ignoredColumns: ["image", "pred_label"],
    maps: new Map([[good, mapFrom(0)], [bent, mapFrom(1.5)], [gear, mapFrom(5)]]),
    masks: new Map([[good, maskOf(0, 0, 0, 0, 0, 0)], [bent, maskOf(0, 0, 1, 0, 0, 0)]]),
  };
  assert.deepEqual(table, expected);
});

Deno.test("importAnomalib() reads items, whose tensors share storages, and names of masks", async () => {
  const path = await writeTorchArchive(torchFiles("items"));
  const mask = addMask(path);
  const table = await importAnomalib(path, { name: "mine" });
  assert.deepEqual(table, {
    name: "mine",
    rows: [twoRows[0], { ...twoRows[1], mask }],
    ignoredColumns: [],
    maps: new Map([[good, mapFrom(0)], [bent, mapFrom(1.5)]]),
  });
});

Deno.test("importAnomalib() reads batches and items that were pickled as NumPy's arrays", async () => {
  const batch = await importAnomalib(writeFile("a.pkl", bytesOf(anomalibPickles.numpyBatch)));
  assert.deepEqual(batch, {
    name: "a.pkl",
    rows: twoRows,
    ignoredColumns: [],
    maps: new Map([[good, mapFrom(0)], [bent, mapFrom(1.5)]]),
    masks: new Map([[good, maskOf(0, 0, 0, 0, 0, 0)], [bent, maskOf(0, 0, 1, 0, 0, 0)]]),
  });
  const path = writeFile("b.pkl", bytesOf(anomalibPickles.numpyItem));
  const mask = addMask(path);
  assert.deepEqual(await importAnomalib(path), {
    name: "b.pkl",
    rows: [{ ...twoRows[1], mask }],
    ignoredColumns: [],
    maps: new Map([[bent, mapFrom(1.5)]]),
  });
});

Deno.test("importAnomalib() looks for masks in another folder when it is to", async () => {
  const path = await writeTorchArchive(torchFiles("items"));
  const mask = addMask(writeFile("other", ""));
  const { rows } = await importAnomalib(path, { folder: dirname(dirname(mask)) });
  assert.equal(rows[1]!.mask, mask);
  await assert.rejects(importAnomalib(path), {
    name: "Error",
    message: `Cannot read "${path}": the mask of "${bent}" must be a file, got nothing at ` +
      `"${join(dirname(path), "masks/1.png")}"`,
  });
});

/** A pickle of one dictionary, from the pickles of its values in protocol 0. */
function dictionary(fields: Readonly<Record<string, string>>): string {
  const whole = {
    image_path: `(V${good}\nV${bent}\nl`,
    gt_label: "(I0\nI1\nl",
    pred_score: "(F1\nF2\nl",
  };
  const entries = Object.entries({ ...whole, ...fields }).map(([name, value]) =>
    `V${name}\n${value}`
  );
  return `(${entries.join("")}d.`;
}

Deno.test("importAnomalib() reads dictionaries of lists, without maps", async () => {
  const { rows, maps, masks, ignoredColumns } = await importAnomalib(
    writeFile("a.pkl", dictionary({ gt_label: "(I00\nI01\nl", seconds: "I3\n", more: "N" })),
    { classOf: "/(good|bent)/" },
  );
  assert.deepEqual(rows.map(({ score }) => score), [1, 2]);
  assert.deepEqual(rows.map(({ isAnomalous }) => isAnomalous), [false, true]);
  assert.deepEqual(rows.map(({ className }) => className), ["good", "bent"]);
  assert.deepEqual([maps, masks, ignoredColumns], [undefined, undefined, ["seconds"]]);
});

Deno.test("importAnomalib() refuses batches without a label or a score for each image", async () => {
  const refused: [Record<string, string>, string][] = [
    [{ gt_label: "N" }, '"gt_label" must have one number for each of 2 images, got None'],
    [
      { gt_label: "(I0\nl" },
      '"gt_label" must have one number for each of 2 images, got a list of 1',
    ],
    [
      { pred_score: "F1\n" },
      '"pred_score" must have one number for each of 2 images, got the number 1',
    ],
    [
      { pred_score: "(Va\nVb\nl" },
      '"pred_score" must have one number for each of 2 images, got a list of 2',
    ],
    [
      { anomaly_map: "I1\n" },
      '"anomaly_map" must have an array of height × width for each image, got the number 1',
    ],
    [{ mask_path: "(Va\nl" }, '"mask_path" must have one path for each image, got a list of 1'],
  ];
  for (const [fields, fault] of refused) {
    const path = writeFile("a.pkl", dictionary(fields));
    await assert.rejects(importAnomalib(path), {
      name: "SyntaxError",
      message: `Cannot read "${path}: batch 1": ${fault}`,
    });
  }
});

Deno.test("importAnomalib() refuses arrays of maps that do not fit the images", async () => {
  const batch = bytesOf(anomalibPickles.numpyBatch);
  const text = Array.from(batch, (byte) => String.fromCharCode(byte)).join("");
  // The shape (2, 2, 3) of the maps, three short integers, as (1, 4, 3).
  const at = text.indexOf("K\x02K\x02K\x03");
  batch[at + 1] = 1;
  batch[at + 3] = 4;
  const path = writeFile("a.pkl", batch);
  await assert.rejects(importAnomalib(path), {
    name: "SyntaxError",
    message:
      `Cannot read "${path}: batch 1": "anomaly_map" must have one map for each of 2 images, ` +
      "got shape [1, 4, 3]",
  });
});

Deno.test("importAnomalib() refuses labels and scores that are none", async () => {
  const path = writeFile(
    "a.pkl",
    dictionary({ gt_label: "(I2\nI1\nl", pred_score: "(Fnan\nF1\nl" }),
  );
  await assert.rejects(importAnomalib(path), {
    name: "RangeError",
    message: `Cannot read "${path}": it must have no faults, got 2:\n` +
      "  row 1: label must be 0, 1, false, true, normal or anomalous, got 2\n" +
      "  row 1: score must be a finite number with a decimal point, got NaN",
  });
});

Deno.test("importAnomalib() names the map and the pixel that is not finite", async () => {
  const files = torchFiles("batches");
  // The last of the twelve values of the maps, 2.75 in row 1, column 2 of the second image.
  files["data/3"]!.set([0, 0, 0x80, 0x7f], 44);
  const path = await writeTorchArchive(files);
  await assert.rejects(importAnomalib(path), {
    name: "RangeError",
    message:
      `Cannot use "${path}: batch 1, anomaly_map of ${bent}" as an anomaly map: every value ` +
      "must be a finite 32-bit float, got Infinity in row 1, column 2",
  });
});

Deno.test("importAnomalib() refuses pickles that would run something", async () => {
  const path = writeFile("a.pkl", dictionary({ pred_score: "cos\nsystem\n(Vtouch x\ntR" }));
  await assert.rejects(importAnomalib(path), {
    name: "SyntaxError",
    message:
      `Cannot read "${path}": it asks for "os.system", which is not data; nothing of it was run`,
  });
});
