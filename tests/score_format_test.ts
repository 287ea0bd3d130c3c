import assert from "node:assert/strict";
import { isZip, scoreFileKind } from "@/score_format.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const csv = bytes("image,class,label,score\n");
const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0);
const pickle = Uint8Array.of(0x80, 4, 0x95);

Deno.test("scoreFileKind() goes by the extension of text", () => {
  const kinds: [string, Uint8Array, string][] = [
    ["a.csv", csv, "csv"],
    ["a.TSV", csv, "csv"],
    ["a.csv", bytes("{weird},class\n"), "csv"],
    ["a.jsonl", bytes("{}"), "jsonl"],
    ["a.ndjson", bytes("[1]"), "jsonl"],
    ["a.json", bytes(" [{}]"), "json"],
    ["a.json", bytes("{}\n{}"), "jsonl"],
    ["a.json", bytes("?"), "json"],
    ["b.c/a.pkl", bytes("(dp0\n."), "pickle"],
  ];
  for (const [path, start, kind] of kinds) assert.equal(scoreFileKind(path, start), kind, path);
});

Deno.test("scoreFileKind() goes by the content where the extension says nothing", () => {
  const kinds: [Uint8Array, string][] = [
    [csv, "csv"],
    [bytes("\n\t[{}]"), "json"],
    [bytes('{"a": 1}'), "jsonl"],
    [bytes('\ufeff{"a": 1}'), "jsonl"],
    [zip, "torch"],
    [pickle, "pickle"],
  ];
  for (const [start, kind] of kinds) {
    for (const path of ["scores", "scores.txt", "a.b/scores", "scores.toString"]) {
      assert.equal(scoreFileKind(path, start), kind, path);
    }
  }
});

Deno.test("scoreFileKind() tells archives and pickles whatever they are called", () => {
  for (const path of ["a.pt", "a.pth", "a.pkl", "a.pickle", "a.csv", "a"]) {
    assert.equal(scoreFileKind(path, zip), "torch");
    assert.equal(scoreFileKind(path, pickle), "pickle");
  }
});

Deno.test("scoreFileKind() refuses empty files, spreadsheets and other things under our names", () => {
  assert.throws(() => scoreFileKind("a.csv", new Uint8Array()), {
    name: "SyntaxError",
    message: 'Cannot read "a.csv": it must hold scores, got an empty file',
  });
  for (const path of ["a.xlsx", "a.XLS", "a.ods"]) {
    assert.throws(() => scoreFileKind(path, zip), {
      name: "SyntaxError",
      message: `Cannot read "${path}": it must be CSV or JSON lines, got a spreadsheet; ` +
        "save it as CSV",
    });
  }
  assert.throws(() => scoreFileKind("a.pt", csv), {
    name: "SyntaxError",
    message: 'Cannot read "a.pt": it must be a PyTorch archive or a pickle, got other bytes',
  });
});

Deno.test("isZip() wants all four bytes of the signature", () => {
  assert.equal(isZip(zip), true);
  for (let i = 0; i < 4; i++) assert.equal(isZip(zip.with(i, 0xff)), false);
  assert.equal(isZip(zip.subarray(0, 3)), false);
});
