import assert from "node:assert/strict";
import {
  escapeHtml,
  recordTable,
  recordTableHtml,
  recordTableText,
  textTable,
  wrapText,
} from "@/tables.ts";

Deno.test("escapeHtml() leaves no character that could open a tag or end an attribute", () => {
  assert.equal(
    escapeHtml(`<img src='x' alt="&">`),
    "&lt;img src=&#39;x&#39; alt=&quot;&amp;&quot;&gt;",
  );
});

Deno.test("escapeHtml() leaves ordinary text alone", () => {
  assert.equal(escapeHtml("metal_plate ≥ 0.95 α"), "metal_plate ≥ 0.95 α");
});

const column = (values: readonly (number | null)[]): string[] =>
  recordTable(values.map((value) => ({ value }))).rows.map((row) => row[0]!);

Deno.test("recordTable() gives all numbers of a column equally many decimals", () => {
  assert.deepEqual(column([0.5, 0.98765]), ["0.500", "0.988"]);
  assert.deepEqual(column([12.3456, 1]), ["12.35", "1.00"]);
  assert.deepEqual(column([123.456, -0.04]), ["123.5", "−0.0"]);
  assert.deepEqual(column([12345.6, 7]), ["12,346", "7"]);
  assert.deepEqual(column([81920, 7]), ["81,920", "7"]);
});

Deno.test("recordTable() shows undefined and infinite values without digits", () => {
  assert.deepEqual(column([null, Infinity, -Infinity, NaN]), ["–", "∞", "−∞", "–"]);
  assert.deepEqual(recordTable([{ a: true }, { a: undefined }]).rows, [["yes"], ["–"]]);
});

Deno.test("recordTable() keeps the order asked for and refuses unknown columns", () => {
  const records = [{ class: "nut", images: 2 }];
  assert.deepEqual(recordTable(records, { columns: ["images", "class"] }).rows, [["2", "nut"]]);
  assert.throws(() => recordTable(records, { columns: ["image"] }), {
    name: "RangeError",
    message: 'Cannot form a table: column must be one of class, images, got "image"',
  });
});

Deno.test("recordTableHtml() aligns numbers to the right and escapes names and caption", () => {
  const table = recordTable([{ "<a>": "<b>", n: 1 }], { caption: "<c>" });
  assert.equal(
    recordTableHtml(table),
    '<table><caption style="text-align:left">&lt;c&gt;</caption><thead><tr>' +
      '<th style="text-align:left;white-space:nowrap">&lt;a&gt;</th><th style="text-align:right;white-space:nowrap">n</th></tr></thead>\n' +
      '<tbody>\n<tr><td style="text-align:left;white-space:nowrap">&lt;b&gt;</td>' +
      '<td style="text-align:right;white-space:nowrap">1</td></tr>\n</tbody></table>',
  );
});

Deno.test("recordTableText() puts the caption above the heading", () => {
  const table = recordTable([{ class: "nut", n: 10 }], { caption: "Counts" });
  assert.equal(recordTableText(table), "Counts\nclass   n\n─────  ──\nnut    10");
});

Deno.test("recordTable() shows a mean over seeds with its deviation", () => {
  const { rows, columns } = recordTable([
    { auroc: { mean: 0.978, std: 0.0031 }, radius: { mean: 12.5, std: null } },
    { auroc: 0.5, radius: { mean: 2, std: 0.25 } },
  ], { percent: ["auroc"] });
  assert.deepEqual(rows, [["97.8 ± 0.3 %", "12.50"], ["50.0 %", "2.00 ± 0.25"]]);
  assert.deepEqual(columns.map(({ align }) => align), ["right", "right"]);
  // Whole means need decimals if their deviations do.
  const clusters = recordTable([{ clusters: { mean: 5, std: 0.5 } }, { clusters: 15 }]);
  assert.deepEqual(clusters.rows, [["5.00 ± 0.50"], ["15.00"]]);
});

Deno.test("textTable() widens columns to their longest text and trims line ends", () => {
  const rows = [{ name: "a", note: "" }, { name: "longest", note: "x" }];
  const text = textTable(rows, [
    { title: "name", cell: (row) => row.name },
    { title: "note", cell: (row) => row.note, align: "left" },
  ]);
  assert.equal(
    text,
    ["   name  note", "───────  ────", "      a", "longest  x"].join("\n"),
  );
});

Deno.test("textTable() counts characters, not bytes or code units", () => {
  const text = textTable([{ v: "Δ𝑥" }], [{ title: "abc", cell: (row) => row.v }]);
  assert.equal(text.split("\n")[2], " Δ𝑥");
});

Deno.test("textTable() shows only the heading of no rows", () => {
  assert.equal(textTable([], [{ title: "class", cell: () => "" }]), "class\n─────");
});

Deno.test("wrapText() fills lines, keeps a long word whole, and folds white space", () => {
  assert.deepEqual(wrapText("one two  three\nfour", 9), ["one two", "three", "four"]);
  assert.deepEqual(wrapText("a unbreakable b", 5), ["a", "unbreakable", "b"]);
  assert.deepEqual(wrapText("ab cd", 5), ["ab cd"]);
});
