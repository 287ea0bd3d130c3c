import assert from "node:assert/strict";
import {
  isEmptyCell,
  labelOfCell,
  nameOfCell,
  scoreOfCell,
  showCell,
} from "@/audit/score_table.ts";
import { createRandom } from "@/math/random.ts";

Deno.test("isEmptyCell() tells nothing from zero, false and empty lists", () => {
  for (const cell of [undefined, null, "", " ", "\t\n"]) assert.equal(isEmptyCell(cell), true);
  for (const cell of [0, false, NaN, "0", [], {}]) assert.equal(isEmptyCell(cell), false);
});

Deno.test("labelOfCell() knows both labels as numbers, booleans and words", () => {
  for (const cell of [1, "1", true, "true", "TRUE", "True", "anomalous", " Anomalous "]) {
    assert.equal(labelOfCell(cell), true, String(cell));
  }
  for (const cell of [0, -0, "0", false, "false", "False", "normal", "NORMAL"]) {
    assert.equal(labelOfCell(cell), false, String(cell));
  }
});

Deno.test("labelOfCell() knows no other label", () => {
  const others = [2, -1, 0.5, NaN, "", null, undefined, "good", "1.0", "yes", "toString", [1], {}];
  for (const cell of others) assert.equal(labelOfCell(cell), undefined, String(cell));
});

Deno.test("scoreOfCell() reads decimal numbers in text", () => {
  const scores: [string, number][] = [
    ["0", 0],
    ["-2", -2],
    ["+1.50", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1.25E-2", 0.0125],
    [" 7 ", 7],
    ["0.1", 0.1],
  ];
  for (const [text, score] of scores) assert.equal(scoreOfCell(text), score, text);
});

Deno.test("scoreOfCell() keeps every bit of a 64-bit float", () => {
  const random = createRandom(1);
  for (let i = 0; i < 1000; i++) {
    const score = random.gaussian() * 10 ** (random.integer(40) - 20);
    assert.equal(scoreOfCell(String(score)), score);
    assert.equal(scoreOfCell(score), score);
  }
});

Deno.test("scoreOfCell() refuses what is no finite number", () => {
  const others = [
    "",
    " ",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    "0,5",
    "1 000",
    "0x10",
    "1_0",
  ];
  const more = [NaN, Infinity, true, null, undefined, [1], {}, "tensor(0.5)", ".", "e5", "--1"];
  for (const cell of [...others, ...more]) assert.equal(scoreOfCell(cell), undefined, String(cell));
});

Deno.test("nameOfCell() takes names and numbers", () => {
  assert.equal(nameOfCell(" metal nut "), "metal nut");
  assert.equal(nameOfCell(3), "3");
  assert.equal(nameOfCell(0), "0");
  for (const cell of ["", " ", null, undefined, true, NaN, [], {}]) {
    assert.equal(nameOfCell(cell), undefined, String(cell));
  }
});

Deno.test("showCell() shows values shortly, whatever they are", () => {
  const shown: [unknown, string][] = [
    ["a", '"a"'],
    ["", "nothing"],
    [undefined, "nothing"],
    [NaN, "NaN"],
    [true, "true"],
    [[1, [2]], '[1,"…"]'],
    [{ a: { b: 1 } }, '{"a":"…"}'],
    ["x".repeat(100), `"${"x".repeat(78)}…`],
  ];
  for (const [cell, text] of shown) assert.equal(showCell(cell), text);
});
