import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { auditPixels } from "@/audit/audit.ts";
import { toScoreTable } from "@/audit/score_table.ts";
import { matrixOf } from "@/math/matrix.ts";
import { makeFolder } from "../helpers/folder.ts";

const table = toScoreTable([
  { image: "a.png", class: "nut", label: 1, score: 9 },
  { image: "b.png", class: "nut", label: 0, score: 1 },
], { name: "mine" });
const maps = new Map([["a.png", matrixOf([[9, 1], [2, 1]])], [
  "b.png",
  matrixOf([[1, 1], [2, 3]]),
]]);

Deno.test("auditPixels() brings a mask file to the size of its map", async () => {
  const mask = join(makeFolder(), "mask.png");
  // Twice as high and wide; its upper left quarter is marked.
  const pixels = Uint8Array.from({ length: 16 }, (_, i) => Number(i % 4 < 2 && i < 8));
  await sharp(pixels, { raw: { width: 4, height: 4, channels: 1 } }).toFile(mask);
  const rows = table.rows.map((row) => row.isAnomalous ? { ...row, mask } : row);
  const { nut } = await auditPixels({ ...table, rows, maps }, { fprLimit: 0.3 });
  assert.equal(nut!.pixel_auroc, 1);
  assert.equal(nut!.aupro, 1);
});

Deno.test("auditPixels() leaves out an anomalous image whose mask is not known", async () => {
  const { nut } = await auditPixels({ ...table, maps }, { fprLimit: 0.3 });
  assert.equal(nut!.pixel_auroc, null);
  assert.match(nut!.pixel_auroc_reason!, /got 4 normal and 0 anomalous/);
});

Deno.test("auditPixels() wants a map of every test image of a class, or of none", async () => {
  const some = new Map([...maps].slice(0, 1));
  await assert.rejects(auditPixels({ ...table, maps: some }, { fprLimit: 0.3 }), {
    name: "RangeError",
    message: 'Cannot measure anomaly maps of class "nut": every test image must have one, ' +
      'got none for "b.png"',
  });
  assert.deepEqual(await auditPixels(table, { fprLimit: 0.3 }), {});
});

Deno.test("auditPixels() names a mask that is no picture", async () => {
  const mask = join(makeFolder(), "mask.png");
  await Deno.writeTextFile(mask, "text");
  const rows = table.rows.map((row) => ({ ...row, mask }));
  await assert.rejects(
    auditPixels({ ...table, rows, maps }, { fprLimit: 0.3 }),
    /^Error: Cannot load mask ".*mask.png": /,
  );
});
