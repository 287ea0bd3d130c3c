import assert from "node:assert/strict";
import { describeOtherKind, isBinary, readEnds } from "@/audit/file_kinds.ts";
import { writeFile } from "../helpers/folder.ts";

const python = "docs/from_python.md shows how Python writes the table";
const csv = "save it as CSV";
const unpack = "unpack it";
const noTable = "name the file with the scores";
const zip = "PK\x03\x04\x14\0";
const kindOf = (start: string, extension = "", end = ""): string | null =>
  describeOtherKind({ start, end }, { extension });

Deno.test("describeOtherKind() knows files by their first bytes", () => {
  const kinds: [string, string][] = [
    ["\x93NUMPY\x01\0", `a NumPy array (.npy); ${python}`],
    ["\x80\x04\x95", `a pickle; ${python}`],
    ["\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", `what PyTorch saved; ${python}`],
    ["\x89HDF\r\n\x1a\n\0", `an HDF5 file; ${python}`],
    ["MATLAB 5.0 MAT-file, Platform", `a MATLAB file; ${python}`],
    ["ARROW1\0\0", `an Arrow or Feather file; ${python}`],
    ["\xff\xff\xff\xff\x78\0", `an Arrow or Feather file; ${python}`],
    ["SQLite format 3\0", "an SQLite database; export the table as CSV"],
    ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", `a spreadsheet; ${csv}`],
    ["\x1f\x8b\x08", `a file compressed by gzip; ${unpack}`],
    ["\xfd7zXZ\0", `a file compressed by xz; ${unpack}`],
    ["(\xb5/\xfd", `a file compressed by zstd; ${unpack}`],
    ["BZh91AY&SY", `a file compressed by bzip2; ${unpack}`],
    ["7z\xbc\xaf'\x1c", `an archive; ${unpack}`],
    [`${"a\0".padEnd(257, "\0")}ustar\0`, `an archive (tar); ${unpack}`],
    ["%PDF-1.7\n", `a PDF document; ${noTable}`],
    ["\n <!DOCTYPE html>", "HTML or XML; save the table as CSV"],
    ["\xef\xbb\xbf<Table>", "HTML or XML; save the table as CSV"],
    ["\x89PNG\r\n\x1a\n", `an image; ${noTable}`],
    ["\xff\xd8\xff\xe0", `an image; ${noTable}`],
    ["GIF89a", `an image; ${noTable}`],
    ["MM\0*", `an image; ${noTable}`],
    ["RIFF\0\0\0\0WEBP", `an image; ${noTable}`],
    [
      "version https://git-lfs.github.com/spec/v1\noid",
      'a pointer of Git LFS in place of the file; "git lfs pull" fetches it',
    ],
    ["\xff\xfei\0m\0", "text in UTF-16; save it as UTF-8"],
    [zip, `a zip file; ${unpack}`],
    ["Obj\x01\x04\x14avro.codec", `binary data; ${python}`],
  ];
  for (const [start, kind] of kinds) assert.equal(kindOf(start, "csv"), kind, start);
});

Deno.test("describeOtherKind() knows zip files by the names in their directory", () => {
  const kinds: [string, string][] = [
    ["[Content_Types].xml xl/workbook.xml", `an Excel workbook; ${csv}`],
    ["mimetype content.xml META-INF/manifest.xml", `a spreadsheet; ${csv}`],
    ["Index/Document.iwa", "a Numbers document; export it as CSV"],
    ["word/document.xml", `a Word document; ${noTable}`],
    ["archive/data.pkl archive/version", `what PyTorch saved; ${python}`],
    ["scores.npy labels.npy", `NumPy arrays (.npz); ${python}`],
    ["scores.csv", `a zip file; ${unpack}`],
  ];
  for (const [end, kind] of kinds) assert.equal(kindOf(zip, "csv", end), kind, end);
});

Deno.test("describeOtherKind() goes by the name where the bytes say nothing", () => {
  for (const extension of ["xlsx", "xls", "ods", "numbers"]) {
    assert.equal(kindOf("a,b", extension), `a spreadsheet; ${csv}`);
    assert.equal(kindOf(zip, extension), `a spreadsheet; ${csv}`);
  }
  for (const extension of ["pkl", "pickle", "pt", "pth", "joblib", "ckpt"]) {
    assert.equal(kindOf("(dp0\n.", extension), `what Python saved; ${python}`);
  }
  assert.equal(kindOf("BM6\0", "bmp"), `an image; ${noTable}`);
});

Deno.test("describeOtherKind() takes text for a table, whatever its first words", () => {
  const tables = [
    "image,class,label,score\n",
    "\xef\xbb\xbfimage;class\r\n",
    "PK,image",
    "BZh,image",
    "PAR1,PAR2",
    "PARENT,image",
    "MATLAB,image",
    "bolt<html>,a",
    '[{"a": 1}]',
    "\x1b[1mimage,class",
    "\xe8\x9e\xba\xe6\xaf\x8d,b",
  ];
  for (const start of tables) {
    for (const extension of ["csv", "json", "txt", ""]) {
      assert.equal(kindOf(start, extension), null, start);
    }
  }
});

Deno.test("isBinary() finds characters that no text has", () => {
  assert.equal(isBinary("a\tb\r\n\f\v\x1a\x1b[0m é"), false);
  assert.equal(isBinary("a\0b"), true);
  assert.equal(isBinary("a\x07b"), true);
});

Deno.test("readEnds() reads the end of a zip file, and of no other", async () => {
  assert.deepEqual(await readEnds(writeFile("a.csv", "image")), { start: "image" });
  const long = `PK${"x".repeat(70_000)}\u00e9`; // two bytes in UTF-8
  const { start, end } = await readEnds(writeFile("a.zip", long));
  assert.equal(start, long.slice(0, 512));
  assert.equal(end, `${"x".repeat(2 ** 16 - 2)}\xc3\xa9`);
  assert.deepEqual(await readEnds(writeFile("b.zip", "PK12")), { start: "PK12", end: "PK12" });
});
