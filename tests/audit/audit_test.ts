import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { auditPixels, auditReport, auditScores, referenceOf } from "@/audit/audit.ts";
import { type ScoreTable, toScoreTable } from "@/audit/score_table.ts";
import { scenariosFile } from "@/evaluation/result_files.ts";
import { reportHtml } from "@/report/report.ts";
import { makeFolder } from "../helpers/folder.ts";
import { assertClose } from "../helpers/mod.ts";

const table = toScoreTable([
  { image: "a.png", class: "nut", label: 1, score: 9 },
  { image: "b.png", class: "nut", label: 0, score: 1 },
], { name: "mine" });

/** Writes one map of two rows and two columns as NumPy does; the header ends in a new line. */
async function writeMap(folder: string, name: string, values: readonly number[]): Promise<string> {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n";
  const path = join(folder, name);
  const parts = ["\x93NUMPY\x01\0", String.fromCharCode(header.length), "\0", header].join("");
  const start = Uint8Array.from(parts, (character) => character.charCodeAt(0));
  const data = new Uint8Array(Float32Array.from(values).buffer);
  await Deno.writeFile(path, Uint8Array.of(...start, ...data));
  return path;
}

/** The table with maps on disk, and with a mask of the anomalous image where there is one. */
async function withMaps(mask: string | null = null): Promise<ScoreTable> {
  const folder = makeFolder();
  const maps = [await writeMap(folder, "a.npy", [9, 1, 2, 1])];
  maps.push(await writeMap(folder, "b.npy", [1, 1, 2, 3]));
  const rows = table.rows.map((row, i) => ({
    ...row,
    map: maps[i]!,
    mask: row.isAnomalous ? mask : null,
  }));
  return { ...table, rows };
}

Deno.test("auditPixels() brings a mask file to the size of its map", async () => {
  const mask = join(makeFolder(), "mask.png");
  // Twice as high and wide; its upper left quarter is marked.
  const pixels = Uint8Array.from({ length: 16 }, (_, i) => Number(i % 4 < 2 && i < 8));
  await sharp(pixels, { raw: { width: 4, height: 4, channels: 1 } }).toFile(mask);
  const { nut } = await auditPixels(await withMaps(mask), { fprLimit: 0.3 });
  assert.equal(nut!.pixel_auroc, 1);
  assert.equal(nut!.aupro, 1);
});

Deno.test("auditPixels() leaves out an anomalous image whose mask is not known", async () => {
  const { nut } = await auditPixels(await withMaps(), { fprLimit: 0.3 });
  assert.equal(nut!.pixel_auroc, null);
  assert.match(nut!.pixel_auroc_reason!, /got 4 normal and 0 anomalous/);
});

Deno.test("auditPixels() wants a map of every test image of a class, or of none", async () => {
  const { rows } = await withMaps();
  const some = rows.map((row, i) => i === 0 ? row : { ...row, map: null });
  await assert.rejects(auditPixels({ ...table, rows: some }, { fprLimit: 0.3 }), {
    name: "RangeError",
    message: 'Cannot measure anomaly maps of class "nut": every test image must have one, ' +
      'got none for "b.png"',
  });
  assert.deepEqual(await auditPixels(table, { fprLimit: 0.3 }), {});
});

Deno.test("auditPixels() names a mask that is no picture", async () => {
  const mask = join(makeFolder(), "mask.png");
  await Deno.writeTextFile(mask, "text");
  await assert.rejects(
    auditPixels(await withMaps(mask), { fprLimit: 0.3 }),
    /^Error: Cannot load mask ".*mask.png": /,
  );
});

function report(split: "train" | "test", oneClass: Record<string, number> | null) {
  const row = (i: number, label: number, score: number) => ({
    image: `${i}.png`,
    class: "nut",
    label,
    score,
  });
  const table = toScoreTable([
    { ...row(1, 0, 1), split: "test" },
    { ...row(2, 1, 5), split: "test" },
    { ...row(3, 0, 2), split },
  ], { name: "mine" });
  const tolerances = { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 };
  const audit = auditScores(table, { rule: { name: "max" }, tolerances, oneClass });
  const file = scenariosFile(audit.evaluated, {
    dataset: "mine",
    rule: audit.rule,
    fprLimit: 0.3,
    reference: null,
  });
  return auditReport({ tables: [table], audits: [audit], file });
}

Deno.test("auditReport() warns of oracle thresholds, and only of these", () => {
  assert.match(report("test", null).notice!, /No user has them/);
  assert.equal(report("train", null).notice, undefined);
});

Deno.test("auditReport() draws Δ where there are one-class models", () => {
  const charts = (oneClass: Record<string, number> | null) =>
    report("train", oneClass).sections[0]!.charts!.length;
  assert.deepEqual([charts(null), charts({ nut: 1 })], [0, 1]);
});

Deno.test("auditReport() becomes a page with its verdicts and charts", async () => {
  const own = report("train", { nut: 1 });
  assert.match(await reportHtml(own), /1, 3: classes known/);
  assert.deepEqual(own.sections.map(({ charts }) => charts?.length), [1, 1, 2]);
});

const options = {
  rule: { name: "max" },
  tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
} as const;

/** Two classes on levels 1 and 10: normal images at the level, anomalous ones at three times it. */
function makeTable(extra: { group?: boolean; train?: boolean } = {}) {
  const rows = [["nut", 1], ["gear", 10]].flatMap(([name, level]) =>
    [0, 1, 2, 3].map((i) => ({
      image: `${name}/${i}.png`,
      class: name,
      label: i % 2,
      score: Number(level) * (i % 2 === 1 ? 3 : 1),
      split: "test",
      ...(extra.group && { group: `home of ${name}` }),
    }))
  );
  const train = rows.filter(({ label }) => label === 0).map((row) => ({ ...row, split: "train" }));
  return toScoreTable(extra.train === false ? rows : [...rows, ...train], { name: "mine" });
}

Deno.test("auditScores() gives a table without groups one global threshold where classes are unknown", () => {
  const { evaluated } = auditScores(makeTable(), options);
  assert.deepEqual(evaluated.map(({ scope }) => scope), ["class", "global", "class", "global"]);
  const [, , known, unknown] = evaluated.map(({ evaluation }) => evaluation);
  assert.equal(known!.binary.pooled.f1, 1);
  // The one threshold is the gears': both anomalous nuts at 3 stay below 10.
  assert.equal(unknown!.binary.pooled.recall, 0.5);
  const { R2 } = unknown!.requirements;
  assert.ok(R2.holds === false);
  assertClose(R2.f1_fall, 1 - 2 / 3, 1e-12);
});

Deno.test("auditScores() lets images meet their group's threshold where the table names groups", () => {
  const { evaluated, groups } = auditScores(makeTable({ group: true }), options);
  assert.deepEqual(groups, ["home of nut", "home of gear"]);
  assert.deepEqual(evaluated.map(({ scope }) => scope), ["class", "group", "class", "group"]);
  assert.equal(evaluated[3]!.evaluation.binary.pooled.f1, 1);
});

Deno.test("auditScores() falls back on the oracle only where nothing calibrates", () => {
  assert.equal(auditScores(makeTable(), options).rule.name, "max");
  const { rule, evaluated } = auditScores(makeTable({ train: false }), options);
  assert.equal(rule.name, "oracle_f1");
  // One group, so that alignment changes nothing and the verdict can be reached.
  const { pooled, requirements } = evaluated[3]!.evaluation;
  assert.equal(pooled.aligned_image_auroc, pooled.image_auroc);
  assert.equal(requirements.R2.holds, false);
});

Deno.test("auditScores() measures Δ against one-class models where they are given", () => {
  const reference = referenceOf(makeTable());
  assert.equal(reference.macro.image_auroc, 1);
  const oneClass = { nut: 1, gear: 0.75 };
  const [known] = auditScores(makeTable(), { ...options, oneClass }).evaluated;
  assert.deepEqual(known!.evaluation.delta, { gear: 0.25, nut: 0 });
  assert.equal(
    auditScores(makeTable(), options).evaluated[0]!.evaluation.requirements.R1.holds,
    null,
  );
});
