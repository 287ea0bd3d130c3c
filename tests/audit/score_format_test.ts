import assert from "node:assert/strict";
import { isZip, scoreTableFormat } from "@/audit/read_scores.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const csv = bytes("image,class,label,score\n");
const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0);
const pickle = Uint8Array.of(0x80, 4, 0x95);

Deno.test("scoreTableFormat() goes by the extension of text", () => {
  const kinds: [string, Uint8Array, string][] = [
    ["a.csv", csv, "csv"],
    ["a.TSV", csv, "csv"],
    ["a.csv", bytes("{weird},class\n"), "csv"],
    ["a.jsonl", bytes("{}"), "jsonl"],
    ["a.ndjson", bytes("[1]"), "jsonl"],
    ["a.json", bytes(" [{}]"), "json"],
    ["a.json", bytes("{}\n{}"), "jsonl"],
    ["a.json", bytes("?"), "json"],
  ];
  for (const [path, start, kind] of kinds) assert.equal(scoreTableFormat(path, start), kind, path);
});

Deno.test("scoreTableFormat() goes by the content where the extension says nothing", () => {
  const kinds: [Uint8Array, string][] = [
    [csv, "csv"],
    [bytes("\n\t[{}]"), "json"],
    [bytes('{"a": 1}'), "jsonl"],
    [bytes('\ufeff{"a": 1}'), "jsonl"],
  ];
  for (const [start, kind] of kinds) {
    for (const path of ["scores", "scores.txt", "a.b/scores", "scores.toString"]) {
      assert.equal(scoreTableFormat(path, start), kind, path);
    }
  }
});

Deno.test("scoreTableFormat() refuses what is no table, whatever it is called", () => {
  const must = (path: string, got: string) => ({
    name: "SyntaxError",
    message: `Cannot read "${path}": it must be CSV or JSON lines, got ${got}`,
  });
  const format = (path: string, start: Uint8Array) => () => scoreTableFormat(path, start);
  const python = "what Python saved; write the scores as CSV in Python";
  for (const path of ["a.pt", "a.pkl", "a.csv", "a"]) {
    const archive = "a zip file, as PyTorch saves; write the scores as CSV in Python";
    assert.throws(format(path, zip), must(path, archive));
    assert.throws(format(path, pickle), must(path, python));
  }
  for (const path of ["a.pt", "a.pth", "a.pkl", "a.pickle"]) {
    assert.throws(format(path, bytes("(dp0\n.")), must(path, python));
  }
  for (const path of ["a.xlsx", "a.XLS", "a.ods"]) {
    assert.throws(format(path, zip), must(path, "a spreadsheet; save it as CSV"));
  }
  assert.throws(format("a.csv", new Uint8Array()), {
    name: "SyntaxError",
    message: 'Cannot read "a.csv": it must hold scores, got an empty file',
  });
});

Deno.test("isZip() wants all four bytes of the signature", () => {
  assert.equal(isZip(zip), true);
  for (let i = 0; i < 4; i++) assert.equal(isZip(zip.with(i, 0xff)), false);
  assert.equal(isZip(zip.subarray(0, 3)), false);
});
